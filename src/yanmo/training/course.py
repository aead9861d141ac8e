"""What a run learns about itself on its way, and what follows: the learning rate on a plateau, an
early end, the weights that count, how large a batch would pay.

In: validation losses, the old domain's among them, and measurements of gradient noise. Out: whether
the run is over, and the weights that validation and the model folder take. All of it is saved in
the checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn

from yanmo.training.config import TrainingConfig
from yanmo.training.kept_weights import AveragedWeights, BestWeights
from yanmo.training.noise_scale import NoiseEstimate, noise_scale
from yanmo.training.schedule import has_stopped_early, index_of_best

_AVERAGE, _BEST = "average", "best"


class Course:
    """The course of one run.

    Args:
        config: the `pretrain` section.
        model: what is trained.
        is_fresh: what the model is before the first step is not among the best.

    Attributes:
        validation_losses: of all validations so far, the oldest first; nats per target.
        criteria: what decided at the same moments which weights are best, lower being better: the
            loss, or a figure of a task turned round.
        validation_steps: the steps after which they were measured.
        old_losses: of the old domain at the same moments; empty where none is watched.
    """

    def __init__(self, config: TrainingConfig, model: nn.Module, *, is_fresh: bool = False) -> None:
        self._config = config
        self._is_fresh = is_fresh
        self._average = AveragedWeights(model, config.ema_decay) if config.ema_decay else None
        self._best = BestWeights(model) if config.early_stopping else None
        self._noise: list[NoiseEstimate] = []
        self.validation_losses: list[float] = []
        self.criteria: list[float] = []
        self.validation_steps: list[int] = []
        self.old_losses: list[float] = []

    @property
    def is_over(self) -> bool:
        """Whether the run has to end before its last step."""
        return has_stopped_early(self._config.early_stopping, self.criteria[self._first :])

    @property
    def index_of_result(self) -> int:
        """The validation whose weights the run ends with, as an index into the losses."""
        stopping = self._config.early_stopping
        if stopping is not None:
            first = self._first
            best = index_of_best(
                self.criteria[first:], stopping.min_delta, self.validation_losses[first:]
            )
            assert best is not None, "a run validates before its first step"
            return first + best
        return len(self.validation_losses) - 1

    @property
    def _first(self) -> int:
        """The first validation that may be the best."""
        return 1 if self._is_fresh and len(self.criteria) > 1 else 0

    @property
    def noise_scale_tokens(self) -> float | None:
        """The gradient noise scale over all measurements so far; None where there is none yet."""
        return noise_scale(self._noise)

    def after_update(self, num_steps: int, is_accepted: bool) -> None:
        """Take the weights after optimiser step number `num_steps` (from 1); those that a refused
        step has left alone are not taken again."""
        if self._average is not None and is_accepted:
            self._average.update(num_steps)

    def after_noise(self, estimate: NoiseEstimate | None) -> dict[str, float]:
        """Take a measurement of the gradient's noise; what the step's row says of it."""
        if estimate is not None:
            self._noise.append(estimate)
        scale = self.noise_scale_tokens
        return {} if scale is None else {"train/noise_scale": scale}

    def weights_that_count(self) -> AbstractContextManager[None]:
        """Inside, the model has the weights that validation looks at: the average, if any."""
        return nullcontext() if self._average is None else self._average.in_model()

    def after_validation(
        self,
        step: int,
        loss: float,
        old_loss: float | None = None,
        *,
        criterion: float | None = None,
    ) -> None:
        """Take the losses of the validation after `step` steps, while the model has the weights
        that count; `criterion` is what decides, the loss where there is none."""
        self.criteria.append(loss if criterion is None else criterion)
        self.validation_steps.append(step)
        self.validation_losses.append(loss)
        if old_loss is not None:
            self.old_losses.append(old_loss)
        is_best = self.index_of_result == len(self.validation_losses) - 1
        if self._best is not None and is_best:
            self._best.remember()

    def put_result_into_model(self) -> None:
        """Give the model the weights that the run ends with: best, average, or its own."""
        if self._best is not None:
            self._best.put_into_model()
        elif self._average is not None:
            self._average.put_into_model()

    def tensors(self) -> dict[str, Mapping[str, torch.Tensor]]:
        """Groups of named tensors for the checkpoint."""
        kept = {_AVERAGE: self._average, _BEST: self._best}
        return {name: weights.tensors for name, weights in kept.items() if weights is not None}

    def targets(self) -> dict[str, Mapping[str, torch.Tensor]]:
        """What a checkpoint's groups of tensors may be read into, spread as the model is."""
        if self._best is not None:
            self._best.remember()
        return self.tensors()

    def state(self) -> dict[str, Any]:
        """Everything else for the checkpoint, as JSON."""
        return {
            "validation_losses": list(self.validation_losses),
            "criteria": list(self.criteria),
            "validation_steps": list(self.validation_steps),
            "old_losses": list(self.old_losses),
            "noise": [[estimate.trace, estimate.squared_gradient] for estimate in self._noise],
        }

    def load(
        self, state: Mapping[str, Any], tensors: Mapping[str, Mapping[str, torch.Tensor]]
    ) -> None:
        """Go on from what `state` and `tensors` gave."""
        self.validation_losses = list(state["validation_losses"])
        self.criteria = list(state["criteria"])
        self.validation_steps = list(state["validation_steps"])
        self.old_losses = list(state["old_losses"])
        self._noise = [NoiseEstimate(trace, square) for trace, square in state["noise"]]
        if self._average is not None:
            self._average.load(tensors[_AVERAGE])
        if self._best is not None:
            self._best.load(tensors[_BEST])
