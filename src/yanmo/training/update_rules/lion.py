"""Lion (Chen et al. 2023, algorithm 2): w <- w - lr (sign(b1 m + (1 - b1) g) + decay w), then
m <- b2 m + (1 - b2) g.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.training.update_rules.parts import Members, State, decay, zeros_as


def begin(parameter: torch.Tensor, _group: Mapping[str, Any]) -> State:
    """The state before the first step."""
    return zeros_as(parameter, ["momentum"])


def update(group: Mapping[str, Any], members: Members) -> None:
    """One step of all members."""
    momenta = members.own("momentum")
    directions = torch._foreach_lerp(momenta, members.gradients, 1.0 - group["beta1"])
    torch._foreach_sign_(directions)
    decay(members, group)
    torch._foreach_add_(members.weights, directions, alpha=-group["lr"])
    torch._foreach_lerp_(momenta, members.gradients, 1.0 - group["beta2"])
