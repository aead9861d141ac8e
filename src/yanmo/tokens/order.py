"""The order in which training sees the rows, as a pure function of the seed and the step.

In: seed, positions, number of rows. Out: row numbers. Every epoch is one pseudo-random permutation
of all rows; a step takes the positions behind those of the step before, in the epochs laid end to
end. Nothing is stored, so a run resumes anywhere, and neither the number of processes nor the
micro-batch changes which rows a step sees.

The permutation is a Feistel network over Z_a x Z_b with a * b just above the number of rows, and
cycle walking for the few values outside (Black and Rogaway 2002, "Ciphers with Arbitrary Finite
Domains", methods 2 and 3). It costs O(1) memory and the same time for any row.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

NUM_ROUNDS = 8
_MASK = 2**64 - 1
# The increment of SplitMix64 (Steele, Lea and Flood 2014): 2**64 divided by the golden ratio.
_GOLDEN = 0x9E3779B97F4A7C15


def rows_at(seed: int, positions: npt.NDArray[np.int64], num_rows: int) -> npt.NDArray[np.int64]:
    """The rows at `positions` (N,) of the endless sequence of permuted epochs: (N,)."""
    assert num_rows >= 1, "there are no rows to order"
    epochs = (positions // num_rows).astype(np.uint64)
    keys = _mix(_mix(np.full_like(epochs, seed & _MASK)) + epochs * np.uint64(_GOLDEN))
    rows = _permute_once((positions % num_rows).astype(np.uint64), keys, num_rows)
    is_outside = rows >= num_rows
    while is_outside.any():
        rows[is_outside] = _permute_once(rows[is_outside], keys[is_outside], num_rows)
        is_outside = rows >= num_rows
    return rows.astype(np.int64)


def _permute_once(
    values: npt.NDArray[np.uint64], keys: npt.NDArray[np.uint64], num_rows: int
) -> npt.NDArray[np.uint64]:
    """The Feistel network: a bijection of 0 .. a * b - 1 for each key, where a * b >= num_rows."""
    left_size = math.isqrt(num_rows - 1) + 1
    right_size = -(-num_rows // left_size)
    a, b = np.uint64(left_size), np.uint64(right_size)
    left, right = values // b, values % b
    for number in range(NUM_ROUNDS):
        round_keys = keys ^ np.uint64((number + 1) * 0xD1342543DE82EF95 & _MASK)
        # Each half is moved by a function of the other half alone, which can be undone.
        if number % 2 == 0:
            left = (left + _mix(round_keys + right * np.uint64(_GOLDEN)) % a) % a
        else:
            right = (right + _mix(round_keys + left * np.uint64(_GOLDEN)) % b) % b
    return left * b + right


def _mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64: every input bit changes about half of the output bits."""
    values = values + np.uint64(_GOLDEN)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
