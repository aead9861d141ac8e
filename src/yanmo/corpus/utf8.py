"""UTF-8 read and written by kernels, character by character.

Comes in: bytes. Goes out: code points and how many bytes each takes; or the bytes of a code point.
Kernels call these functions in their innermost loops, where the compiler merges them in. Except
where it is said otherwise, the bytes must be valid UTF-8. Knows nothing of what characters mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import lean_kernel


@lean_kernel
def character_at(data: NDArray[np.uint8], at: int | np.int64) -> tuple[int, int]:
    """The code point that begins at byte `at`, and its number of bytes."""
    lead = np.int64(data[at])  # signed: kernels count with code points
    if lead < 0x80:
        return int(lead), 1
    second = np.int64(data[at + 1]) & 0x3F
    if lead < 0xE0:
        return int((lead & 0x1F) << 6 | second), 2
    third = np.int64(data[at + 2]) & 0x3F
    if lead < 0xF0:
        return int((lead & 0x0F) << 12 | second << 6 | third), 3
    fourth = np.int64(data[at + 3]) & 0x3F
    return int((lead & 0x07) << 18 | second << 12 | third << 6 | fourth), 4


@lean_kernel
def width_of(lead: int) -> int:
    """The number of bytes of the character that begins with the byte `lead`."""
    if lead < 0x80:
        return 1
    if lead < 0xE0:
        return 2
    return 3 if lead < 0xF0 else 4


@lean_kernel
def goes_on(byte: int) -> bool:
    """Whether a byte is not the first one of its character."""
    return byte & 0xC0 == 0x80


@lean_kernel
def start_of_character(data: NDArray[np.uint8], at: int) -> int:
    """The first byte of the character that the byte `at` belongs to."""
    while goes_on(data[at]):
        at -= 1
    return at


@lean_kernel
def write_character(out: NDArray[np.uint8], at: int, point: int) -> int:
    """Write a code point at byte `at`; gives the byte after it."""
    if point < 0x80:
        out[at] = point
        return at + 1
    if point < 0x800:
        out[at] = 0xC0 | (point >> 6)
        out[at + 1] = 0x80 | (point & 0x3F)
        return at + 2
    if point < 0x10000:
        out[at] = 0xE0 | (point >> 12)
        out[at + 1] = 0x80 | ((point >> 6) & 0x3F)
        out[at + 2] = 0x80 | (point & 0x3F)
        return at + 3
    out[at] = 0xF0 | (point >> 18)
    out[at + 1] = 0x80 | ((point >> 12) & 0x3F)
    out[at + 2] = 0x80 | ((point >> 6) & 0x3F)
    out[at + 3] = 0x80 | (point & 0x3F)
    return at + 4
