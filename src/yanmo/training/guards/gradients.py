"""Gradients that vanish or explode, block by block.

In: a model after its backward pass and before clipping. Out: a norm for each block, and which of
them are out of proportion. Knows nothing of the step's fate; that is `spike`.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

from yanmo.core.messages import t
from yanmo.parallel.gather import whole_tensor
from yanmo.parallel.ranks import Ranks

MIN_NORM = 1e-7
"""A smaller gradient has vanished: the layer learns nothing."""
MAX_RATIO = 1e3
"""A gradient larger than so many times the median of the blocks explodes."""
_BLOCK = re.compile(r"(?:[^.]+\.)*?\d+(?=\.)")


@dataclass(frozen=True)
class OddGradient:
    """A layer whose gradient vanishes or explodes, and the median of all layers."""

    layer: str
    norm: float
    median: float

    @property
    def has_vanished(self) -> bool:
        """Whether the layer learns nothing."""
        return self.norm < MIN_NORM

    def __str__(self) -> str:
        """What to tell the person who watches."""
        if self.has_vanished:
            return t(
                "the gradient of {layer} has vanished: norm {norm:.2g}, median of the layers"
                " {median:.2g}",
                layer=self.layer,
                norm=self.norm,
                median=self.median,
            )
        return t(
            "the gradient of {layer} explodes: norm {norm:.2g}, median of the layers {median:.2g}",
            layer=self.layer,
            norm=self.norm,
            median=self.median,
        )


class GradientWatch:
    """Names each odd layer once."""

    def __init__(self) -> None:
        self._named: set[tuple[str, bool]] = set()

    def new_findings(self, norms: Mapping[str, float]) -> list[OddGradient]:
        """The layers of `norms` that are odd and have not been named before."""
        found = [
            one for one in odd_gradients(norms) if (one.layer, one.has_vanished) not in self._named
        ]
        self._named.update((one.layer, one.has_vanished) for one in found)
        return found


def odd_gradients(norms: Mapping[str, float]) -> list[OddGradient]:
    """The layers whose norm has vanished, or is out of all proportion to the median."""
    finite = [norm for norm in norms.values() if math.isfinite(norm)]
    if not finite:
        return []
    median = statistics.median(finite)
    return [
        OddGradient(layer, norm, median)
        for layer, norm in norms.items()
        if norm < MIN_NORM or norm > MAX_RATIO * median
    ]


def gradient_norms(model: nn.Module, ranks: Ranks | None = None) -> dict[str, float]:
    """Norm of the gradient of every block, and of what is outside the blocks, in the model's order.

    Call it on every process: a sharded gradient is added up over those that hold its parts, and the
    first process gets the blocks of all stages. Parameters without gradient are left out.
    """
    squares: dict[str, float] = {}
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            norm = _norm(parameter.grad.detach())
            layer = layer_of(name)
            squares[layer] = squares.get(layer, 0.0) + norm * norm
    own = {layer: math.sqrt(square) for layer, square in squares.items()}
    gathered = (ranks or Ranks.alone()).gather_json(own)
    merged: dict[str, float] = {}
    for part in gathered or [own]:
        merged |= part
    return merged


def layer_of(name: str) -> str:
    """`blocks.3` for a parameter of a block, else the module that it belongs to."""
    block = _BLOCK.match(name)
    return block.group() if block else name.rpartition(".")[0] or name


def _norm(gradient: torch.Tensor) -> float:
    norm = torch.linalg.vector_norm(gradient, dtype=torch.float32)
    return float(whole_tensor(norm).item())
