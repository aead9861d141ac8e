"""Which part of a tensor a process holds, where the tensor is spread over several.

A whole tensor comes in, the part that a DTensor keeps here goes out, without a word between the
processes. What the axes of a mesh are for is not known here.
"""

from __future__ import annotations

import torch
from torch.distributed.tensor import DTensor, Shard


def assign(target: torch.Tensor, whole: torch.Tensor) -> None:
    """Fill `target` with `whole`, or with the part of it that `target` keeps on this process."""
    with torch.no_grad():
        if isinstance(target, DTensor):
            target.to_local().copy_(local_part(whole, target))
        else:
            target.copy_(whole)


def local_part(whole: torch.Tensor, like: DTensor) -> torch.Tensor:
    """The part of `whole` that `like` keeps on this process, as a view."""
    assert whole.shape == like.shape, f"{tuple(whole.shape)} is not {tuple(like.shape)}"
    place = like.device_mesh.get_coordinate()
    assert place is not None, "this process does not hold any of the tensor"
    # Cuts are nested from left to right, but for the strided ones of FSDP, which were made after
    # the tensor axis to their right had been cut.
    axes = sorted(
        range(like.device_mesh.ndim), key=lambda axis: type(like.placements[axis]) is not Shard
    )
    part = whole
    for axis in axes:
        placement = like.placements[axis]
        if placement.is_replicate():
            continue
        dim = getattr(placement, "dim", None)
        assert dim is not None, f"{placement} is no part of a tensor"
        chunks = part.chunk(like.device_mesh.size(axis), dim=dim)
        part = chunks[place[axis]] if place[axis] < len(chunks) else part.narrow(dim, 0, 0)
    return part
