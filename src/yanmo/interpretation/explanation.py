"""Everything that can be said about one answer, put together.

In: a question, and what else was asked for. Out: an `Explanation`, in which what could not be had
is named with its reason. Knows no page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from yanmo.core.errors import ConfigError
from yanmo.interpretation.attention_maps import AttentionMaps, record_attention
from yanmo.interpretation.attribution import (
    Attribution,
    attribute,
    check_methods,
    methods_for,
)
from yanmo.interpretation.deletion_test import DeletionTest
from yanmo.interpretation.head_ablation import HeadAblation, HeadMeasures, Mode, ablate_heads
from yanmo.interpretation.logit_lens import LogitLens, read_lens
from yanmo.interpretation.logit_parts import LogitParts, split_logit
from yanmo.interpretation.patching import PatchingMap, patch_activations
from yanmo.interpretation.question import Question

R = TypeVar("R")


@dataclass(frozen=True)
class LeftOut:
    """Something that this model cannot be explained by, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Explanation:
    """An answer and what explains it; None for what is left out or was not asked for.

    Attributes:
        model: the name that it is shown under.
        question: text, model and answer.
        attributions: one for each method.
        attention, lens, parts, heads: see their modules.
        patching: beside a second text, where there was one.
        trust: the deletion test of the methods on other texts, where it was made.
        measures: the heads' effect on other texts, where it was measured.
        left_out: what the model cannot be explained by.
    """

    model: str
    question: Question
    attributions: tuple[Attribution, ...]
    attention: AttentionMaps | None
    lens: LogitLens | None
    parts: LogitParts | None
    heads: HeadAblation | None
    patching: PatchingMap | None
    trust: DeletionTest | None
    measures: HeadMeasures | None
    left_out: tuple[LeftOut, ...]

    def as_json(self, *, has_attention: bool = True) -> dict[str, Any]:
        """The explanation as plain values.

        Args:
            has_attention: whether all attention weights go in, which are many.
        """

        def plain(part: Any) -> Any:
            return None if part is None else part.as_json()

        return {
            "model": self.model,
            "kind": self.question.subject.kind,
            **self.question.as_json(),
            "attributions": [one.as_json() for one in self.attributions],
            "attention": plain(self.attention) if has_attention else None,
            "lens": plain(self.lens),
            "parts": plain(self.parts),
            "heads": plain(self.heads),
            "patching": plain(self.patching),
            "trust": plain(self.trust),
            "measures": plain(self.measures),
            "left_out": [{"what": one.what, "why": one.why} for one in self.left_out],
        }


def explain(
    question: Question,
    methods: Sequence[str] | None = None,
    *,
    model: str = "",
    other: Question | None = None,
    trust: DeletionTest | None = None,
    measures: HeadMeasures | None = None,
    mode: Mode = "zero",
    num_top: int = 5,
) -> Explanation:
    """Explain an answer by all that the model allows.

    Args:
        methods: of attribution; all that the model can be explained by where left out.
        model: the name that it is shown under.
        other: a text that does not lead to the answer, for activation patching.
        trust: the deletion test, made before.
        measures: of the heads, made before.
        mode: how heads are switched off.
        num_top: how many tokens or classes a lens names.

    Raises:
        ConfigError: a method that was named does not exist or not for this model, or the second
            text does not fit the first.
    """
    left_out: list[LeftOut] = []

    def tried(what: str, make: Callable[[], R]) -> R | None:
        """The part, or None and its reason among what is left out."""
        try:
            return make()
        except ConfigError as error:
            left_out.append(LeftOut(what, str(error)))
            return None

    if methods is not None:
        names = check_methods(question.subject, methods)
        attributions = [attribute(question, name) for name in names]
    else:
        found = [
            tried(name, lambda name=name: attribute(question, name))  # type: ignore[misc]
            for name in methods_for(question.subject)
        ]
        attributions = [one for one in found if one is not None]
    return Explanation(
        model=model,
        question=question,
        attributions=tuple(attributions),
        attention=tried("attention", lambda: record_attention(question)),
        lens=tried("lens", lambda: read_lens(question, num_top)),
        parts=tried("parts", lambda: split_logit(question)),
        heads=tried("heads", lambda: ablate_heads(question, mode)),
        patching=None if other is None else patch_activations(question, other),
        trust=trust,
        measures=measures,
        left_out=tuple(left_out),
    )
