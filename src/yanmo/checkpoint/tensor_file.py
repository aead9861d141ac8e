"""One safetensors file in, tensors out, with every way it can be damaged turned into an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from yanmo.core.errors import CheckpointError
from yanmo.core.messages import listed, t

MAX_TENSORS = 100_000


def tensors_to_bytes(tensors: Mapping[str, torch.Tensor]) -> bytes:
    """The safetensors form of `tensors`, tagged as PyTorch's as other readers expect."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return save(contiguous, metadata={"format": "pt"})


def load_tensors(path: Path, device: torch.device | None = None) -> dict[str, torch.Tensor]:
    """All tensors of a safetensors file.

    Raises:
        CheckpointError: the file is missing, truncated or damaged.
    """
    with open_tensor_file(path, device) as file:
        names = list(file.keys())
        return {name: file.get_tensor(name) for name in names}


def tensor_names(path: Path) -> frozenset[str]:
    """The names of the tensors of a safetensors file, from its header alone.

    Raises:
        CheckpointError: the file is missing, truncated or damaged.
    """
    with open_tensor_file(path) as file:
        return frozenset(file.keys())


@contextmanager
def open_tensor_file(path: Path, device: torch.device | None = None) -> Iterator[Any]:
    """A safetensors file opened for reading.

    Raises:
        CheckpointError: the file is missing, truncated or damaged.
    """
    if not path.is_file():
        raise CheckpointError(
            t("this file of weights is missing"),
            where=str(path),
            hint=t("Copy it into the folder, or copy the whole folder again."),
        )
    try:
        with safe_open(path, framework="pt", device=str(device or "cpu")) as file:
            if len(file.keys()) > MAX_TENSORS:
                raise CheckpointError(
                    t("more than {limit} tensors in one file", limit=MAX_TENSORS), where=str(path)
                )
            yield file
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(
            t("this file of weights is truncated or damaged"),
            where=str(path),
            why=str(error),
            hint=t("Copy it again, or go back to an earlier checkpoint."),
        ) from error


@torch.no_grad()
def copy_weights(
    state: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor]
) -> str | None:
    """Copy `state` into `expected`, which must have just the same names and shapes; what does not
    fit as a sentence, or None where everything does."""
    missing = sorted(expected.keys() - state.keys())
    unknown = sorted(state.keys() - expected.keys())
    if missing or unknown:
        return t(
            "missing: {missing}; not expected: {unknown}",
            missing=listed(missing, limit=3) or "-",
            unknown=listed(unknown, limit=3) or "-",
        )
    for name, parameter in expected.items():
        if parameter.shape != state[name].shape:
            return f"{name}: {tuple(state[name].shape)} != {tuple(parameter.shape)}"
        parameter.copy_(state[name])
    return None
