"""Files of one process, written durably and read back, with what the manifest will say of them.

Safetensors (8 bytes with the length of a JSON header, the header, the values), streamed: no second
copy of the values is made in memory. The header also has each piece's place in its tensor, in the
form in which PyTorch's own reader of sharded safetensors looks for it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from yanmo.checkpoint.training_state.layout import Key
from yanmo.checkpoint.training_state.state_hash import Sums, add_sums, piece_sums, to_hex
from yanmo.core.errors import RunError
from yanmo.core.files import sha256_of_file
from yanmo.core.messages import t

_SAFETENSORS_NAME = {
    torch.bool: "BOOL",
    torch.uint8: "U8",
    torch.int8: "I8",
    torch.int16: "I16",
    torch.int32: "I32",
    torch.int64: "I64",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float32: "F32",
    torch.float64: "F64",
}

Piece = tuple[Key, tuple[int, ...], torch.Tensor]
"""Key, shape of the whole tensor, values of the box."""


def write_pieces(
    folder: Path, pieces: Sequence[Piece], *, rank: int, num_ranks: int
) -> dict[str, Any]:
    """Write this process's pieces, one file for each group, and read them back.

    Returns:
        As JSON: `files` by name, `chunks` as [group, name, file, key, offsets, sizes], and by group
        the `sums` of the logical hash.

    Raises:
        OSError: the disk is full or broken.
        RunError: what the disk gives back is not what was written.
    """
    files: dict[str, Any] = {}
    chunks: list[Any] = []
    sums: dict[str, str] = {}
    for group in sorted({key[0] for key, _, _ in pieces}):
        name = f"{group}.safetensors"
        if num_ranks > 1:
            name = f"{group}-{rank + 1:05d}-of-{num_ranks:05d}.safetensors"
        keyed = _with_file_keys(piece for piece in pieces if piece[0][0] == group)
        files[name] = write_durably(folder / name, _safetensors_blocks(keyed))
        group_sums: Sums = (0, 0)
        for file_key, ((_, tensor_name, (offsets, sizes)), shape, values) in keyed.items():
            chunks.append([group, tensor_name, name, file_key, list(offsets), list(sizes)])
            group_sums = add_sums([group_sums, piece_sums(tensor_name, shape, offsets, values)])
        sums[group] = to_hex(group_sums)
    return {"files": files, "chunks": chunks, "sums": sums}


def write_durably(path: Path, blocks: Iterable[Any]) -> dict[str, Any]:
    """Write `blocks` of bytes to a new file, force them to the disk, and read them back.

    Returns:
        Its size and SHA-256: `{"bytes": ..., "sha256": ...}`.

    Raises:
        OSError, RunError: as `write_pieces`.
    """
    digest, num_bytes = hashlib.sha256(), 0
    with path.open("xb") as file:
        for block in blocks:
            file.write(block)
            digest.update(block)
            num_bytes += len(block)
        file.flush()
        os.fsync(file.fileno())
        # What is read back comes from the disk then, and not from memory.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    entry = {"bytes": num_bytes, "sha256": digest.hexdigest()}
    if sha256_of_file(path) != entry["sha256"]:
        raise RunError(
            t("the disk does not give back what was written"),
            where=str(path),
            hint=t("Check this disk, and save to another one."),
        )
    return entry


def _with_file_keys(pieces: Iterable[Piece]) -> dict[str, Piece]:
    """Pieces by their key in the file: the tensor's name, with a number from the second one on."""
    keyed: dict[str, Piece] = {}
    for piece in pieces:
        name = key = piece[0][1]
        number = 1
        while key in keyed:
            number += 1
            key = f"{name}#{number}"
        keyed[key] = piece
    return keyed


def _safetensors_blocks(keyed: dict[str, Piece]) -> Iterator[Any]:
    places = {key: {"saved_offsets": list(piece[0][2][0])} for key, piece in keyed.items()}
    metadata = {"format": "pt", "DCP_SHARDING_INFO": json.dumps(places)}
    header: dict[str, Any] = {"__metadata__": metadata}
    start = 0
    for key, (_, _, values) in keyed.items():
        header[key] = {
            "dtype": _SAFETENSORS_NAME[values.dtype],
            "shape": list(values.shape),
            "data_offsets": [start, start + values.nbytes],
        }
        start += values.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    yield len(text).to_bytes(8, "little") + text
    for _, _, values in keyed.values():
        if values.numel():
            flat = values.detach().cpu().contiguous().reshape(-1)
            yield flat.view(torch.uint8).numpy().data
