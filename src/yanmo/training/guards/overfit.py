"""Over-fitting: the training loss goes on falling while the validation loss rises.

In: the loss of every step and of every validation. Out, once in a run: what was seen, and the
remedies with their current values. Knows no model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from yanmo.core.messages import t

MIN_CHANGE = 0.01
"""Both losses must have moved by this fraction, one up and one down: less is noise."""


@dataclass(frozen=True)
class Overfit:
    """What was seen. Losses are nats per target; training losses are means between validations."""

    step: int
    best_step: int
    best_validation_loss: float
    validation_loss: float
    train_loss_at_best: float
    train_loss: float


@dataclass(frozen=True)
class TaskRemedies:
    """What may help where a task is learned.

    Attributes:
        more: what there should be more of, for the user.
        has_dropout: whether the section sets the dropout of the model.
        smaller: how the model is made smaller, for the user; None where that is not the section's.
    """

    more: str
    has_dropout: bool = True
    smaller: str | None = None


@dataclass(frozen=True)
class Remedies:
    """What may help, as it is now; None where the model or recipe has no such thing.

    Attributes:
        epochs: passes over the training rows so far.
        num_train_tokens: different tokens of the train split; None where tasks are learned, whose
            rows are examples.
        task: where one is learned, what else may help.
        metric: decides which weights are kept, higher being better; None: the validation loss does.
    """

    dropout: float | None
    weight_decay: float | None
    epochs: float
    num_params: int
    num_train_tokens: int | None
    has_early_stopping: bool | None
    task: TaskRemedies | None = None
    metric: str | None = None


class OverfitAlarm:
    """Rings once.

    Args:
        num_validations: validations in a row without a new best before it may ring.
    """

    def __init__(self, num_validations: int | None) -> None:
        self._num_validations = num_validations
        self._sum, self._count = 0.0, 0
        self._best_step, self._best_loss = 0, math.inf
        self._train_loss_at_best: float | None = None
        self._num_worse = 0
        self._has_rung = False

    def add_step(self, loss: float) -> None:
        """Take the training loss of an accepted step."""
        self._sum += loss
        self._count += 1

    def add_validation(self, step: int, loss: float) -> Overfit | None:
        """Take a validation loss; returns what was seen where it is time to ring."""
        train_loss = self._sum / self._count if self._count else None
        self._sum, self._count = 0.0, 0
        if loss < self._best_loss:
            self._best_step, self._best_loss, self._num_worse = step, loss, 0
            self._train_loss_at_best = train_loss
            return None
        self._num_worse += 1
        if self._train_loss_at_best is None or train_loss is None:
            # The best one came before any step: what the first steps gave stands for it.
            self._train_loss_at_best = train_loss
            return None
        has_time = self._num_validations is not None and self._num_worse >= self._num_validations
        is_rising = loss > (1 + MIN_CHANGE) * self._best_loss
        is_falling = train_loss < (1 - MIN_CHANGE) * self._train_loss_at_best
        if self._has_rung or not (has_time and is_rising and is_falling):
            return None
        self._has_rung = True
        return Overfit(
            step=step,
            best_step=self._best_step,
            best_validation_loss=self._best_loss,
            validation_loss=loss,
            train_loss_at_best=self._train_loss_at_best,
            train_loss=train_loss,
        )

    def state(self) -> dict[str, Any]:
        """Everything that decides when it rings, as JSON numbers."""
        return {
            "sum": self._sum,
            "count": self._count,
            "best_step": self._best_step,
            "best_loss": None if math.isinf(self._best_loss) else self._best_loss,
            "train_loss_at_best": self._train_loss_at_best,
            "num_worse": self._num_worse,
            "has_rung": self._has_rung,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""
        self._sum, self._count = state["sum"], state["count"]
        self._best_step = state["best_step"]
        self._best_loss = math.inf if state["best_loss"] is None else state["best_loss"]
        self._train_loss_at_best = state["train_loss_at_best"]
        self._num_worse = state["num_worse"]
        self._has_rung = state["has_rung"]


def overfit_row(seen: Overfit) -> dict[str, Any]:
    """What the validation's row in `metrics.jsonl` says of it."""
    return {f"overfit/{name}": value for name, value in asdict(seen).items() if name != "step"}


def overfit_warning(seen: Overfit, remedies: Remedies) -> str:
    """What was seen and what may help, for the person who watches."""
    first = t(
        "over-fitting: since step {best} the validation loss rose from {low:.4f} to {high:.4f}"
        " while the training loss fell from {before:.4f} to {now:.4f}; what may help:",
        best=seen.best_step,
        low=seen.best_validation_loss,
        high=seen.validation_loss,
        before=seen.train_loss_at_best,
        now=seen.train_loss,
    )
    return "\n  - ".join([first, *_advice(seen, remedies)])


def _advice(seen: Overfit, remedies: Remedies) -> list[str]:
    lines = [] if remedies.task is None else [remedies.task.more]
    if remedies.num_train_tokens is not None:
        lines.append(
            t(
                "more text: {tokens:,} tokens have been read {epochs:.1f} times",
                tokens=remedies.num_train_tokens,
                epochs=remedies.epochs,
            )
        )
    if remedies.num_train_tokens is not None and remedies.num_params > remedies.num_train_tokens:
        lines.append(
            t(
                "a smaller model: {params:,} parameters learn from {tokens:,} tokens",
                params=remedies.num_params,
                tokens=remedies.num_train_tokens,
            )
        )
    if remedies.task is not None and remedies.task.smaller is not None:
        lines.append(remedies.task.smaller)
    if remedies.dropout is not None:
        better = 0.1 if remedies.dropout < 0.1 else min(0.5, 2 * remedies.dropout)
        key = "dropout" if remedies.num_train_tokens is None else "model.dropout"
        lines.append(
            t("{key} = {better:g} (now {now:g})", key=key, better=better, now=remedies.dropout)
        )
    if remedies.weight_decay is not None:
        better = 0.1 if remedies.weight_decay < 0.1 else 2 * remedies.weight_decay
        key = "optimizer.weight_decay"
        if remedies.num_train_tokens is not None:
            key = f"pretrain.{key}"
        lines.append(
            t("{key} = {better:g} (now {now:g})", key=key, better=better, now=remedies.weight_decay)
        )
    return [*lines, _end(seen, remedies)]


def _end(seen: Overfit, remedies: Remedies) -> str:
    """Which weights the run ends with. A figure of a task often goes on rising while the loss does:
    the model is as often right, and surer where it is wrong."""
    if remedies.metric is None:
        if remedies.has_early_stopping:
            return t("early stopping is on and will keep the best weights")
        return t("stop at step {step}, where the validation was best", step=seen.best_step)
    if remedies.has_early_stopping:
        return t(
            "early stopping is on and will keep the weights with the highest {metric}, which may"
            " rise while the loss does",
            metric=remedies.metric,
        )
    return t(
        "early_stopping keeps the weights with the highest {metric}, which may rise while the loss"
        " does; without it the last ones are kept",
        metric=remedies.metric,
    )
