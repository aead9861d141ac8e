"""Penalties on the weights that decay, apart from the loss: l1 * sum|w| + l2 * sum w^2.

The L2 penalty enters by its gradient, 2 * l2 * w, after clipping (Goodfellow et al. 2016, section
7.1.1). The L1 penalty has none at zero; it enters as a proximal step after the update,
w <- sign(w) max(|w| - lr * l1, 0) (Duchi & Singer 2009, "Efficient online and batch learning using
forward backward splitting", eq. 19), which makes weights exactly zero. The threshold is not scaled
by an adaptive rule's second moments, as AdamW's decay is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.parallel.gradients import num_holders, sum_over
from yanmo.parallel.mesh import AXES, Mesh
from yanmo.training.update_rules.parts import Members, own_part


def add_gradient(group: Mapping[str, Any], members: Members) -> None:
    """Add the L2 penalty's gradient."""
    if group.get("l2"):
        torch._foreach_add_(members.gradients, members.weights, alpha=2.0 * group["l2"])


def shrink(group: Mapping[str, Any], members: Members) -> None:
    """The L1 penalty's proximal step."""
    if group.get("l1"):
        threshold = group["lr"] * group["l1"]
        inner = [weight.clamp(-threshold, threshold) for weight in members.weights]
        torch._foreach_sub_(members.weights, inner)


@torch.no_grad()
def penalty_of(optimizer: torch.optim.Optimizer, mesh: Mesh) -> float:
    """The penalty of the weights of all processes as they are, in nats like the loss. Every process
    has to ask."""
    total = torch.zeros((), dtype=torch.float64)
    for group in optimizer.param_groups:
        l1, l2 = group.get("l1", 0.0), group.get("l2", 0.0)
        for parameter in group["params"] if l1 or l2 else []:
            weight = own_part(parameter).to(torch.float64)
            penalty = l1 * weight.abs().sum() + l2 * weight.square().sum()
            total = total.to(weight.device) + penalty / num_holders(mesh, parameter)
    return sum_over(mesh, total, AXES)
