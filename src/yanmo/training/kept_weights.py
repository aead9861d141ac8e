"""Weights that a run keeps beside those it trains: their moving average, and the best so far.

Both are named tensors, spread over processes as the model's are; they travel in the checkpoint, so
that a run that is resumed goes on as if it had never stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import nn

from yanmo.training.update_rules.parts import own_part, spread_like

Tensors = Mapping[str, torch.Tensor]


class AveragedWeights:
    """Exponential moving average of a model's parameters (Polyak & Juditsky 1992, with forgetting).

    After update t (from 1) it forgets at min(decay, (1 + t) / (10 + t)), so that the weights of the
    beginning are soon gone.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._model = model
        self._decay = decay
        self.tensors: dict[str, torch.Tensor] = {
            name: _at_least_float32(parameter.detach()).clone()
            for name, parameter in model.named_parameters()
        }

    @torch.no_grad()
    def update(self, num_updates: int) -> None:
        """Move towards the model's weights; `num_updates` counts this one."""
        decay = min(self._decay, (1 + num_updates) / (10 + num_updates))
        averages = [own_part(average) for average in self.tensors.values()]
        weights = [
            _at_least_float32(own_part(parameter.detach())) for parameter in self._parameters()
        ]
        torch._foreach_lerp_(averages, weights, 1.0 - decay)

    @contextmanager
    def in_model(self) -> Iterator[None]:
        """Inside, the model has the average for its weights; afterwards its own again."""
        own = [parameter.detach().clone() for parameter in self._parameters()]
        self.put_into_model()
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, weight in zip(self._parameters(), own, strict=True):
                    own_part(parameter).copy_(own_part(weight))

    @torch.no_grad()
    def put_into_model(self) -> None:
        """Make the average the model's weights."""
        for parameter, average in zip(self._parameters(), self.tensors.values(), strict=True):
            own_part(parameter).copy_(own_part(average))

    def load(self, tensors: Tensors) -> None:
        """Put back what was saved."""
        _load(self.tensors, tensors)

    def _parameters(self) -> list[nn.Parameter]:
        return list(self._model.parameters())


class BestWeights:
    """A copy of a model's parameters and buffers at its best validation."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self.tensors: dict[str, torch.Tensor] = {}

    @torch.no_grad()
    def remember(self) -> None:
        """Keep the weights as they are now."""
        self.tensors = {name: tensor.clone() for name, tensor in self._model_tensors().items()}

    @torch.no_grad()
    def put_into_model(self) -> None:
        """Make them the model's weights."""
        assert self.tensors, "a run validates before its first step"
        for name, tensor in self._model_tensors().items():
            own_part(tensor).copy_(own_part(self.tensors[name]))

    def load(self, tensors: Tensors) -> None:
        """Put back what was saved."""
        self.remember()
        _load(self.tensors, tensors)

    def _model_tensors(self) -> dict[str, torch.Tensor]:
        parameters = {name: value.detach() for name, value in self._model.named_parameters()}
        return parameters | dict(self._model.named_buffers())


def _at_least_float32(tensor: torch.Tensor) -> torch.Tensor:
    # A small step towards a weight is lost in 16 bits.
    return tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor


@torch.no_grad()
def _load(kept: dict[str, torch.Tensor], tensors: Tensors) -> None:
    for name, tensor in kept.items():
        own_part(tensor).copy_(own_part(spread_like(tensors[name].to(tensor.device), tensor)))
