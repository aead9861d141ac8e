"""The residual stream of a stack of blocks between the processes of the tensor axis.

Either every process has all of it, or with sequence parallelism each a part of its positions
(Korthikanti et al. 2022, section 4.2.2). Layers ask it for what they compute from, and give it what
they have computed; which layers those are is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.parallel.collectives import (
    Group,
    cut,
    join,
    join_and_share,
    share,
    sum_and_cut,
    sum_parts,
)


class Residual:
    """States (B, T, D) along one stack of blocks.

    Args:
        group: processes of the tensor axis.
        is_cut: whether positions are cut; T need not divide, the last part is filled with zeros.
    """

    def __init__(self, group: Group, is_cut: bool) -> None:
        self.group = group
        self.is_cut = is_cut
        self._num_positions = 0

    def enter(self, x: torch.Tensor) -> torch.Tensor:
        """From the stream to whole rows, of which every process computes something else."""
        if not self.is_cut:
            return share(x, self.group)
        return self._trimmed(join_and_share(x, 1, self.group))

    def leave(self, partial: torch.Tensor) -> torch.Tensor:
        """From summands of whole rows to the stream."""
        if not self.is_cut:
            return sum_parts(partial, self.group)
        return sum_and_cut(self._filled(partial), 1, self.group)

    def whole(self, x: torch.Tensor) -> torch.Tensor:
        """From the stream to whole rows, of which every process computes the same."""
        return self.join(x) if self.is_cut else x

    def part(self, x: torch.Tensor) -> torch.Tensor:
        """From the stream to this process's positions."""
        if self.is_cut:
            return x
        self._num_positions = x.shape[1]
        return cut(self._filled(x), 1, self.group)

    def from_part(self, x: torch.Tensor) -> torch.Tensor:
        """From this process's positions to the stream."""
        return x if self.is_cut else self.join(x)

    def join(self, x: torch.Tensor) -> torch.Tensor:
        """This process's positions to whole rows, of which every process computes the same."""
        return self._trimmed(join(x, 1, self.group))

    def begin_at(self, block: nn.Module) -> None:
        """Whole states come into `block`, the first of the stack."""
        if self.is_cut:
            inside = block.forward

            def forward(x: torch.Tensor, *others: Any) -> torch.Tensor:
                self._num_positions = x.shape[1]
                return inside(cut(self._filled(x), 1, self.group), *others)  # type: ignore[no-any-return]

            block.forward = forward

    def end_at(self, block: nn.Module) -> None:
        """Whole states go out of `block`, the last of the stack."""
        if self.is_cut:
            inside = block.forward
            block.forward = lambda *inputs: self.whole(inside(*inputs))

    def draw_apart(self, layer: nn.Module) -> None:
        """What `layer` draws at random while training differs from process to process, since each
        has other elements."""
        inside = layer.forward
        rank = self.group.rank()

        def forward(*inputs: Any) -> torch.Tensor:
            if not (layer.training and getattr(layer, "dropout", 0.0) > 0):
                return inside(*inputs)  # type: ignore[no-any-return]
            return _drawn_from(_draw_seed() + rank, inside, *inputs)

        layer.forward = forward

    def _trimmed(self, x: torch.Tensor) -> torch.Tensor:
        return x if x.shape[1] == self._num_positions else x[:, : self._num_positions]

    def _filled(self, x: torch.Tensor) -> torch.Tensor:
        missing = -x.shape[1] % self.group.size()
        return F.pad(x, (0, 0, 0, missing)) if missing else x


def _draw_seed() -> int:
    """A number from the generator that all processes of the axis have alike."""
    return int(torch.randint(1 << 48, (), dtype=torch.int64).item())


def _drawn_from(seed: int, function: Callable[..., torch.Tensor], *inputs: Any) -> torch.Tensor:
    """`function` with generators of its own; afterwards they are as if it had drawn nothing."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        return function(*inputs)
