"""The norm of a gradient that is spread over processes, and the factor that averages undo.

Parameters with gradients come in, plain or DTensors on any part of the mesh; one number that all
processes agree on goes out. Every element counts once, on however many processes it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch.distributed.tensor import DTensor

from yanmo.parallel.mesh import AXES, Mesh

AVERAGED_AXES = ("replicate", "shard", "context")
"""Axes over which gradients are averaged; a loss that is divided by the targets of all processes is
multiplied by their number."""
NORM_AXES = AXES
"""Axes over which the squares of a gradient are summed."""


def gradient_scale(mesh: Mesh) -> int:
    """Processes over which the gradient of this process is averaged; local steps are averaged when
    copies are."""
    return mesh.config.num_data_ranks * mesh.config.context


def clip_gradients(mesh: Mesh, parameters: Iterable[torch.Tensor], max_norm: float) -> float:
    """Scale the gradient of the whole model down to `max_norm` (Pascanu et al. 2013, algorithm 1).

    Args:
        mesh: of all processes; every one of them must call this.
        parameters: those that this process updates; what two stages of a pipeline hold in common is
            given by one of them.
        max_norm: largest norm; infinity only measures.

    Returns:
        The norm before that; with local steps, where every copy of the model has a gradient of its
        own, the largest of them.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    is_local = mesh.config.local_sgd is not None
    axes = [axis for axis in NORM_AXES if not is_local or axis != "replicate"]
    norm = sum_over(mesh, _squares(mesh, gradients), axes) ** 0.5
    scale_gradients(gradients, max_norm, norm)
    return mesh.ranks.max([norm])[0] if is_local else norm


def scale_gradients(gradients: Iterable[torch.Tensor], max_norm: float, norm: float) -> None:
    """Multiply by `max_norm / norm` where that is less than 1, as torch does it; a gradient whose
    norm is not finite stays as it is, so that its layer can be found."""
    factor = max_norm / (norm + 1e-6)
    if factor >= 1.0 or not math.isfinite(norm):
        return
    for gradient in gradients:
        local_tensor(gradient).mul_(factor)


def sum_over(mesh: Mesh, value: torch.Tensor, axes: Iterable[str]) -> float:
    """The sum of a scalar over `axes` of the mesh, in float64; the same on every process."""
    total = value.to(torch.float64)
    for axis in axes:
        if mesh.devices is not None and mesh.devices[axis].size() > 1:
            dist.all_reduce(total, group=mesh.devices[axis].get_group())
    return float(total.item())


def local_tensor(tensor: torch.Tensor) -> torch.Tensor:
    """The part of `tensor` that is here."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def num_holders(mesh: Mesh, tensor: torch.Tensor) -> float:
    """On how many processes of a pipeline stage each element of the gradient `tensor` is.

    What is no DTensor along the tensor axis belongs to one place of it alone: a whole expert.
    """
    num_processes = mesh.ranks.size // mesh.config.pipeline
    if mesh.config.local_sgd is not None:  # what another copy has is another gradient
        num_processes //= mesh.config.num_copies
    if not isinstance(tensor, DTensor):
        return num_processes / mesh.config.tensor
    axes = tensor.device_mesh
    if "tensor" not in (axes.mesh_dim_names or ()):
        num_processes //= mesh.config.tensor
    num_parts = 1
    for axis, placement in enumerate(tensor.placements):
        if not placement.is_replicate():
            num_parts *= axes.size(axis)
    return num_processes / num_parts


def _squares(mesh: Mesh, gradients: list[torch.Tensor]) -> torch.Tensor:
    """This process's share of the sum of all squares."""
    by_holders: dict[float, list[torch.Tensor]] = {}
    for gradient in gradients:
        by_holders.setdefault(num_holders(mesh, gradient), []).append(local_tensor(gradient))
    device = gradients[0].device if gradients else torch.device("cpu")
    total = torch.zeros((), dtype=torch.float64, device=device)
    for holders, tensors in by_holders.items():
        norms = torch._foreach_norm([x for x in tensors if x.numel()] or [total])
        total += torch.stack(norms).to(torch.float64).square().sum() / holders
    return total
