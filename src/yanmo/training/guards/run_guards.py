"""All guards of one run together: what they are told, what they say, what of them is saved.

In: the results of steps and validations. Out: lines for the person who watches and rows for
`metrics.jsonl`. Knows of the model only what the remedies for over-fitting name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from yanmo.core.messages import t
from yanmo.models.weight_count import count_weights
from yanmo.parallel.ranks import Ranks
from yanmo.training.config import TrainingConfig
from yanmo.training.data import TrainingData
from yanmo.training.guards.gradients import GradientWatch
from yanmo.training.guards.overfit import (
    OverfitAlarm,
    Remedies,
    overfit_row,
    overfit_warning,
)
from yanmo.training.guards.spike import SpikeGuard, describe
from yanmo.training.guards.watchdog import StallWatchdog
from yanmo.training.step import StepResult

Row = dict[str, Any]


class RunGuards:
    """The guards of a run.

    Args:
        config: the `pretrain` section.
        model: what is trained.
        data: what it is trained on.
        directory: of the run, which all processes see.
        ranks: all processes of the run.
        warn: tells the person who watches.

    Attributes:
        spikes: judges every step.
        watchdog: ends this process where the others keep it waiting.
        notes: what the run's report should say at its end.
    """

    def __init__(
        self,
        config: TrainingConfig,
        model: nn.Module,
        data: TrainingData,
        directory: Path,
        ranks: Ranks,
        warn: Callable[[str], None],
    ) -> None:
        self.spikes = SpikeGuard(config.guards)
        self.watchdog = StallWatchdog(
            directory, rank=ranks.rank, size=ranks.size, timeout_s=config.guards.stall_timeout_s
        )
        self.notes: list[str] = []
        self._config = config
        self._model = model
        self._data = data
        self._warn = warn
        self._overfit = OverfitAlarm(config.guards.overfit_validations)
        self._gradients = GradientWatch()

    @property
    def num_skipped(self) -> int:
        """Steps skipped so far."""
        return self.spikes.num_skipped

    def is_gradient_row_due(self, step: int) -> bool:
        """Whether the gradients of step `step` (from 0) are to be looked at layer by layer. Not
        those of the first: layers behind an output that begins at zero have none there."""
        every = self._config.guards.gradients_every
        return every is not None and step > 0 and (step + 1) % every == 0

    def after_step(self, step: int, result: StepResult) -> Row:
        """Take the result of a step, `step` being those done, this one included; say what is odd.

        Returns:
            What the step's row says of it.
        """
        self.watchdog.beat(step)
        for note in result.notes:
            self._warn(note)
            self.notes.append(note)
        if result.verdict.cause is not None:
            return self._row_of_skipped(step, result)
        self._overfit.add_step(result.loss)
        if result.layer_norms is None:
            return {}
        for odd in self._gradients.new_findings(result.layer_norms):
            self._warn(t("step {step}: {what}", step=step, what=str(odd)))
        return {"train/layer_grad_norms": dict(result.layer_norms)}

    def after_validation(
        self, step: int, loss: float, num_tokens: int, *, metric: str | None = None
    ) -> Row:
        """Take a validation loss, and warn where the run has begun to over-fit.

        Args:
            step: those done.
            loss: nats per target.
            num_tokens: read so far.
            metric: what decides in place of the loss which weights are kept.

        Returns:
            What the validation's row says of it.
        """
        seen = self._overfit.add_validation(step, loss)
        if seen is None:
            return {}
        text = overfit_warning(seen, self._remedies(num_tokens, metric))
        self.notes.append(text)
        self._warn(text)
        return overfit_row(seen)

    def _row_of_skipped(self, step: int, result: StepResult) -> Row:
        cause = result.verdict.cause
        assert cause is not None, "only a refused step is skipped"
        self._warn(
            t(
                "step {step} is skipped: {what} ({numbers}); {count} skipped so far",
                step=step,
                what=describe(cause),
                numbers=self.spikes.numbers(result.loss, result.grad_norm),
                count=self.num_skipped,
            )
        )
        refused = {"loss": result.loss, "grad_norm": result.grad_norm}
        return {
            "train/skipped": self.num_skipped,
            "train/skipped_because": str(cause),
            # JSON has no infinity: what is not finite is left out.
            **{f"train/skipped_{name}": x for name, x in refused.items() if math.isfinite(x)},
        }

    def state(self) -> dict[str, Any]:
        """What later verdicts depend on, as JSON."""
        return {
            "spikes": self.spikes.state(),
            "overfit": self._overfit.state(),
            "notes": list(self.notes),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.spikes.load(state["spikes"])
        self._overfit.load(state["overfit"])
        self.notes = list(state["notes"])

    def _remedies(self, num_tokens: int, metric: str | None) -> Remedies:
        splits = self._data.splits
        num_train_tokens = splits[0].num_tokens if splits else None
        task = self._data.remedies
        has_dropout = task is None or task.has_dropout
        dropout = getattr(getattr(self._model, "config", None), "dropout", None)
        return Remedies(
            dropout=dropout if has_dropout else None,
            weight_decay=getattr(self._config.optimizer, "weight_decay", None),
            epochs=num_tokens / max(1, num_train_tokens or 0),
            num_params=count_weights(self._model.parameters()),
            num_train_tokens=num_train_tokens,
            has_early_stopping=self._config.early_stopping is not None,
            task=task,
            metric=metric,
        )
