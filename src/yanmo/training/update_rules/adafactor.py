"""Adafactor (Shazeer & Stern 2018, algorithms 4 and 5), without momentum.

Of a matrix only the mean squared gradients of its rows and of its columns are kept; their product
over the mean stands for the second moment of each element. Updates are scaled to the size of the
parameter and clipped by their root mean square. The rate is min(lr, 1 / sqrt(t)).

Rows and columns of a matrix that is spread over processes are averaged over the whole of it, which
is gathered; their means are the same on every process and kept as plain tensors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from yanmo.training.update_rules.parts import (
    Members,
    State,
    decay,
    mean_square,
    own_part,
    part_of,
    whole_of,
)


def begin(parameter: torch.Tensor, _group: Mapping[str, Any]) -> State:
    """The state before the first step: `row_mean` (..., R, 1) and `column_mean` (..., 1, C) of a
    matrix, `exp_avg_sq` of a vector, also of one that is written as a matrix."""
    if parameter.ndim < 2 or 1 in parameter.shape[-2:]:
        return {"exp_avg_sq": torch.zeros_like(parameter)}
    *batch, num_rows, num_columns = parameter.shape
    zeros = own_part(parameter).new_zeros
    return {"row_mean": zeros(*batch, num_rows, 1), "column_mean": zeros(*batch, 1, num_columns)}


def update(group: Mapping[str, Any], members: Members) -> None:
    """One step of all members."""
    forgetting = members.count ** group["decay_power"]
    rate = min(group["lr"], members.count**-0.5)
    sizes = [
        math.sqrt(mean_square(weight, parameter))
        for weight, parameter in zip(members.weights, members.parameters, strict=True)
    ]
    decay(members, group)
    for index, parameter in enumerate(members.parameters):
        gradient, state = members.gradients[index], members.states[index]
        if "exp_avg_sq" in state:
            second_moment = own_part(state["exp_avg_sq"])
            second_moment.lerp_(gradient.square(), forgetting)
        else:
            second_moment = _factored(state, gradient, parameter, forgetting, group["eps"])
        direction = gradient * second_moment.clamp(min=group["eps"] ** 2).rsqrt()
        size = math.sqrt(mean_square(direction, parameter))
        step_size = rate * max(group["min_scale"], sizes[index])
        step_size /= max(1.0, size / group["max_update"])
        members.weights[index].add_(direction, alpha=-step_size)


def _factored(
    state: State, gradient: torch.Tensor, parameter: torch.Tensor, forgetting: float, eps: float
) -> torch.Tensor:
    """Move the means of rows and columns on; the second moments of the part that lies here."""
    rows, columns = state["row_mean"], state["column_mean"]
    squares = whole_of(gradient, parameter).square()
    rows.lerp_(squares.mean(dim=-1, keepdim=True), forgetting)
    columns.lerp_(squares.mean(dim=-2, keepdim=True), forgetting)
    overall = rows.mean(dim=-2, keepdim=True).clamp(min=eps**2)
    return part_of(rows @ columns / overall, parameter)
