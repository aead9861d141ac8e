"""Continuations behind contexts: full passes give the same numbers, however the work is shared."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from yanmo.core.errors import ConfigError, DataError, RunError
from yanmo.inference import choices
from yanmo.inference.choices import (
    ContinuationScore,
    encode_pair,
    normalised,
    pick,
    score_continuations,
    score_texts,
)
from yanmo.tokens.tokenizer import Tokenizer

SHARED = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]
PAIRS = [
    (context, continuation)
    for context in ([*SHARED, 5], [*SHARED, 8, 9], [*SHARED, 8, 9, 7], [7])
    for continuation in ([1], [2, 7, 1], [8, 2], [8, 1, 8, 2])
]


@torch.no_grad()
def by_full_pass(model: Any, context: list[int], continuation: list[int]) -> tuple[float, bool]:
    scores = model(tokens=torch.tensor([[*context, *continuation]])).logits[0]
    own = scores[len(context) - 1 : -1].log_softmax(1)
    log_prob = own.gather(1, torch.tensor(continuation)[:, None]).sum()
    return float(log_prob), own.argmax(1).tolist() == continuation


@pytest.mark.parametrize("batch_rows", [1, 3, 16])
@pytest.mark.parametrize("least_saving", [0, 10**9])
@pytest.mark.parametrize("family", ["qwen3", "gpt2", "lstm", "cnn"])
def test_scores_are_those_of_full_passes(
    make_model: Any,
    monkeypatch: pytest.MonkeyPatch,
    family: str,
    least_saving: int,
    batch_rows: int,
) -> None:
    monkeypatch.setattr(choices, "_LEAST_SAVING", least_saving)  # by context; in padded batches
    model = make_model(family, max_seq_len=32)
    found = score_continuations(model, PAIRS[::-1], batch_rows=batch_rows)[::-1]
    for (context, continuation), score in zip(PAIRS, found, strict=True):
        log_prob, is_greedy = by_full_pass(model, context, continuation)
        assert score.log_prob == pytest.approx(log_prob, abs=1e-4)
        assert score.is_greedy == is_greedy
        assert (score.num_tokens, score.num_forgotten) == (len(continuation), 0)


def test_what_the_model_would_write_is_known(make_model: Any) -> None:
    model = make_model("qwen3", max_seq_len=32)
    context = [3, 1, 4]
    following = int(model(tokens=torch.tensor([context])).logits[0, -1].argmax())
    found = score_continuations(model, [(context, [following]), (context, [following ^ 1])])
    assert [score.is_greedy for score in found] == [True, False]


def test_a_shared_context_is_read_once(make_model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model("qwen3", max_seq_len=32)
    read: list[int] = []
    forward = model.forward

    def counting(tokens: torch.Tensor, **given: Any) -> Any:
        read.append(tokens.numel())
        return forward(tokens=tokens, **given)

    monkeypatch.setattr(model, "forward", counting)
    score_continuations(model, PAIRS)
    assert sum(read) < sum(len(context) + len(following) for context, following in PAIRS) / 2


def test_a_pair_that_is_too_long_loses_the_beginning_of_its_context(make_model: Any) -> None:
    model = make_model("gpt2", max_seq_len=8)
    context = list(range(1, 21))
    long, short = score_continuations(model, [(context, [5, 6]), (context[-7:], [5, 6])])
    assert long.log_prob == pytest.approx(short.log_prob, abs=1e-5)
    assert (long.num_forgotten, short.num_forgotten) == (13, 0)
    with pytest.raises(DataError, match="9 tokens, and the model 8 positions"):
        score_continuations(model, [([1], [2] * 9)])


def test_only_causal_models_score(make_model: Any) -> None:
    with pytest.raises(ConfigError, match="a marian model does not go on from a text"):
        score_continuations(make_model("marian"), [([1], [2])])


def test_ids_of_another_tokenizer_and_undefined_scores_are_errors(make_model: Any) -> None:
    model = make_model("gpt2")
    with pytest.raises(DataError, match="id 64, and the model has 64"):
        score_continuations(model, [([1], [64])])
    with torch.no_grad():
        model.embed.weight.fill_(torch.nan)
    with pytest.raises(RunError, match="not numbers"):
        score_continuations(model, [([1], [2])])


def test_the_boundary_is_where_the_context_ends_alone(tokenizer: Tokenizer) -> None:
    begin = list(tokenizer.beginning_ids)
    context, continuation = encode_pair(tokenizer, "The river", " runs")
    assert context == [*begin, *tokenizer.encode("The river")]
    assert tokenizer.decode([*context, *continuation]) == "The river runs"
    spaced = encode_pair(tokenizer, "The river ", "runs")
    assert spaced == (context, continuation), "a space at the end belongs to what follows"


def test_a_context_without_text_is_what_begins_one(tokenizer: Tokenizer) -> None:
    context, continuation = encode_pair(tokenizer, "", "The river")
    assert len(context) == 1
    assert continuation == tokenizer.encode("The river")
    assert encode_pair(tokenizer, " ", "The river")[0] == context
    with pytest.raises(DataError, match="no text whose probability"):
        encode_pair(tokenizer, "The river", "")


class Joining:
    """A tokenizer of characters that has one word."""

    beginning_ids: tuple[int, ...] = ()
    bos_id = 1
    eos_ids = frozenset({1})

    def encode(self, text: str) -> list[int]:
        return [9] if text == "中国" else [ord(character) for character in text]


def test_a_continuation_that_is_joined_to_its_context_is_encoded_apart() -> None:
    joining: Any = Joining()
    assert encode_pair(joining, "中", "国") == ([ord("中")], [ord("国")])


def test_texts_are_scored_through_their_tokens(make_model: Any, tokenizer: Tokenizer) -> None:
    model = make_model("qwen3", tokenizer.vocab_size, max_seq_len=64)
    pairs = [("白日依山尽，", "黄河入海流"), ("The river", " runs"), ("", "The end.")]
    found = score_texts(model, tokenizer, pairs)
    for pair, score in zip(pairs, found, strict=True):
        context, continuation = encode_pair(tokenizer, *pair)
        assert score.log_prob == pytest.approx(
            by_full_pass(model, context, continuation)[0], abs=1e-4
        )


def test_normalisation_decides_between_short_and_long() -> None:
    scores = [ContinuationScore(-2.0, 1, True, 0), ContinuationScore(-4.0, 4, False, 0)]
    texts = [" ab", " 黄河入海流"]
    assert pick(scores, texts) == 0
    assert pick(scores, texts, "tokens") == 1
    assert normalised(scores, texts, "characters") == [-1.0, -0.8]
    assert normalised(scores, texts, "bytes") == [-1.0, -4 / 15]
    assert pick([scores[0], scores[0]], ["a", "b"]) == 0
