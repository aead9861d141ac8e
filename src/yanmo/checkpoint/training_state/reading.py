"""Values of a checkpoint into tensors of any layout: each process reads what it holds of them.

In: a manifest that has been checked and files that have been verified. Out: filled targets, plain
tensors or DTensors over any mesh.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from yanmo.checkpoint.tensor_file import open_tensor_file
from yanmo.checkpoint.training_state.layout import (
    Box,
    Groups,
    TensorInfo,
    dtype_name,
    local_pieces,
)
from yanmo.checkpoint.training_state.manifest import Chunk, DamagedCheckpoint, Manifest
from yanmo.core.errors import CheckpointError
from yanmo.core.messages import t

Infos = Mapping[str, Mapping[str, TensorInfo]]
"""Shape and dtype of every tensor of a checkpoint, by group and name."""
Targets = Callable[[Infos], Groups]
"""Gives the tensors that are to be filled for what a checkpoint holds."""


def whole_targets(infos: Infos) -> dict[str, dict[str, torch.Tensor]]:
    """A plain tensor on the CPU for everything."""
    return {
        group: {
            name: torch.empty(info.shape, dtype=getattr(torch, info.dtype))
            for name, info in tensors.items()
        }
        for group, tensors in infos.items()
    }


def optimizer_targets(
    parameters: Mapping[str, torch.Tensor], infos: Mapping[str, TensorInfo]
) -> dict[str, torch.Tensor]:
    """Targets for an optimiser's state under names `PARAMETER.STATE`.

    A state of its parameter's shape is laid out as the parameter is; any other one, such as a
    counter of steps, is a plain tensor on the CPU. States of parameters that are not here belong
    to other processes.
    """
    targets: dict[str, torch.Tensor] = {}
    for full_name, info in infos.items():
        name, _, key = full_name.rpartition(".")
        parameter = parameters.get(name)
        dtype = getattr(torch, info.dtype)
        is_alike = parameter is not None and info.shape == tuple(parameter.shape) and key != "step"
        if parameter is not None and is_alike:
            targets[full_name] = torch.zeros_like(parameter.detach(), dtype=dtype)
        elif parameter is not None:
            targets[full_name] = torch.zeros(info.shape, dtype=dtype)
    return targets


def check_targets(manifest: Manifest, targets: Groups, where: Path) -> None:
    """Raises:
    CheckpointError: a target is not in the checkpoint, or has another shape or dtype there.
    """
    for group, tensors in targets.items():
        for name, tensor in tensors.items():
            info = manifest.infos.get(group, {}).get(name)
            wanted = TensorInfo(tuple(tensor.shape), dtype_name(tensor.dtype))
            if info != wanted:
                raise CheckpointError(
                    t("this checkpoint does not fit the model"),
                    where=str(where),
                    why=t(
                        "{name} is {found} there and {wanted} here",
                        name=name,
                        found=f"{info.dtype} {list(info.shape)}" if info else "-",
                        wanted=f"{wanted.dtype} {list(wanted.shape)}",
                    ),
                    hint=t("Train with the settings that it was saved with, or begin anew."),
                )


def read_into(path: Path, manifest: Manifest, targets: Groups) -> None:
    """Fill this process's parts of `targets`.

    Raises:
        DamagedCheckpoint: a file does not hold what the manifest says.
    """
    with ExitStack() as stack, torch.no_grad():
        files: dict[str, Any] = {}

        def read(chunk: Chunk, box: Box) -> torch.Tensor:
            if chunk.file not in files:
                try:
                    opened = stack.enter_context(open_tensor_file(path / chunk.file))
                except CheckpointError as error:
                    raise DamagedCheckpoint(
                        error.what, where=error.where, why=error.why, hint=error.hint
                    ) from error
                files[chunk.file] = opened
            return _read_box(files[chunk.file], chunk, box, path)

        for group, tensors in targets.items():
            for name, tensor in tensors.items():
                chunks = manifest.chunks[group][name]
                for box, view in local_pieces(tensor):
                    _fill(box, view, chunks, read)


def _fill(
    box: Box,
    view: torch.Tensor,
    chunks: Any,
    read: Callable[[Chunk, Box], torch.Tensor],
) -> None:
    offsets, sizes = box
    if not view.numel():
        return
    for chunk in chunks:
        starts = [max(a, b) for a, b in zip(offsets, chunk.box[0], strict=True)]
        ends = [
            min(a + m, b + n)
            for a, m, b, n in zip(offsets, sizes, chunk.box[0], chunk.box[1], strict=True)
        ]
        if all(start < end for start, end in zip(starts, ends, strict=True)):
            lengths = tuple(end - start for start, end in zip(starts, ends, strict=True))
            place = tuple(
                slice(start - offset, end - offset)
                for start, end, offset in zip(starts, ends, offsets, strict=True)
            )
            view[place].copy_(read(chunk, (tuple(starts), lengths)))


def _read_box(file: Any, chunk: Chunk, box: Box, path: Path) -> torch.Tensor:
    try:
        if not box[0]:
            values = file.get_tensor(chunk.key)
        else:
            begin = [start - origin for start, origin in zip(box[0], chunk.box[0], strict=True)]
            part = tuple(slice(b, b + n) for b, n in zip(begin, box[1], strict=True))
            values = file.get_slice(chunk.key)[part]
    except (SafetensorError, OSError, ValueError) as error:
        raise DamagedCheckpoint(
            t("this file cannot be read"), where=str(path / chunk.file), why=str(error)
        ) from error
    if tuple(values.shape) != box[1]:
        raise DamagedCheckpoint(
            t("the manifest of this checkpoint cannot be read"),
            where=str(path / chunk.file),
            why=chunk.key,
        )
    return values  # type: ignore[no-any-return]
