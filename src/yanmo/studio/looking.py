"""What is told of a model that is looked into: its answer and those beside it, attention,
attributions, layers, heads.

In: a question. Out: plain values, and attention as 16-bit numbers, since there are many of them.
Knows neither requests nor pages; the methods are `interpretation`'s.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.interpretation.attention_maps import record_attention
from yanmo.interpretation.attribution import attribute, methods_for
from yanmo.interpretation.block_hooks import edited_heads
from yanmo.interpretation.deletion_test import MIN_TOKENS, deletion_test
from yanmo.interpretation.head_ablation import Mode, ablate_heads
from yanmo.interpretation.logit_lens import read_lens
from yanmo.interpretation.question import Evaluation, Question
from yanmo.interpretation.subject import Subject, open_subject

NUM_OPTIONS = 10
"""Answers that are told beside the one that is explained."""
NUM_LENS = 5
"""Tokens that are told of each layer and place."""


@dataclass(frozen=True)
class OpenedSubject:
    """A model that is open for looking inside; one look at a time, since looking changes how the
    model computes."""

    subject: Subject
    lock: threading.Lock


def open_for_looking(directory: Path) -> OpenedSubject:
    """Open a model folder.

    Raises:
        CheckpointError, DataError, ConfigError: it cannot be opened.
    """
    return OpenedSubject(open_subject(directory, device="cpu"), threading.Lock())


def describe(question: Question) -> dict[str, Any]:
    """A question with its answer, what could be answered instead, and what can be looked at."""
    subject = question.subject
    return question.as_json() | {
        "kind": subject.kind,
        "labels": list(subject.labels),
        "methods": list(methods_for(subject)),
        "is_testable": int(question.is_removable.sum()) >= MIN_TOKENS,
        "why_not": {
            "attention": subject.why_no_attention(),
            "lens": subject.why_no_lens(),
            "heads": subject.why_no_attention(),
        },
        "options": told_options(question, question.evaluate()),
    }


def told_options(
    question: Question, found: Evaluation, other: torch.Tensor | None = None
) -> list[dict[str, Any]]:
    """The most probable answers at the first place, and the one that is explained; with `other`
    (C,), also those that are the most probable there. None where the answer is a number."""
    if question.unit == "number":
        return []
    log_probs = found.log_probs[0]
    own = question.answer_options[0]
    best = _best(log_probs)
    others = [] if other is None else _best(other)
    named = dict.fromkeys([*best, *others, own])
    return [
        {
            "option": option,
            "text": question.option_text(option),
            "probability": round(float(log_probs[option].exp()), 6),
            "is_answer": option == own,
        }
        for option in named
    ]


def _best(log_probs: torch.Tensor) -> list[int]:
    return [int(one) for one in log_probs.topk(min(NUM_OPTIONS, len(log_probs))).indices]


def attention_bytes(question: Question) -> tuple[bytes, dict[str, Any]]:
    """Every head's weights as float16, layer after layer; and the shapes of the layers."""
    maps = record_attention(question)
    shapes = [
        {"part": one.part, "layer": one.layer, "shape": list(one.weights.shape)}
        for one in maps.maps
    ]
    flat = b"".join(one.weights.half().numpy().tobytes() for one in maps.maps)
    return flat, {"maps": shapes}


def attribution_told(question: Question, method: str) -> dict[str, Any]:
    """An attribution, and whether removing what it names hurts on this text."""
    found = attribute(question, method)
    trust = None
    if int(question.is_removable.sum()) >= MIN_TOKENS:
        trust = asdict(deletion_test([question], [method]))
    return {"attribution": found.as_json(), "trust": trust}


@torch.no_grad()
def told_without(
    question: Question, heads: Sequence[tuple[str, int, int]], mode: Mode
) -> dict[str, Any]:
    """What is said with all heads, and with `heads` switched off, all of them at once.

    Raises:
        ConfigError: there is no such head.
    """
    whole = question.evaluate()
    with ExitStack() as stack:
        left = set(heads)
        for place in question.subject.attention_places:
            own = {one for one in left if one[:2] == (place.part, place.layer)}
            numbers = sorted(head for _, _, head in own if 0 <= head < place.module.num_heads)
            left -= {(place.part, place.layer, number) for number in numbers}
            if numbers:
                stack.enter_context(edited_heads(place.module, switching_off(numbers, mode)))
        if left:
            raise ConfigError(t("this model has no such attention head"))
        found = question.read(question.rows())
    before, after = whole.log_probs[0], found.log_probs[0]
    divergence = 0.0
    if question.unit != "number":
        divergence = max(0.0, float((before.exp() * (before - after)).nansum()))
    return {
        "before": told_options(question, whole, after),
        "after": told_options(question, found, before),
        "score_before": float(whole.scores[0]),
        "score_after": float(found.scores[0]),
        "divergence": divergence,
    }


def switching_off(heads: Sequence[int], mode: Mode) -> Callable[[torch.Tensor], torch.Tensor]:
    """What takes the outputs of `heads` out of those of a layer, (B, T, N, H)."""

    def edit(x: torch.Tensor) -> torch.Tensor:
        x = x.clone()
        own = x[:, :, list(heads)]  # (B, T, n, H)
        x[:, :, list(heads)] = (
            own.mean(1, keepdim=True).expand_as(own) if mode == "mean" else torch.zeros_like(own)
        )
        return x

    return edit


def lens_told(question: Question) -> dict[str, Any]:
    """What every layer would have said."""
    return read_lens(question, NUM_LENS).as_json()


def heads_told(question: Question, mode: Mode) -> dict[str, Any]:
    """What each head does for the answer."""
    return ablate_heads(question, mode).as_json()
