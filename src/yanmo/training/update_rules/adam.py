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
    zeros_as,
)


def begin(parameter: torch.Tensor, _group: Mapping[str, Any]) -> State:
    """The state before the first step."""
    return zeros_as(parameter, ["exp_avg", "exp_avg_sq"])


def update_adam(group: Mapping[str, Any], members: Members) -> None:
    """One step of all members, the decay as part of the gradient."""
    _move(group, members, add_decay_to_gradients(members, group), weight_decay=0.0)


def update_adamw(group: Mapping[str, Any], members: Members) -> None:
    """One step of all members, the decay apart from the gradient."""
    _move(group, members, members.gradients, weight_decay=group["weight_decay"])


def _move(
    group: Mapping[str, Any],
    members: Members,
    gradients: list[torch.Tensor],
    *,
    weight_decay: float,
) -> None:
    """Both in torch's own kernel, which reads and writes every number once: a quarter of the time
    of one pass for each operation (docs/log.md)."""
    if not gradients:
        return
    count = torch.tensor(float(members.count), device=gradients[0].device)
    torch._fused_adamw_(
        members.weights,
        gradients,
        members.own("exp_avg"),
        members.own("exp_avg_sq"),
        [],
        [count] * len(gradients),
        lr=group["lr"],
        beta1=group["beta1"],
        beta2=group["beta2"],
        weight_decay=weight_decay,
        eps=group["eps"],
        amsgrad=False,
        maximize=False,
    )
