"""Adam (Kingma & Ba 2015, algorithm 1) and AdamW (Loshchilov & Hutter 2019, algorithm 2), with
bias correction. They differ in where weight decay goes: Adam's into the gradient, AdamW's past it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.training.update_rules.parts import (
    Members,
    State,
    add_decay_to_gradients,
    decay,
    zeros_as,
)


def begin(parameter: torch.Tensor, _group: Mapping[str, Any]) -> State:
    """The state before the first step."""
    return zeros_as(parameter, ["exp_avg", "exp_avg_sq"])


def update_adam(group: Mapping[str, Any], members: Members) -> None:
    """One step of all members, the decay as part of the gradient."""
    _move(group, members, add_decay_to_gradients(members, group))


def update_adamw(group: Mapping[str, Any], members: Members) -> None:
    """One step of all members, the decay apart from the gradient."""
    decay(members, group)
    _move(group, members, members.gradients)


def _move(group: Mapping[str, Any], members: Members, gradients: list[torch.Tensor]) -> None:
    means, squares = members.own("exp_avg"), members.own("exp_avg_sq")
    torch._foreach_lerp_(means, gradients, 1.0 - group["beta1"])
    torch._foreach_mul_(squares, group["beta2"])
    torch._foreach_addcmul_(squares, gradients, gradients, 1.0 - group["beta2"])
    denominators = torch._foreach_sqrt(squares)
    torch._foreach_div_(denominators, (1.0 - group["beta2"] ** members.count) ** 0.5)
    torch._foreach_add_(denominators, group["eps"])
    step_size = group["lr"] / (1.0 - group["beta1"] ** members.count)
    torch._foreach_addcdiv_(members.weights, means, denominators, -step_size)
