"""How many different things there are among very many: a HyperLogLog sketch of 16 KiB.

Comes in: 64-bit hashes (see `survey`). Goes out: about how many of them differ, with a standard
error of 0.8 %. Two sketches can be put together, and the order does not matter. The estimate is
Ertl's (O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm
6), which needs no table of corrections and is right for few things as for many.
"""

from __future__ import annotations

import math
from base64 import b64decode, b64encode

import numpy as np
import zstandard
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel

INDEX_BITS = 14
NUM_REGISTERS = 1 << INDEX_BITS
_HASH_BITS = 64 - INDEX_BITS
_ALPHA = 1 / (2 * math.log(2))


class DistinctCount:
    """Counts different hashes."""

    def __init__(self) -> None:
        self.registers: NDArray[np.uint8] = np.zeros(NUM_REGISTERS, dtype=np.uint8)

    def merge(self, other: DistinctCount) -> None:
        """Take in what another sketch has seen."""
        np.maximum(self.registers, other.registers, out=self.registers)

    def estimate(self) -> float:
        """About how many different hashes were seen."""
        counts = np.bincount(self.registers, minlength=_HASH_BITS + 2).tolist()
        z = NUM_REGISTERS * _tau(1 - counts[_HASH_BITS + 1] / NUM_REGISTERS)
        for rank in range(_HASH_BITS, 0, -1):
            z = (z + counts[rank]) / 2
        z += NUM_REGISTERS * _sigma(counts[0] / NUM_REGISTERS)
        return _ALPHA * NUM_REGISTERS * NUM_REGISTERS / z if math.isfinite(z) else 0.0

    def to_json(self) -> str:
        """The registers as text."""
        return b64encode(zstandard.compress(self.registers.tobytes())).decode("ascii")

    @classmethod
    def from_json(cls, value: str) -> DistinctCount:
        """What `to_json` gave."""
        count = cls()
        data = zstandard.decompress(b64decode(value), max_output_size=NUM_REGISTERS)
        count.registers = np.frombuffer(data, dtype=np.uint8).copy()
        return count


@kernel
def note_hash(registers: NDArray[np.uint8], value: np.uint64) -> None:
    """Let a sketch see a hash."""
    index = value >> np.uint64(64 - INDEX_BITS)
    rest = value << np.uint64(INDEX_BITS)
    rank = 1
    while rank <= _HASH_BITS and not rest >> np.uint64(63):
        rest <<= np.uint64(1)
        rank += 1
    if registers[index] < rank:
        registers[index] = rank


def _sigma(x: float) -> float:
    """x + the sum over k >= 1 of x^(2^k) 2^(k-1); infinite for 1."""
    if x == 1:
        return math.inf
    y, z, before = 1.0, x, -1.0
    while z != before:
        x, before = x * x, z
        z += x * y
        y *= 2
    return z


def _tau(x: float) -> float:
    """(1 - x - the sum over k >= 1 of (1 - x^(2^-k))^2 2^-k) / 3."""
    if x in (0, 1):
        return 0.0
    y, z, before = 1.0, 1 - x, -1.0
    while z != before:
        x, before = math.sqrt(x), z
        y /= 2
        z -= (1 - x) ** 2 * y
    return z / 3
