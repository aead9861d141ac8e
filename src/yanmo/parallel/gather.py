"""The whole model on one process, from the parts that all of them hold.

Modules with parameters of any placement come in; plain tensors on the CPU go out, on the first
process alone. What a process does not have by name, because it is another stage's or another
expert, is sent to it.
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.tensor import DTensor, Replicate

from yanmo.parallel.mesh import Mesh


def gather_state(mesh: Mesh, model: nn.Module) -> dict[str, torch.Tensor] | None:
    """Parameters and buffers of the whole model, on the first process; None elsewhere.

    Every process must call this. At any time a process holds one whole tensor beyond its own parts,
    the first one the whole model.
    """
    gathered: dict[str, torch.Tensor] = {}
    described: list[tuple[str, list[int], str]] = []
    is_sender = all(mesh.place(axis) == 0 for axis in ("replicate", "shard", "context"))
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        whole = whole_tensor(tensor)
        if is_sender:
            described.append((name, list(whole.shape), str(whole.dtype).removeprefix("torch.")))
            gathered[name] = whole.detach().cpu()
    descriptions = mesh.ranks.gather_json(described)
    senders = mesh.ranks.broadcast_json(None if descriptions is None else _senders(descriptions))
    for sender, items in senders:
        _send(mesh, sender, items, gathered)
    return gathered if mesh.ranks.is_main else None


def whole_tensor(tensor: torch.Tensor) -> torch.Tensor:
    """All of `tensor`, on every process that holds a part of it; each of them must call this."""
    if not isinstance(tensor, DTensor):
        return tensor
    # One axis after the other, in the order in which cuts are undone: those of FSDP come first.
    for axis, placement in enumerate(tensor.placements):
        if not placement.is_replicate():
            placements = [*tensor.placements]
            placements[axis] = Replicate()
            tensor = tensor.redistribute(placements=placements)
    return tensor.to_local()


def _senders(
    descriptions: list[list[tuple[str, list[int], str]]],
) -> list[tuple[int, list[tuple[str, list[int], str]]]]:
    """Which rank sends what to the first: every name that it lacks, once."""
    known = {item[0] for item in descriptions[0]}
    senders = []
    for rank, items in enumerate(descriptions):
        new = [item for item in items if item[0] not in known]
        known.update(item[0] for item in new)
        if new:
            senders.append((rank, new))
    return senders


def _send(
    mesh: Mesh,
    sender: int,
    items: list[tuple[str, list[int], str]],
    gathered: dict[str, torch.Tensor],
) -> None:
    for name, shape, dtype in items:
        if mesh.ranks.rank == sender:
            dist.send(gathered[name].contiguous(), 0, group=mesh.ranks.group)
        elif mesh.ranks.is_main:
            gathered[name] = torch.empty(shape, dtype=getattr(torch, dtype))
            dist.recv(gathered[name], sender, group=mesh.ranks.group)
