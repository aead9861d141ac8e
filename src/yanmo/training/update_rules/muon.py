"""Muon (Jordan et al. 2024): Nesterov momentum, orthogonalised by a Newton-Schulz iteration and
scaled by sqrt(max(1, rows / columns)). Matrices of one shape are orthogonalised together.

Orthogonalising needs the whole matrix: where it is spread over processes every one of them gathers
it, computes the same, and keeps its part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.training.update_rules.parts import (
    Members,
    State,
    decay,
    part_of,
    whole_of,
    zeros_as,
)

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic iteration (Jordan et al. 2024)."""


def begin(parameter: torch.Tensor, _group: Mapping[str, Any]) -> State:
    """The state before the first step."""
    return zeros_as(parameter, ["momentum"])


def update(group: Mapping[str, Any], members: Members) -> None:
    """One step of all members."""
    momenta = members.own("momentum")
    torch._foreach_lerp_(momenta, members.gradients, 1.0 - group["momentum"])
    directions = torch._foreach_lerp(members.gradients, momenta, group["momentum"])
    decay(members, group)
    by_shape: dict[torch.Size, list[int]] = {}
    for index, parameter in enumerate(members.parameters):
        by_shape.setdefault(parameter.shape, []).append(index)
    for shape, indices in by_shape.items():
        wholes = [whole_of(directions[index], members.parameters[index]) for index in indices]
        orthogonal = orthogonalize(torch.stack(wholes), group["newton_schulz_steps"])
        parts = [
            part_of(matrix, members.parameters[index])
            for matrix, index in zip(orthogonal.unbind(), indices, strict=True)
        ]
        scale = max(1.0, shape[0] / shape[1]) ** 0.5
        weights = [members.weights[index] for index in indices]
        torch._foreach_add_(weights, parts, alpha=-group["lr"] * scale)


def orthogonalize(matrices: torch.Tensor, num_steps: int) -> torch.Tensor:
    """Nearest semi-orthogonal matrices, approximately, by a Newton-Schulz iteration.

    Args:
        matrices: (M, R, C).
        num_steps: iterations; singular values end between about 0.7 and 1.2.
    """
    a, b, c = _NEWTON_SCHULZ
    is_tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if is_tall else matrices  # (M, R, C) with R <= C
    if x.dtype != torch.float64:
        # On GPUs the iteration is stable in bfloat16; a CPU may only emulate that.
        x = x.bfloat16() if x.is_cuda else x.float()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(num_steps):
        gram = x @ x.mT  # (M, R, R)
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)
    oriented: torch.Tensor = x.mT if is_tall else x
    return oriented.to(matrices.dtype)
