"""Writing in batches: the same tokens as one at a time, and beams that find the best there is."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

from yanmo.core.errors import ConfigError, DataError, RunError
from yanmo.inference.config import SamplingConfig
from yanmo.inference.from_source import generate_target_tokens
from yanmo.inference.generate import generate_tokens
from yanmo.inference.writing import RATIO_SLACK_TOKENS, write_ids
from yanmo.inference.writing_config import WritingConfig
from yanmo.inference.writing_rules import Written

SEQ2SEQ = ("t5", "marian", "lstm_seq2seq", "gru_seq2seq")
CAUSAL = ("gpt2", "qwen3", "lstm", "ffn", "cnn")
INPUTS = [[3, 1, 4, 1, 5, 9, 2, 6], [2], [7, 1, 8, 2, 8], [5, 5, 5], [9, 8, 7, 6, 5, 4, 3], [1, 2]]


def one_at_a_time(model: Any, ids: list[int], limit: int, stop_ids: set[int]) -> list[int]:
    config = SamplingConfig(max_new_tokens=limit, temperature=0.0)
    draw = generate_target_tokens if model.kind == "seq2seq" else generate_tokens
    return [token.id for token in draw(model, ids, config, stop_ids=stop_ids, vocab_size=60)]


@pytest.mark.parametrize("family", SEQ2SEQ + CAUSAL)
def test_a_batch_gives_the_tokens_of_one_at_a_time(make_model: Any, family: str) -> None:
    model = make_model(family, max_seq_len=32)
    alone = [one_at_a_time(model, ids, 9, set()) for ids in INPUTS]
    # Ends that come at different times in different rows, so that rows leave the batch.
    stop_ids = {alone[0][3], alone[2][5]}
    alone = [one_at_a_time(model, ids, 9, stop_ids) for ids in INPUTS]
    assert len({len(ids) for ids in alone}) > 1
    for batch_rows in (2, 6):
        config = WritingConfig(max_new_tokens=9, batch_rows=batch_rows)
        found = write_ids(model, INPUTS, config, stop_ids=stop_ids, vocab_size=60)
        assert [list(written.ids) for written in found] == alone
        assert [written.is_cut for written in found] == [len(ids) == 9 for ids in alone]


def undecided(model: Any) -> Any:
    """The model, with scores that lie closer together: any token may come next, ends included."""
    with torch.no_grad():
        for weight in {model.embed.weight, model.lm_head.weight}:
            weight.mul_(0.4)
    return model


@torch.no_grad()
def log_prob_of(
    model: Any, given: list[int], written: list[int], vocab_size: int | None = None
) -> float:
    """Sum of the log-probabilities of `written`, from one full pass."""
    if model.kind == "seq2seq":
        inputs = torch.tensor([[model.config.decoder_start_id, *written[:-1]]])
        scores = model(tokens=inputs, source_tokens=torch.tensor([given])).logits[0]
    else:
        scores = model(tokens=torch.tensor([[*given, *written[:-1]]])).logits[0, len(given) - 1 :]
    scores = scores[:, :vocab_size]
    return float(scores.log_softmax(1).gather(1, torch.tensor(written)[:, None]).sum())


@pytest.mark.parametrize("num_beams", [1, 3])
@pytest.mark.parametrize("family", ["marian", "lstm_seq2seq", "qwen3", "lstm"])
def test_the_log_probability_is_that_of_a_full_pass(
    make_model: Any, family: str, num_beams: int
) -> None:
    model = make_model(family, max_seq_len=32)
    config = WritingConfig(max_new_tokens=6, num_beams=num_beams)
    for given, found in zip(INPUTS, write_ids(model, INPUTS, config, stop_ids={3}), strict=True):
        ids = [*found.ids] if found.is_cut else [*found.ids, 3]
        assert found.log_prob == pytest.approx(log_prob_of(model, given, ids), abs=1e-4)


@pytest.mark.parametrize("family", ["t5", "gru_seq2seq", "gpt2", "cnn"])
def test_a_beam_of_texts_is_that_of_each_text_alone(make_model: Any, family: str) -> None:
    model = undecided(make_model(family, max_seq_len=32))
    config = WritingConfig(max_new_tokens=8, num_beams=3)
    stop_ids = set(write_ids(model, INPUTS[:1], config)[0].ids[2:6:3])
    together = write_ids(model, INPUTS * 2, config, stop_ids=stop_ids)
    alone = [write_ids(model, [ids], config, stop_ids=stop_ids)[0] for ids in INPUTS] * 2
    assert [written.ids for written in together] == [written.ids for written in alone]
    assert any(not written.is_cut for written in alone)


def worth(log_prob: float, num_tokens: int, length_penalty: float) -> float:
    return log_prob / ((5 + num_tokens) / 6) ** length_penalty


@pytest.mark.parametrize("beam_stop", ["full", "settled"])
@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("family", ["marian", "lstm_seq2seq", "qwen3"])
def test_a_wide_beam_finds_the_best_of_all_texts(
    make_model: Any, family: str, length_penalty: float, beam_stop: Any
) -> None:
    vocab_size, stop, longest = 5, 4, 4
    model = make_model(family, vocab_size, max_seq_len=16)
    others = [token for token in range(vocab_size) if token != stop]
    given = [2, 0, 1]
    texts = [
        list(text) for length in range(longest) for text in itertools.product(others, repeat=length)
    ]
    values = {
        tuple(text): worth(
            log_prob_of(model, given, [*text, stop], vocab_size), len(text) + 1, length_penalty
        )
        for text in texts
    }
    best = max(values, key=lambda text: values[text])
    config = WritingConfig(
        max_new_tokens=longest,
        num_beams=100,  # more than there are texts: nothing is pruned
        length_penalty=length_penalty,
        beam_stop=beam_stop,
    )
    found = write_ids(model, [given], config, stop_ids={stop}, vocab_size=vocab_size)[0]
    assert found.ids == best
    assert worth(found.log_prob, len(best) + 1, length_penalty) == pytest.approx(
        values[best], abs=1e-4
    )


@pytest.mark.parametrize("num_beams", [1, 4])
def test_no_text_ends_before_its_least_length(make_model: Any, num_beams: int) -> None:
    model = undecided(make_model("marian", 8, max_seq_len=32))
    sources = [[a, b] for a in range(8) for b in range(2)]
    fields = {"num_beams": num_beams, "max_new_tokens": 12}
    lengths = [
        [
            len(one.ids)
            for one in write_ids(
                model, sources, WritingConfig(**fields, min_new_tokens=least), stop_ids={3}
            )
        ]
        for least in (0, 5)
    ]
    assert min(lengths[0]) < 5 <= min(lengths[1])


@pytest.mark.parametrize("num_beams", [1, 3])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_no_ngram_comes_twice(make_model: Any, num_beams: int, size: int) -> None:
    model = make_model("marian", 12, max_seq_len=32)

    def most_repeated(no_repeat_ngram: int | None) -> int:
        config = WritingConfig(
            num_beams=num_beams, max_new_tokens=10, no_repeat_ngram=no_repeat_ngram
        )
        counts = []
        for written in write_ids(model, [[5], [1, 2], [9, 9, 3]], config, stop_ids={0}):
            grams = list(itertools.pairwise(written.ids)) if size == 2 else []
            grams = grams or [
                written.ids[at : at + size] for at in range(len(written.ids) - size + 1)
            ]
            counts += [grams.count(gram) for gram in grams]
        return max(counts)

    assert most_repeated(size) == 1 < most_repeated(None)


def test_a_target_is_limited_by_its_source(make_model: Any) -> None:
    model = make_model("marian", max_seq_len=64)
    config = WritingConfig(max_new_tokens=20, max_source_ratio=1.5)
    found = write_ids(model, [[1, 2, 3, 4], [5] * 20], config)
    assert [len(one.ids) for one in found] == [6 + RATIO_SLACK_TOKENS, 20]
    assert all(one.is_cut for one in found)


def test_a_source_that_is_too_long_loses_its_end_but_not_its_mark(make_model: Any) -> None:
    model = make_model("marian", max_seq_len=8)
    config = WritingConfig(max_new_tokens=5)
    long = [*range(10, 20), 3]
    cut, whole = write_ids(model, [long, [*range(10, 17), 3]], config)
    assert cut.ids == whole.ids
    assert (cut.num_forgotten, whole.num_forgotten) == (3, 0)


def test_a_prompt_that_leaves_no_room_loses_its_beginning(make_model: Any) -> None:
    model = make_model("qwen3", max_seq_len=16)
    prompt = list(range(1, 21))
    config = WritingConfig(max_new_tokens=5)
    cut, whole = write_ids(model, [prompt, prompt[8:]], config)
    assert cut.ids == whole.ids
    assert (cut.num_forgotten, whole.num_forgotten) == (8, 0)
    most = write_ids(model, [prompt], WritingConfig(max_new_tokens=100))[0]
    assert most.num_forgotten == 12, "half of the context stays"
    assert len(most.ids) == 9


def test_a_text_ends_where_the_caller_says(make_model: Any) -> None:
    model = make_model("gpt2", max_seq_len=32)
    config = WritingConfig(max_new_tokens=9)
    whole = write_ids(model, INPUTS, config)
    found = write_ids(model, INPUTS, config, should_stop=lambda ids: len(ids) == 4)
    assert [one.ids for one in found] == [one.ids[:4] for one in whole]
    assert not any(one.is_cut for one in found)


def test_inputs_that_cannot_be_read_are_errors(make_model: Any) -> None:
    config = WritingConfig()
    for family, what in (("t5", "source"), ("gpt2", "prompt")):
        model = make_model(family)
        with pytest.raises(ConfigError, match=f"the {what} has no tokens"):
            write_ids(model, [[1], []], config)
        with pytest.raises(DataError, match="id 64, and the model has 64"):
            write_ids(model, [[1], [64]], config)
        assert write_ids(model, [], config) == []
    with pytest.raises(ConfigError, match="a bert model writes no text"):
        write_ids(make_model("bert"), [[1]], config)


def test_scores_that_are_no_numbers_are_an_error(make_model: Any) -> None:
    model = make_model("marian")
    with torch.no_grad():
        model.embed.weight.fill_(torch.nan)
    with pytest.raises(RunError, match="not numbers"):
        write_ids(model, [[1, 2]], WritingConfig())


def test_more_beams_than_tokens_leave_places_empty(make_model: Any) -> None:
    model = make_model("marian", 4, max_seq_len=16)
    config = WritingConfig(num_beams=20, max_new_tokens=2)
    found = write_ids(model, [[1, 2]], config, stop_ids={3}, vocab_size=4)[0]
    assert isinstance(found, Written)
    assert found.log_prob > -torch.inf
