"""How probable texts are behind a context: the right ending, the right label, the last word.

In: pairs of a context and a continuation. Out: a log-probability for each, and whether the model
would have written it. A context that several continuations share, or that begins as another one
does, is read once where that saves work. Causal models only.

Where the two meet, a tokenizer may join them. They are encoded as lm-evaluation-harness does it:
together, and cut behind as many tokens as the context has alone; white space at the end of the
context goes over to the continuation first. Where that leaves the continuation without a token, as
it can with Chinese, the two are encoded apart.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import t
from yanmo.inference.generate import prompt_ids_of
from yanmo.inference.sampling import refuse_undefined
from yanmo.models.decoder import Decoder
from yanmo.models.language_model import LanguageModel
from yanmo.tokens.text_codec import TextCodec, check_ids_fit

Normalisation = Literal["sum", "tokens", "characters", "bytes"]
"""What a log-probability is divided by before continuations are compared; `sum` is by nothing."""

_LEAST_SAVING = 2
"""Rows are read by their contexts where padded batches would read so many times the tokens."""


@dataclass(frozen=True)
class ContinuationScore:
    """What a model finds of one continuation.

    Attributes:
        log_prob: natural log-probability of all its tokens.
        num_tokens: how many these are.
        is_greedy: whether each of them is the most probable one at its place.
        num_forgotten: tokens at the beginning of the context that the model has no room for.
    """

    log_prob: float
    num_tokens: int
    is_greedy: bool
    num_forgotten: int


@dataclass(frozen=True)
class _Row:
    number: int
    context: tuple[int, ...]
    continuation: tuple[int, ...]
    num_forgotten: int


def score_texts(
    model: LanguageModel,
    tokenizer: TextCodec,
    pairs: Sequence[tuple[str, str]],
    *,
    batch_rows: int = 16,
) -> list[ContinuationScore]:
    """Score the second text of each pair behind the first; see `score_continuations`."""
    encoded = [encode_pair(tokenizer, context, following) for context, following in pairs]
    return score_continuations(model, encoded, batch_rows=batch_rows)


def encode_pair(
    tokenizer: TextCodec, context: str, continuation: str
) -> tuple[list[int], list[int]]:
    """The ids of a context, with what begins a text, and of what follows it; see the module.

    A context without text is the token that begins a text, or that ended the one before.

    Raises:
        DataError: the continuation is empty.
    """
    if not continuation:
        raise DataError(t("there is no text whose probability is asked for"))
    bare = context.rstrip()
    continuation = context[len(bare) :] + continuation
    given = prompt_ids_of(tokenizer, bare)
    if not bare:
        following = tokenizer.encode(continuation)
        if len(following) > 1 and following[:1] == given:
            following = following[1:]
        return given, following
    following = prompt_ids_of(tokenizer, bare + continuation)[len(given) :]
    return given, following or tokenizer.encode(continuation)


@torch.inference_mode()
def score_continuations(
    model: LanguageModel,
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]],
    *,
    batch_rows: int = 16,
) -> list[ContinuationScore]:
    """Score continuations behind contexts, in the order of `pairs`.

    A pair that is longer than the model's positions loses the beginning of its context, which is
    counted.

    Args:
        model: causal, in evaluation mode.
        pairs: ids of a context, one at least, and of a continuation, one at least.
        batch_rows: rows that go through the model at once.

    Raises:
        ConfigError: the model is not causal.
        DataError: an id is none of the model's, or a continuation is longer than its positions.
        RunError: the model's scores are not numbers.
    """
    if model.kind != "causal":
        raise ConfigError(
            t("a {family} model does not go on from a text", family=model.config.family),
            hint=t("Continuations are scored by causal models: qwen3, gpt2, llama, lstm ..."),
        )
    rows = [_row(number, *pair, model) for number, pair in enumerate(pairs)]
    by_context = sorted(rows, key=lambda row: row.context)
    if isinstance(model, Decoder) and _LEAST_SAVING * _num_read(by_context) < sum(
        len(row.context) + len(row.continuation) for row in rows
    ):
        found = _score_by_context(model, by_context, batch_rows)
    else:
        found = _score_padded(model, rows, batch_rows)
    scores = dict(found)
    return [scores[number] for number in range(len(rows))]


def pick(
    scores: Sequence[ContinuationScore],
    continuations: Sequence[str],
    normalisation: Normalisation = "sum",
) -> int:
    """The place of the most probable continuation, the first of equals."""
    values = normalised(scores, continuations, normalisation)
    return max(range(len(values)), key=lambda place: (values[place], -place))


def normalised(
    scores: Sequence[ContinuationScore],
    continuations: Sequence[str],
    normalisation: Normalisation,
) -> list[float]:
    """Log-probabilities for each token, character or byte of the continuations, or as they are.
    White space around a continuation has no length."""
    values = []
    for score, text in zip(scores, continuations, strict=True):
        length = {
            "sum": 1,
            "tokens": score.num_tokens,
            "characters": len(text.strip()),
            "bytes": len(text.strip().encode("utf-8", errors="replace")),
        }[normalisation]
        values.append(score.log_prob / max(1, length))
    return values


def _row(
    number: int, context: Sequence[int], continuation: Sequence[int], model: LanguageModel
) -> _Row:
    assert context, "a continuation stands behind one token at least"
    assert continuation, "a continuation has one token at least"
    check_ids_fit([*context, *continuation], model.config.vocab_size)
    # The last token is predicted, not read.
    room = model.config.max_seq_len + 1 - len(continuation)
    if room < 1:
        raise DataError(
            t(
                "a continuation has {count} tokens, and the model {size} positions",
                count=len(continuation),
                size=model.config.max_seq_len,
            )
        )
    kept = tuple(context[max(0, len(context) - room) :])
    return _Row(number, kept, tuple(continuation), len(context) - len(kept))


def _num_shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Tokens at the beginning that two rows have in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _num_read(by_context: Sequence[_Row]) -> int:
    """Tokens that a model reads when it takes the rows in this order and reads nothing twice that
    begins two contexts in turn."""
    num_read = 0
    previous: tuple[int, ...] = ()
    for row in by_context:
        num_read += len(row.continuation) + len(row.context) - _num_shared(previous, row.context)
        previous = row.context
    return num_read


def _groups(by_context: Sequence[_Row], most: int) -> Iterator[list[_Row]]:
    """Rows of one context, at most `most` of them."""
    group: list[_Row] = []
    for row in by_context:
        if group and (group[0].context != row.context or len(group) == most):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _score_by_context(
    model: Decoder, by_context: Sequence[_Row], batch_rows: int
) -> Iterator[tuple[int, ContinuationScore]]:
    """Read each context once, going on from what it shares with the one before it; then all its
    continuations together."""
    longest = max(len(row.context) + len(row.continuation) for row in by_context)
    cache = model.build_cache(1, longest)
    held: tuple[int, ...] = ()
    for group in _groups(by_context, batch_rows):
        *begin, last = group[0].context
        cache.truncate(_num_shared(held, begin))
        if cache.length < len(begin):
            new = torch.tensor([begin[cache.length :]], device=model.device)
            model(tokens=new, cache=cache, has_scores=False)
        held = tuple(begin)
        for_all = copy.copy(cache)
        for_all.select(torch.zeros(len(group), dtype=torch.int64, device=model.device))
        tokens = _padded([[last, *row.continuation[:-1]] for row in group])
        scores = model(tokens=tokens.to(model.device), cache=for_all).logits.float()
        for row, own in zip(group, scores, strict=True):
            yield row.number, _score(row, own)


def _score_padded(
    model: LanguageModel, rows: Sequence[_Row], batch_rows: int
) -> Iterator[tuple[int, ContinuationScore]]:
    """Read rows of like length together; padding stands at the end, where nothing sees it."""
    ordered = sorted(rows, key=lambda row: len(row.context) + len(row.continuation))
    for first in range(0, len(ordered), batch_rows):
        batch = ordered[first : first + batch_rows]
        tokens = _padded([[*row.context, *row.continuation[:-1]] for row in batch])
        scores = model(tokens=tokens.to(model.device)).logits
        for row, own in zip(batch, scores, strict=True):
            begin = len(row.context) - 1
            yield row.number, _score(row, own[begin : begin + len(row.continuation)].float())


def _padded(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    length = max(map(len, rows))
    return torch.tensor([[*ids, *[0] * (length - len(ids))] for ids in rows])  # (B, T)


def _score(row: _Row, scores: torch.Tensor) -> ContinuationScore:
    """`scores` (T, V) are those of the tokens of the continuation, and maybe more behind them."""
    own = scores[: len(row.continuation)]
    refuse_undefined(own)
    targets = torch.tensor(row.continuation, device=own.device)[:, None]  # (T, 1)
    chosen = own.gather(1, targets)[:, 0] - own.logsumexp(1)  # (T,)
    return ContinuationScore(
        log_prob=float(chosen.double().sum()),
        num_tokens=len(row.continuation),
        is_greedy=bool((own.argmax(1) == targets[:, 0]).all()),
        num_forgotten=row.num_forgotten,
    )
