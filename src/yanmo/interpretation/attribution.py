"""How much each token of a text adds to the score of an answer, by several methods.

In: a question and the name of a method. Out: one number for each token. The methods differ in what
they take for "without this token", and need not agree; `deletion_test` says which of them names the
tokens that matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from yanmo.core.errors import ConfigError
from yanmo.core.messages import listed, t
from yanmo.interpretation.attention_maps import record_attention
from yanmo.interpretation.occlusion import occlude
from yanmo.interpretation.question import Question, Removal
from yanmo.interpretation.rollout import read_last_layer, read_rollout
from yanmo.interpretation.subject import Subject

Method = Literal[
    "integrated_gradients",
    "gradient_x_input",
    "smooth_gradient",
    "occlusion",
    "attention",
    "attention_rollout",
]
Baseline = Literal["auto", "mean", "zero", "pad", "mask"]
METHODS: tuple[Method, ...] = get_args(Method)
BY_ATTENTION: tuple[Method, ...] = ("attention", "attention_rollout")


@dataclass(frozen=True)
class Attribution:
    """What a method says.

    Attributes:
        method: its name.
        scores: one for each of the question's tokens, in units of the answer's score where the
            method has them; special tokens have those that the method gives them.
        is_signed: whether a token may speak against the answer.
        score: of the answer.
        baseline: what integrated gradients begin from; None of other methods.
        baseline_score: the answer's score there.
        gap: `sum(scores) - (score - baseline_score)`, which completeness says is 0 (Sundararajan et
            al. 2017, proposition 1); what is left is the error of the sum over steps.
        num_steps: steps of that sum.
        removal: how occlusion takes tokens away; None of other methods.
    """

    method: Method
    scores: tuple[float, ...]
    is_signed: bool
    score: float
    baseline: str | None = None
    baseline_score: float | None = None
    gap: float | None = None
    num_steps: int | None = None
    removal: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The attribution as plain values."""
        return asdict(self)


def methods_for(subject: Subject) -> tuple[Method, ...]:
    """The methods that a model can be explained by."""
    has_attention = subject.why_no_attention() is None
    return tuple(one for one in METHODS if has_attention or one not in BY_ATTENTION)


def check_methods(subject: Subject, names: Sequence[str]) -> tuple[Method, ...]:
    """The methods of these names.

    Raises:
        ConfigError: there is no such method, or not for this model.
    """
    chosen = []
    for name in names:
        if name not in METHODS:
            raise ConfigError(
                t("there is no method '{name}'", name=name),
                where="--methods",
                hint=t("There are: {names}.", names=listed(METHODS)),
            )
        if name in BY_ATTENTION and subject.why_no_attention() is not None:
            raise ConfigError(subject.why_no_attention() or "", where="--methods")
        chosen.append(name)
    return tuple(chosen)


def attribute(
    question: Question, method: str, *, baseline: Baseline = "auto", removal: Removal = "auto"
) -> Attribution:
    """How much each token adds to the answer's score, by one method.

    Args:
        baseline: what integrated gradients begin from: the mean embedding of the vocabulary, zeros,
            or the embedding of the padding or of the mask token. `auto` is the mask where the model
            was trained with one, else the mean.
        removal: how occlusion takes tokens away.

    Raises:
        ConfigError: the method does not exist, not for this model, or its package is missing.
    """
    (name,) = check_methods(question.subject, [method])
    if name in BY_ATTENTION:
        maps = record_attention(question)
        read = read_last_layer if name == "attention" else read_rollout
        scores = tuple(read(maps, question).tolist())
        return Attribution(name, scores, False, question.answer.score)
    if name == "occlusion":
        resolved = question.resolve(removal)
        scores = tuple(occlude(question, resolved).tolist())
        return Attribution(name, scores, True, question.answer.score, removal=resolved)
    from yanmo.interpretation import gradients

    if name == "integrated_gradients":
        path = gradients.integrate(question, baseline)
        return Attribution(
            name,
            tuple(path.scores.tolist()),
            True,
            path.score,
            path.baseline,
            path.baseline_score,
            path.gap,
            path.num_steps,
        )
    is_smooth = name == "smooth_gradient"
    found = gradients.multiply(question, is_smooth=is_smooth)
    return Attribution(name, tuple(found.tolist()), True, question.answer.score)
