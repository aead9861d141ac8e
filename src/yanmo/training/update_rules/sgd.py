"""Stochastic gradient descent with momentum (Sutskever et al. 2013, eq. 1 and 2, in the form that
keeps the learning rate out of the momentum): v <- mu v + g, w <- w - lr v; with Nesterov's look
ahead w <- w - lr (g + mu v). Weight decay is added to the gradient. Without momentum there is no
state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.training.update_rules.parts import Members, State, add_decay_to_gradients, zeros_as


def begin(parameter: torch.Tensor, group: Mapping[str, Any]) -> State:
    """The state before the first step."""
    return zeros_as(parameter, ["momentum"] if group["momentum"] else [])


def update(group: Mapping[str, Any], members: Members) -> None:
    """One step of all members."""
    gradients = add_decay_to_gradients(members, group)
    momentum = group["momentum"]
    if momentum:
        velocities = members.own("momentum")
        torch._foreach_mul_(velocities, momentum)
        torch._foreach_add_(velocities, gradients)
        if group["nesterov"]:
            gradients = list(torch._foreach_add(gradients, velocities, alpha=momentum))
        else:
            gradients = velocities
    torch._foreach_add_(members.weights, gradients, alpha=-group["lr"])
