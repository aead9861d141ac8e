"""What happens to an answer when one attention head is switched off (Michel et al. 2019).

A head's output is set to zero, or to its mean over the positions of the text, everything else
stays. All heads of a layer are tried in one batch. Over many texts the mean change of the loss
comes with an interval. A head that changes nothing alone may be one of two that do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.interpretation.block_hooks import edited_heads
from yanmo.interpretation.intervals import Interval, mean_interval
from yanmo.interpretation.question import BATCH_TOKENS, Evaluation, Question
from yanmo.interpretation.subject import AttentionPlace, Part

Mode = Literal["zero", "mean"]


@dataclass(frozen=True)
class HeadEffect:
    """An answer without one head.

    Attributes:
        part, layer, head: which; layer and head from 0.
        score_change, probability_change: of the answer, without the head less with it; of a number,
            both are the number's.
        divergence: of what is said without it from what is said with it, Kullback-Leibler, in nats;
            of a continuation, at its first token. 0 of a number.
        answer: what is most probable without it, at the first place.
        is_changed: whether that is another than with it.
    """

    part: Part
    layer: int
    head: int
    score_change: float
    probability_change: float
    divergence: float
    answer: str
    is_changed: bool


@dataclass(frozen=True)
class HeadAblation:
    """Every head switched off, one at a time."""

    mode: Mode
    score: float
    probability: float
    effects: tuple[HeadEffect, ...]

    def as_json(self) -> dict[str, Any]:
        """The effects as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class HeadMeasure:
    """One head over many texts: the mean change of the loss without it, in nats for each text (of a
    number, of its absolute change), and the share of texts that are answered otherwise."""

    part: Part
    layer: int
    head: int
    loss_change: Interval
    changed: float


@dataclass(frozen=True)
class HeadMeasures:
    """All heads over many texts."""

    mode: Mode
    num_texts: int
    heads: tuple[HeadMeasure, ...]

    def as_json(self) -> dict[str, Any]:
        """The measures as plain values."""
        return asdict(self)


@torch.no_grad()
def ablate_heads(question: Question, mode: Mode = "zero") -> HeadAblation:
    """The answer without each head.

    Raises:
        ConfigError: the model has no attention heads.
    """
    whole = question.evaluate()
    effects = []
    for place, found in _without_heads(question, mode):
        for head in range(place.module.num_heads):
            effects.append(_effect(question, place, head, whole, found))
    score, probability = float(whole.scores[0]), float(whole.probabilities[0])
    return HeadAblation(mode, score, probability, tuple(effects))


@torch.no_grad()
def measure_heads(
    questions: Sequence[Question],
    mode: Mode = "zero",
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> HeadMeasures:
    """The mean change of the loss of the questions' answers without each head.

    Args:
        questions: to one model; their answers are the labels, where those were given.
        progress: told after every text.

    Raises:
        ConfigError: the model has no attention heads, or there is no text.
    """
    if not questions:
        raise ConfigError(t("there are no texts"))
    losses: dict[tuple[Part, int, int], list[float]] = {}
    changed: dict[tuple[Part, int, int], list[bool]] = {}
    for number, question in enumerate(questions, start=1):
        whole = question.evaluate()
        for place, found in _without_heads(question, mode):
            for head in range(place.module.num_heads):
                key = (place.part, place.layer, head)
                losses.setdefault(key, []).append(_loss_change(question, whole, found, head))
                is_other = bool(found.log_probs[head].argmax() != whole.log_probs[0].argmax())
                changed.setdefault(key, []).append(is_other)
        if progress is not None:
            progress(number, len(questions))
    measures = [
        HeadMeasure(*key, mean_interval(own, seed), float(np.mean(changed[key])))
        for key, own in losses.items()
    ]
    return HeadMeasures(mode, len(questions), tuple(measures))


def _without_heads(question: Question, mode: Mode) -> Iterator[tuple[AttentionPlace, Evaluation]]:
    """For each layer what the model says without each of its heads, a row each."""
    reason = question.subject.why_no_attention()
    if reason is not None:
        raise ConfigError(reason)
    width = len(question.positions) + len(question.targets)
    size = max(1, BATCH_TOKENS // max(1, width))
    for place in question.subject.attention_places:
        parts = []
        for first in range(0, place.module.num_heads, size):
            heads = torch.arange(first, min(first + size, place.module.num_heads))
            kept = torch.ones(len(heads), len(question.tokens), dtype=torch.bool)
            with edited_heads(place.module, _switch_off(heads, mode)):
                parts.append(question.read(question.rows(kept)))
        yield (
            place,
            Evaluation(
                torch.cat([part.scores for part in parts]),
                torch.cat([part.probabilities for part in parts]),
                torch.cat([part.log_probs for part in parts]),
            ),
        )


def _switch_off(heads: torch.Tensor, mode: Mode) -> Callable[[torch.Tensor], torch.Tensor]:
    """Row r of (R, T, N, H) loses head `heads[r]`."""

    def edit(x: torch.Tensor) -> torch.Tensor:
        rows = torch.arange(len(heads), device=x.device)
        x = x.clone()
        own = x[rows, :, heads.to(x.device)]  # (R, T, H)
        x[rows, :, heads.to(x.device)] = (
            own.mean(1, keepdim=True).expand_as(own) if mode == "mean" else torch.zeros_like(own)
        )
        return x

    return edit


def _effect(
    question: Question, place: AttentionPlace, head: int, whole: Evaluation, found: Evaluation
) -> HeadEffect:
    before, after = whole.log_probs[0], found.log_probs[head]
    is_number = question.unit == "number"
    divergence = 0.0 if is_number else float((before.exp() * (before - after)).nansum())
    best = int(after.argmax())
    return HeadEffect(
        place.part,
        place.layer,
        head,
        float(found.scores[head] - whole.scores[0]),
        float(found.probabilities[head] - whole.probabilities[0]),
        max(0.0, divergence),
        f"{float(found.scores[head]):.4g}" if is_number else question.option_text(best),
        best != int(before.argmax()),
    )


def _loss_change(question: Question, whole: Evaluation, found: Evaluation, head: int) -> float:
    if question.unit == "number":
        return abs(float(found.scores[head] - whole.scores[0]))
    before, after = whole.probabilities[0].double(), found.probabilities[head].double()
    tiny = torch.finfo(torch.float32).tiny
    return float(before.clamp(min=tiny).log() - after.clamp(min=tiny).log())
