"""Blanks: as many fillings as blanks, nothing else changed, and each model asked as it learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
import transformers
from tests.inference.outside_models import save_bert, save_gpt2, save_t5

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.errors import ConfigError, DataError
from yanmo.inference import fill
from yanmo.inference.config import SamplingConfig
from yanmo.inference.fill import BLANK, fill_ids, fill_text
from yanmo.inference.generated_token import GeneratedToken
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.tokens.shard_writer import ShardWriter
from yanmo.tokens.text_codec import load_codec
from yanmo.tokens.token_split import TokenSplit
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer
from yanmo.training.config import AdamWConfig, PretrainConfig
from yanmo.training.objective_config import (
    BlankInfillingConfig,
    InfillingConfig,
    MaskedConfig,
    SpanCorruptionConfig,
)
from yanmo.training.objectives.blank_infilling import BlankInfillingObjective
from yanmo.training.objectives.build import build_objective
from yanmo.training.objectives.objective import RowSource, row_generators
from yanmo.training.objectives.seq2seq import Seq2SeqObjective

POEM = "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"
GREEDY = SamplingConfig(max_new_tokens=6, temperature=0.0)
KINDS = ("bert", "roberta", "glm", "t5", "marian", "gru_seq2seq")
every_kind = pytest.mark.parametrize("family", KINDS)


@pytest.fixture(scope="module")
def words() -> Tokenizer:
    """A tokenizer of 320 entries, eight of them sentinels."""
    return train_tokenizer([POEM, "The river runs to the sea. The end."] * 3, 320, 8)


@pytest.fixture
def make(make_model: Any, words: Tokenizer) -> Any:
    """A function from a family to a random model for the tokenizer."""
    return lambda family, **fields: make_model(
        family, words.vocab_size, **({"max_seq_len": 64} | fields)
    )


@every_kind
def test_every_blank_is_filled_and_nothing_else_changed(
    make: Any, words: Tokenizer, family: str
) -> None:
    for text in ("白日____山尽", "____", "a ____ b____", "____白日依山____，黄河____"):
        filled = fill_text(make(family), words, text, GREEDY)
        parts = text.split(BLANK)
        assert len(filled.pieces) == len(parts) - 1
        expected = parts[0]
        for piece, part in zip(filled.pieces, parts[1:], strict=True):
            expected += piece + part
        assert filled.text == expected


@every_kind
def test_a_text_without_a_blank_is_refused(make: Any, words: Tokenizer, family: str) -> None:
    with pytest.raises(ConfigError, match="the text has no blank") as caught:
        fill_text(make(family), words, "白日依山尽 ___", GREEDY)
    assert caught.value.hint is not None and BLANK in caught.value.hint


@pytest.mark.parametrize("family", [*KINDS, "gpt2"])
def test_a_text_that_is_too_long_is_refused_with_both_lengths(
    make: Any, words: Tokenizer, family: str
) -> None:
    text = POEM * 3 + BLANK
    assert len(words.encode(text)) > 64
    with pytest.raises(ConfigError, match=r"has \d+ tokens with its blanks; the model reads 64"):
        fill_text(make(family), words, text, GREEDY)


@pytest.mark.parametrize("family", ["bert", "roberta", "glm"])
def test_a_seed_fixes_what_is_drawn(make: Any, words: Tokenizer, family: str) -> None:
    model = make(family)
    hot = [SamplingConfig(max_new_tokens=6, temperature=3.0, seed=seed) for seed in (1, 1, 2)]
    text = "白日____山____，黄河____流。"
    drawn = [fill_ids(model, words, encode(words, text), config) for config in hot]
    assert drawn[0] == drawn[1] != drawn[2]


def encode(tokenizer: Tokenizer, text: str) -> list[list[int]]:
    return [tokenizer.encode(part) for part in text.split(BLANK)]


# Masked


def test_a_masked_model_puts_its_best_token_that_is_text(make: Any, words: Tokenizer) -> None:
    model = make("bert")
    parts = encode(words, "白日____山尽，黄____入海流")
    special = words.special_ids
    with torch.no_grad():  # what it would rather say is no text
        model.lm_head.bias[list(special.special)] = 100.0
    ids = torch.tensor(
        [words.with_specials([*parts[0], special.mask, *parts[1], special.mask, *parts[2]])]
    )
    scores = model(tokens=ids).logits[0, :, : words.vocab_size].detach()
    assert scores.argmax(-1).tolist()[3] in special.special
    scores[:, list(special.special)] = -torch.inf
    places = (ids[0] == special.mask).nonzero()[:, 0]
    expected = [[best] for best in scores[places].argmax(-1).tolist()]
    assert fill_ids(model, words, parts, GREEDY) == expected


def test_a_masked_model_never_draws_a_special_or_a_row_that_pads(
    make: Any, words: Tokenizer
) -> None:
    model = make("bert")
    assert model.config.vocab_size > words.vocab_size or model.config.vocab_size % 64 == 0
    with torch.no_grad():
        model.lm_head.bias[list(words.special_ids.special)] = 50.0
        model.lm_head.bias[words.vocab_size :] = 50.0
    for seed in range(30):
        config = SamplingConfig(temperature=5.0, seed=seed)
        for (piece,) in fill_ids(model, words, encode(words, "白____日____"), config):
            assert piece < words.vocab_size
            assert not words.is_special(piece)


def test_a_folder_of_transformers_fills_with_its_own_specials(tmp_path: Path) -> None:
    theirs = save_bert(tmp_path)
    model, codec = load_model(tmp_path), load_codec(tmp_path)
    parts = [codec.encode("the sea"), codec.encode("runs")]
    ids = codec.with_specials([*parts[0], codec.mask_id, *parts[1]])
    assert ids[0] != parts[0][0], "its specials stand around the text"
    with torch.no_grad():
        scores = theirs(torch.tensor([ids])).prediction_logits[0, ids.index(codec.mask_id)]
    scores[[id for id in range(codec.vocab_size) if codec.is_special(id)]] = -torch.inf
    assert fill_ids(model, codec, parts, GREEDY) == [[int(scores.argmax())]]


def test_a_t5_of_transformers_fills_with_its_own_sentinels(tmp_path: Path) -> None:
    save_t5(tmp_path)
    model, codec = load_model(tmp_path), load_codec(tmp_path)
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert codec.sentinel_ids == tuple(
        theirs.convert_tokens_to_ids(f"<extra_id_{number}>") for number in range(5)
    )
    first, second = codec.sentinel_ids[:2]
    parts = [codec.encode("the sea"), codec.encode("runs"), codec.encode("the")]
    written = [first, *codec.encode("river"), second, *codec.encode("world")]
    answer = [GeneratedToken(id, 0.0, 0) for id in written]
    with mock.patch.object(fill, "generate_target_tokens", return_value=iter(answer)) as generate:
        spans = fill_ids(model, codec, parts, GREEDY)
    _, source, _ = generate.call_args.args
    assert source == [*parts[0], first, *parts[1], second, *parts[2], theirs.eos_token_id]
    assert generate.call_args.kwargs["stop_ids"] == {theirs.eos_token_id}
    assert spans == [codec.encode("river"), codec.encode("world")]


def test_an_encoder_without_a_head_for_tokens_says_so(tmp_path: Path) -> None:
    save_bert(tmp_path).bert.save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match="no head that predicts tokens") as caught:
        fill_text(load_model(tmp_path), load_codec(tmp_path), "the ____", GREEDY)
    assert "yanmo embed" in str(caught.value.hint)


def test_a_decoder_with_another_tokenizer_has_no_blanks(tmp_path: Path) -> None:
    save_gpt2(tmp_path)
    with pytest.raises(ConfigError, match="has no tokens for blanks"):
        fill_text(load_model(tmp_path), load_codec(tmp_path), "the ____", GREEDY)


@pytest.mark.parametrize("family", [*KINDS, "gpt2"])
def test_a_tokenizer_of_another_model_is_an_error(
    make_model: Any, words: Tokenizer, family: str
) -> None:
    model = make_model(family, 64, max_seq_len=64)
    with pytest.raises(DataError, match="the model has 64"):
        fill_text(model, words, "白日____山尽", GREEDY)


# Blank infilling


def blanked(words: Tokenizer, text: str) -> tuple[list[list[int]], list[list[int]], Any]:
    """The parts of a text, what its blanks stand for ("[...]"), and the batch of the objective in
    which just these spans are blanked, in their order."""
    parts: list[list[int]] = [[]]
    spans: list[list[int]] = []
    for number, piece in enumerate(text.replace("[", "|").replace("]", "|").split("|")):
        ids = words.encode(piece)
        if number % 2:
            spans.append(ids)
            parts.append([])
        else:
            parts[-1] += ids
    piece_ids = [words.eos_id, *parts[0]]
    starts = []
    for span, part in zip(spans, parts[1:], strict=True):
        starts.append(len(piece_ids))
        piece_ids += [*span, *part]
    generator = mock.Mock()
    generator.permutation = np.arange
    objective = BlankInfillingObjective(BlankInfillingConfig(), words.special_ids)
    made = objective._assemble(
        np.array(piece_ids), np.array(starts), np.array([len(span) for span in spans]), generator
    )
    batch = {name: torch.from_numpy(array)[None] for name, array in made._asdict().items()}
    return parts, spans, batch


def test_blank_infilling_asks_what_training_asked(make: Any, words: Tokenizer) -> None:
    # The model is made to write the true spans, and the scores on the way are kept: they are those
    # of one pass over the training batch with the same spans.
    model = make("glm")
    parts, spans, batch = blanked(words, "白日[依山]尽，[黄]河入海流。欲[穷千里目]，更上")
    labels = batch.pop("labels")
    with torch.no_grad():
        expected = model(**batch).logits[labels != -100]
    wanted = iter(labels[labels != -100].tolist())
    kept: list[torch.Tensor] = []

    def choose(logits: torch.Tensor, *_: object) -> tuple[int, float]:
        kept.append(logits.clone())
        return next(wanted), 0.0

    with mock.patch.object(fill, "choose_token", choose):
        config = SamplingConfig(max_new_tokens=60, temperature=0.0)
        assert fill_ids(model, words, parts, config) == spans
    assert next(wanted, None) is None
    torch.testing.assert_close(
        torch.stack(kept), expected[:, : words.vocab_size], atol=1e-5, rtol=0
    )


def test_a_span_ends_at_its_end_and_later_spans_see_earlier_ones(
    make: Any, words: Tokenizer
) -> None:
    model = make("glm")
    parts = encode(words, "白日____山尽，黄____入海流")
    written: list[list[int]] = []
    scores: list[torch.Tensor] = []
    for first in (words.encode("依"), words.encode("河海")):
        plan = iter([*first, words.eop_id, words.eop_id])
        seen: list[torch.Tensor] = []

        def choose(
            logits: torch.Tensor, *_: object, plan: Any = plan, seen: Any = seen
        ) -> tuple[int, float]:
            seen.append(logits.clone())
            return next(plan), 0.0

        with mock.patch.object(fill, "choose_token", choose):
            pieces = fill_ids(model, words, parts, SamplingConfig(max_new_tokens=9))
        assert pieces == [first, []]
        written.append(pieces[0])
        scores.append(seen[-1])
    assert (scores[0] - scores[1]).abs().max() > 1e-4, "the second blank saw the first filling"


@pytest.mark.parametrize("max_new_tokens", [1, 3, 62, 63, 64, 500])
def test_spans_that_never_end_are_cut(make: Any, words: Tokenizer, max_new_tokens: int) -> None:
    model = make("glm")
    sea = words.encode("海")[0]
    config = SamplingConfig(max_new_tokens=max_new_tokens)
    with mock.patch.object(fill, "choose_token", lambda *_: (sea, 0.0)):
        pieces = fill_ids(model, words, encode(words, "白____山____尽"), config)
    assert len(pieces) == 2
    assert {len(piece) for piece in pieces} == {min(max_new_tokens, 62)}


# Span corruption


def fill_by_writing(model: Any, words: Tokenizer, text: str, ids: list[int]) -> list[list[int]]:
    """The fillings where the model writes `ids`."""
    tokens = [GeneratedToken(id, 0.0, 0) for id in ids]
    with mock.patch.object(fill, "generate_target_tokens", lambda *_, **__: iter(tokens)):
        return fill_ids(model, words, encode(words, text), GREEDY)


def test_what_follows_a_sentinel_fills_its_blank(make: Any, words: Tokenizer) -> None:
    model, text = make("t5"), "白____山____流"
    s = words.sentinel_ids
    assert fill_by_writing(model, words, text, [s[0], 5, 6, s[1], 7, s[2], 8]) == [[5, 6], [7]]
    assert fill_by_writing(model, words, text, [s[1], 7, s[0], 5]) == [[5], [7]]
    assert fill_by_writing(model, words, text, [9, s[0], s[1]]) == [[], []]
    assert fill_by_writing(model, words, text, [s[5], 3]) == [[], []]
    assert fill_by_writing(model, words, text, []) == [[], []]


def test_the_source_has_a_sentinel_for_each_blank_and_an_end(make: Any, words: Tokenizer) -> None:
    asked: list[list[int]] = []

    def ask(_: Any, source: list[int], *__: Any, **___: Any) -> Any:
        asked.append(source)
        return iter(())

    parts = encode(words, "白日____山尽____")
    with mock.patch.object(fill, "generate_target_tokens", ask):
        fill_ids(make("t5"), words, parts, GREEDY)
    s = words.sentinel_ids
    assert asked == [[*parts[0], s[0], *parts[1], s[1], words.eos_id]]


def test_every_blank_may_be_as_long_as_the_longest_filling(make: Any, words: Tokenizer) -> None:
    model = make("t5")
    config = SamplingConfig(max_new_tokens=4, temperature=0.0)
    plan = [s for blank in range(3) for s in (words.sentinel_ids[blank], 5, 6, 7, 8)]
    calls = iter(plan)
    with mock.patch(
        "yanmo.inference.from_source.choose_token", lambda *_: (next(calls, words.eos_id), 0.0)
    ):
        pieces = fill_ids(model, words, encode(words, "白____山____流____"), config)
    assert pieces == [[5, 6, 7, 8]] * 3


def test_more_blanks_than_sentinels_are_refused(make: Any, words: Tokenizer) -> None:
    with pytest.raises(ConfigError, match="8 blanks, and the tokenizer has 8 sentinels"):
        fill_text(make("t5"), words, BLANK * 8, GREEDY)
    assert len(fill_text(make("t5"), words, BLANK * 7, GREEDY).pieces) == 7


# Fill in the middle


@pytest.mark.parametrize("family", ["gpt2", "qwen3", "lstm", "cnn"])
def test_a_causal_model_writes_the_middle(make: Any, words: Tokenizer, family: str) -> None:
    model = make(family)
    parts = encode(words, "白日____山尽")
    special = words.special_ids
    prompt = [special.eos, special.fim_prefix, *parts[0], special.fim_suffix, *parts[1]]
    prompt.append(special.fim_middle)
    expected = []
    with torch.no_grad():
        for _ in range(6):
            scores = model(tokens=torch.tensor([prompt + expected])).logits[0, -1]
            best = int(scores[: words.vocab_size].argmax())
            if best == special.eos:
                break
            expected.append(best)
    assert fill_ids(model, words, parts, GREEDY) == [expected]
    with pytest.raises(ConfigError, match="fills one blank at a time"):
        fill_text(model, words, "白____依____", GREEDY)


# Models that have learned


def learn(
    tmp_path: Path, words: Tokenizer, family: str, config: PretrainConfig, **fields: Any
) -> Any:
    """A model that knows two texts by heart, each with a beginning of its own."""
    writer = ShardWriter(tmp_path, "train", words.vocab_size, 10_000)
    for text in (POEM, "The river runs to the sea. The end."):
        ids = np.array([words.eos_id, *words.encode(text)], dtype=np.uint32)
        writer.add(ids, np.array([len(ids)]), np.array([len(text.encode())]))
    writer.close()
    split = TokenSplit(tmp_path, "train", words.vocab_size)
    section = {"depth": 2, "d_model": 64, "num_heads": 4, "max_seq_len": 64} | fields
    shape = derive_model(
        ModelConfig.model_validate({"family": family} | section),
        words.vocab_size,
        {"eos": words.eos_id, "pad": words.pad_id},
    ).config
    model = build_model(shape, torch.device("cpu"), seed=0)
    objective = build_objective(
        config.objective,
        config,
        words.special_ids,
        max_seq_len=64,
        decoder_start_id=shape.decoder_start_id,
    )
    assert not isinstance(objective, Seq2SeqObjective)
    rows = objective.build_rows(split, RowSource(words.special_ids, 64, words))
    peak = config.optimizer.learning_rate
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, weight_decay=0.0)
    indices = np.arange(16) % rows.num_rows
    for step in range(config.steps):
        rate = min((step + 1) / 50, 1.0, 2 * (1 - step / config.steps))
        optimizer.param_groups[0]["lr"] = peak * rate
        batch = objective.make_batch(
            rows, indices, row_generators(0, np.full(16, step), np.arange(16))
        )
        tensors = {name: torch.from_numpy(array) for name, array in batch.items()}
        loss, count = objective.loss(model, tensors)
        optimizer.zero_grad()
        (loss / count).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model.eval()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "fields", "spans"),
    [
        (
            "bert",
            {"objective": "masked", "masked": MaskedConfig(mask_prob=0.3), "steps": 250},
            [(4, 5), (20, 21), (33, 34)],
        ),
        (
            "glm",
            {
                "objective": "blank_infilling",
                "blank_infilling": BlankInfillingConfig(masked_frac=0.3, generation_prob=0.1),
                "steps": 300,
            },
            [(4, 8), (20, 22), (30, 33)],
        ),
        (
            "t5",
            {
                "objective": "span_corruption",
                "span_corruption": SpanCorruptionConfig(noise_frac=0.15),
                "steps": 900,
                "optimizer": AdamWConfig(learning_rate=1.5e-3),
            },
            [(6, 9), (24, 26)],  # 5 of 34 tokens in 2 spans, as in training
        ),
        (
            "gpt2",
            {"objective": "infilling", "infilling": InfillingConfig(fim_prob=1.0), "steps": 400},
            [(10, 17)],
        ),
    ],
    ids=["masked", "blank_infilling", "span_corruption", "infilling"],
)
def test_a_model_that_knows_a_text_fills_it(
    tmp_path: Path,
    words: Tokenizer,
    family: str,
    fields: dict[str, Any],
    spans: list[tuple[int, int]],
) -> None:
    fields = {"optimizer": AdamWConfig(learning_rate=4e-3)} | fields
    model = learn(tmp_path, words, family, PretrainConfig.model_validate(fields))
    ids = words.encode(POEM)
    starts = [0, *(stop for _, stop in spans)]
    stops = [*(start for start, _ in spans), len(ids)]
    parts = [ids[start:stop] for start, stop in zip(starts, stops, strict=True)]
    settings = SamplingConfig(max_new_tokens=20, temperature=0.0)
    pieces = fill_ids(model, words, parts, settings)
    assert pieces == [ids[start:stop] for start, stop in spans]
