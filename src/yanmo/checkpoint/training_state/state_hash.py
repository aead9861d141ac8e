"""A hash of named tensors that does not depend on how they are cut, nor on the order of the parts.

Every element is mixed with its tensor's name, shape and dtype and with its place in the whole
tensor into 64 pseudo-random bits (the finaliser of SplitMix64: Steele, Lea & Flood 2014). The hash
is two sums of them modulo 2^64, the second of the bits mixed once more; sums over parts add up to
the sum over the whole. One changed element always changes it, since mixing is a bijection.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator

import numpy as np
import torch

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_VALUE = np.uint64(0xD6E8FEB86659FD93)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_LANE = np.uint64(0xC2B2AE3D27D4EB4F)
_BLOCK = 1 << 15
"""Elements that are mixed at once: they stay in the cache of one core."""
_COLUMN_TERMS = np.arange(_BLOCK, dtype=np.uint64) * _GOLDEN
_UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
_SIGNED = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}

Sums = tuple[int, int]


def piece_sums(
    name: str, shape: tuple[int, ...], offsets: tuple[int, ...], values: torch.Tensor
) -> Sums:
    """What one box of a tensor adds to the hash.

    Args:
        name: of the tensor, with its group.
        shape: of the whole tensor.
        offsets: where the box begins.
        values: of the box, on any device.
    """
    text = f"{name}\0{values.dtype}\0{tuple(shape)}"
    seeds = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype=np.uint64)
    first, second = 0, 0
    if not any(offsets):  # of all boxes one: that the tensor is there counts too
        first, second = int(seeds[1]), int(seeds[2])
    rows, width = _places(shape, offsets, tuple(values.shape))
    if values.numel():
        bits = _bits(values).reshape(len(rows), width)
        for lines, places in _blocks(bits, rows):
            low, high = _mixed_sums(lines, places * _GOLDEN + seeds[0])
            first, second = first + low, second + high
    return first % 2**64, second % 2**64


def add_sums(parts: Iterable[Sums]) -> Sums:
    """The sums of several boxes together."""
    first, second = 0, 0
    for low, high in parts:
        first, second = first + low, second + high
    return first % 2**64, second % 2**64


def to_hex(sums: Sums) -> str:
    """32 hexadecimal digits."""
    return f"{sums[0]:016x}{sums[1]:016x}"


def from_hex(text: str) -> Sums:
    """What `to_hex` was given."""
    return int(text[:16], 16), int(text[16:], 16)


def _bits(values: torch.Tensor) -> np.ndarray:
    size = values.element_size()
    signed = values.detach().cpu().contiguous().view(_SIGNED[size])
    unsigned: np.ndarray = signed.numpy().view(_UNSIGNED[size])
    return unsigned


def _places(
    shape: tuple[int, ...], offsets: tuple[int, ...], sizes: tuple[int, ...]
) -> tuple[np.ndarray, int]:
    """Places in the whole tensor: element (i, j) of the box as a matrix is at rows[i] + j.

    A row runs over all trailing dimensions that the box has whole, and the one before them.

    Returns:
        `rows`, and the length of a row.
    """
    if not shape:
        return np.zeros(1, np.uint64), 1
    strides = [math.prod(shape[dim + 1 :]) for dim in range(len(shape))]
    split = len(shape) - 1
    while split and sizes[split] == shape[split]:
        split -= 1
    rows = np.array([offsets[split] * strides[split]], np.uint64)
    for dim in range(split):
        indices = np.arange(offsets[dim], offsets[dim] + sizes[dim], dtype=np.uint64)
        rows = (rows[:, None] + indices * np.uint64(strides[dim])).reshape(-1)
    return rows, math.prod(sizes[split:])


def _blocks(bits: np.ndarray, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Parts of a matrix of at most `_BLOCK` elements, and the place of each of their rows."""
    width = bits.shape[1]
    num_rows = max(1, _BLOCK // width)
    for row in range(0, len(rows), num_rows):
        for column in range(0, width, _BLOCK):
            lines = slice(row, row + num_rows)
            places = rows[lines] + np.uint64(column)
            yield bits[lines, column : column + _BLOCK], places


def _mixed_sums(bits: np.ndarray, row_terms: np.ndarray) -> Sums:
    mixed = np.multiply(bits, _VALUE, dtype=np.uint64)
    mixed += row_terms[:, None]
    mixed += _COLUMN_TERMS[: bits.shape[1]]
    shifted = np.empty_like(mixed)
    for shift, factor in ((30, _MIX_1), (27, _MIX_2)):
        np.right_shift(mixed, np.uint64(shift), out=shifted)
        mixed ^= shifted
        mixed *= factor
    np.right_shift(mixed, np.uint64(31), out=shifted)
    mixed ^= shifted
    first = int(mixed.sum(dtype=np.uint64))
    np.right_shift(mixed, np.uint64(32), out=shifted)
    shifted ^= mixed
    shifted *= _LANE
    np.right_shift(shifted, np.uint64(29), out=mixed)
    shifted ^= mixed
    return first, int(shifted.sum(dtype=np.uint64))
