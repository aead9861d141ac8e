"""Parameters that may be spread over processes: the part that lies here, and the whole.

A plain tensor is its own part and its own whole. Of a DTensor (FSDP2, tensor parallelism) the part
is the local shard, a plain tensor that shares its memory, which may be empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.distributed.tensor import DTensor, Replicate

from yanmo.parallel.gather import whole_tensor

State = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Members:
    """Parameters that one rule updates together, in their order everywhere.

    Attributes:
        parameters: as the model has them, plain or spread.
        weights: their parts, to be changed in place.
        gradients: parts of the gradients, in the placement of the parameters.
        states: what the rule keeps for each.
        count: number of this step for all of them, from 1.
    """

    parameters: list[torch.Tensor]
    weights: list[torch.Tensor]
    gradients: list[torch.Tensor]
    states: list[State]
    count: int

    def own(self, name: str) -> list[torch.Tensor]:
        """The parts of the states called `name`."""
        return [own_part(state[name]) for state in self.states]


def gather_members(
    parameters: Sequence[torch.Tensor], states: Sequence[State], count: int
) -> Members:
    """Members of `parameters`, all of which have gradients."""
    return Members(
        list(parameters),
        [own_part(parameter) for parameter in parameters],
        [_gradient_part(parameter) for parameter in parameters],
        list(states),
        count,
    )


def own_part(tensor: torch.Tensor) -> torch.Tensor:
    """The part of `tensor` that this process holds. Called without gradients being recorded."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def whole_of(part: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The whole tensor of which every process holds a `part`, spread as `like` is."""
    if not isinstance(like, DTensor):
        return part
    spread = DTensor.from_local(
        part,
        like.device_mesh,
        like.placements,
        run_check=False,
        shape=like.shape,
        stride=like.stride(),
    )
    return whole_tensor(spread)


def part_of(whole: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The part of `whole`, which every process has, that this one holds of `like`."""
    return own_part(spread_like(whole, like))


def spread_like(whole: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """`whole`, which every process has, spread as `like` is; nothing is sent. What is spread
    already stays as it is."""
    if not isinstance(like, DTensor) or isinstance(whole, DTensor):
        return whole
    mesh = like.device_mesh
    everywhere = [Replicate()] * mesh.ndim
    replicated = DTensor.from_local(whole, mesh, everywhere, run_check=False)
    return replicated.redistribute(placements=like.placements)


def mean_square(part: torch.Tensor, like: torch.Tensor) -> float:
    """The mean of the squared elements of the whole tensor of which this is `part`."""
    sum_of_squares = part.square().sum()
    if isinstance(like, DTensor):
        own = torch.zeros_like(like)
        own_part(own).copy_(part)
        whole_sum = own.square().sum()
        sum_of_squares = whole_tensor(whole_sum)
    return float(sum_of_squares.item()) / max(1, like.numel())


def zeros_as(parameter: torch.Tensor, names: Sequence[str]) -> State:
    """A state of zeros, spread as the parameter is."""
    return {name: torch.zeros_like(parameter) for name in names}


def decay(members: Members, group: Mapping[str, Any]) -> None:
    """Decoupled weight decay (Loshchilov & Hutter 2019, eq. 12): w <- (1 - lr * decay) w."""
    if group["weight_decay"]:
        torch._foreach_mul_(members.weights, 1.0 - group["lr"] * group["weight_decay"])


def add_decay_to_gradients(members: Members, group: Mapping[str, Any]) -> list[torch.Tensor]:
    """Gradients plus decay times weights: the gradient of half the decay times their squares."""
    if not group["weight_decay"]:
        return members.gradients
    return list(torch._foreach_add(members.gradients, members.weights, alpha=group["weight_decay"]))


def _gradient_part(parameter: torch.Tensor) -> torch.Tensor:
    gradient = parameter.grad
    assert gradient is not None, "only parameters with gradients are updated"
    if isinstance(gradient, DTensor):
        assert isinstance(parameter, DTensor), "a plain parameter has a plain gradient"
        if gradient.placements != parameter.placements:  # sums that are not taken yet
            gradient = gradient.redistribute(placements=parameter.placements)
    return own_part(gradient)
