"""Which part of which tensor a process holds, and which process writes what.

In: named tensors, plain or distributed (DTensor) over any mesh with any placements. Out: pieces,
which are boxes of the whole tensor, and for every distinct piece the one process that writes it.
Knows nothing of files.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from torch.distributed.tensor import DTensor, Partial, Shard

from yanmo.core.errors import CheckpointError
from yanmo.core.messages import t
from yanmo.parallel.ranks import Ranks

Box = tuple[tuple[int, ...], tuple[int, ...]]
"""Offsets and sizes, one of each per dimension."""
Groups = Mapping[str, Mapping[str, torch.Tensor]]
"""Named tensors by group: `model`, `optimizer`."""
Key = tuple[str, str, Box]
"""Group, name and box of a piece."""


@dataclass(frozen=True)
class TensorInfo:
    """Shape and dtype (`float32`, `bfloat16`, ...) of a whole tensor."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Plan:
    """All tensors of all processes, and the pieces that this one writes."""

    infos: Mapping[str, Mapping[str, TensorInfo]]
    own: frozenset[Key]


def dtype_name(dtype: torch.dtype) -> str:
    """`float32` of `torch.float32`."""
    return str(dtype).removeprefix("torch.")


def local_pieces(tensor: torch.Tensor) -> list[tuple[Box, torch.Tensor]]:
    """The boxes of the whole tensor that this process holds, each with a view of its values.

    A plain tensor is one box. A shard is one box too, unless two axes of the mesh cut one dimension
    in the order that leaves gaps, or there are fewer rows than processes.
    """
    if not isinstance(tensor, DTensor):
        whole = (0,) * tensor.ndim, tuple(tensor.shape)
        return [(whole, tensor.detach())]
    local: torch.Tensor = tensor.to_local().detach()
    runs_by_dim = _local_runs(tensor)
    if runs_by_dim is None:
        return []
    sizes = tuple(sum(length for _, length in runs) for runs in runs_by_dim)
    assert sizes == tuple(local.shape), f"a shard of {tuple(local.shape)} should have {sizes}"
    if tensor.numel() and not local.numel():
        return []
    return list(_boxes(runs_by_dim, local))


def _local_runs(tensor: DTensor) -> list[list[tuple[int, int]]] | None:
    """For every dimension the runs (start, length) of indices held here; None outside the mesh."""
    coordinate = tensor.device_mesh.get_coordinate()
    if coordinate is None:
        return None
    indices = [np.arange(size) for size in tensor.shape]
    for axis, placement in enumerate(tensor.placements):
        assert not isinstance(placement, Partial), "a sum that is still pending has no value"
        split_factor = getattr(placement, "split_factor", 1)
        if isinstance(placement, Shard) or split_factor > 1:
            dim = placement.dim  # type: ignore[attr-defined]
            num_ranks = tensor.device_mesh.size(axis)
            parts = [
                _chunk(part, num_ranks, coordinate[axis])
                for part in (_chunk(indices[dim], split_factor, i) for i in range(split_factor))
            ]
            indices[dim] = np.concatenate(parts)
    return [_runs(index) for index in indices]


def _chunk(values: np.ndarray, num_chunks: int, which: int) -> np.ndarray:
    """As torch.chunk cuts: all alike, the last ones smaller or empty."""
    size = -(-len(values) // num_chunks)
    return values[which * size : (which + 1) * size]


def _runs(index: np.ndarray) -> list[tuple[int, int]]:
    if not len(index):
        return [(0, 0)]
    starts = np.flatnonzero(np.diff(index, prepend=index[0] - 2) != 1)
    lengths = np.diff(np.append(starts, len(index)))
    return [(int(index[s]), int(n)) for s, n in zip(starts, lengths, strict=True)]


def _boxes(
    runs_by_dim: Sequence[Sequence[tuple[int, int]]], local: torch.Tensor
) -> Iterator[tuple[Box, torch.Tensor]]:
    with_places = []
    for runs in runs_by_dim:
        places = np.cumsum([0, *(length for _, length in runs)]).tolist()
        with_places.append([(*run, place) for run, place in zip(runs, places, strict=False)])
    for corner in product(*with_places):
        view = local[tuple(slice(place, place + length) for _, length, place in corner)]
        box = tuple(start for start, _, _ in corner), tuple(length for _, length, _ in corner)
        yield box, view


def keyed_pieces(groups: Groups) -> Iterator[tuple[Key, torch.Tensor]]:
    """Every piece that this process holds."""
    for group, tensors in groups.items():
        for name, tensor in tensors.items():
            for box, view in local_pieces(tensor):
                yield (group, name, box), view


def describe(groups: Groups) -> dict[str, dict[str, Any]]:
    """Shapes, dtypes and boxes of this process's tensors, as JSON."""
    return {
        group: {
            name: [
                dtype_name(tensor.dtype),
                list(tensor.shape),
                [[list(offsets), list(sizes)] for (offsets, sizes), _ in local_pieces(tensor)],
            ]
            for name, tensor in tensors.items()
        }
        for group, tensors in groups.items()
    }


def make_plan(groups: Groups, ranks: Ranks) -> Plan:
    """Agree with all processes on who writes what: each distinct piece once, bytes balanced.

    Raises:
        CheckpointError: processes disagree about a tensor, or hold only parts of one.
    """
    descriptions = ranks.gather_json(describe(groups))
    answer: Any = None
    if descriptions is not None:
        try:
            answer = assign(descriptions)
        except CheckpointError as error:
            answer = {"error": [error.what, error.where]}
    answer = ranks.broadcast_json(answer)
    if "error" in answer:
        what, where = answer["error"]
        raise CheckpointError(what, where=where)
    infos = {
        group: {name: TensorInfo(tuple(shape), dtype) for name, (dtype, shape) in tensors.items()}
        for group, tensors in answer["infos"].items()
    }
    own = frozenset(
        (group, name, (tuple(offsets), tuple(sizes)))
        for group, name, offsets, sizes in answer["owners"][ranks.rank]
    )
    return Plan(infos, own)


def assign(descriptions: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """What `describe` gave on every process, made into a plan for all of them, as JSON."""
    infos: dict[str, dict[str, Any]] = {}
    holders: dict[Key, list[int]] = {}
    for rank, description in enumerate(descriptions):
        for group, tensors in description.items():
            for name, (dtype, shape, boxes) in tensors.items():
                known = infos.setdefault(group, {}).setdefault(name, [dtype, shape])
                if known != [dtype, shape]:
                    raise CheckpointError(
                        t("two processes hold tensors of one name and different shape or dtype"),
                        where=f"{group}: {name}",
                    )
                for offsets, sizes in boxes:
                    key = group, name, (tuple(offsets), tuple(sizes))
                    holders.setdefault(key, []).append(rank)
    _check_whole(infos, holders)
    return {"infos": infos, "owners": _balance(infos, holders, len(descriptions))}


def _check_whole(
    infos: Mapping[str, Mapping[str, Any]], holders: Mapping[Key, Sequence[int]]
) -> None:
    held: dict[tuple[str, str], int] = {}
    for group, name, (_, sizes) in holders:
        held[group, name] = held.get((group, name), 0) + math.prod(sizes)
    for group, tensors in infos.items():
        for name, (_, shape) in tensors.items():
            if held.get((group, name)) != math.prod(shape):
                raise CheckpointError(
                    t("the processes together do not hold every value of this tensor once"),
                    where=f"{group}: {name}",
                )


def _balance(
    infos: Mapping[str, Mapping[str, Any]], holders: Mapping[Key, Sequence[int]], num_ranks: int
) -> list[list[Any]]:
    """The largest pieces first, each to the least loaded of the processes that hold it."""

    def num_bytes(key: Key) -> int:
        group, name, (_, sizes) = key
        dtype: torch.dtype = getattr(torch, infos[group][name][0])
        return math.prod(sizes) * dtype.itemsize

    loads = [0] * num_ranks
    owners: list[list[Any]] = [[] for _ in range(num_ranks)]
    for key in sorted(holders, key=lambda key: (-num_bytes(key), key)):
        rank = min(holders[key], key=lambda rank: (loads[rank], rank))
        loads[rank] += num_bytes(key)
        group, name, (offsets, sizes) = key
        owners[rank].append([group, name, list(offsets), list(sizes)])
    return owners
