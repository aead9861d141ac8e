"""What stands around a block: its containers, and where in them the good paragraphs are.

Comes in: blocks and their measures. Goes out: for every container how much text, link text and
paragraph text lies inside, and which container looks most like the article. The last follows the
idea of Readability (arc90, 2009): paragraphs vote for the element that holds them and, with half
the weight, for the one around it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.measures import M_COMMAS, M_ENDS, M_UNITS
from yanmo.corpus.extraction.memory import (
    B_CONTAINER,
    B_END,
    B_LINK_BYTES,
    B_START,
    C_PARENT,
    C_WORDS,
)
from yanmo.corpus.kernel import lean_kernel

# Columns of `sums`, one row for each container.
(
    T_UNITS,  # text units directly inside
    T_GOOD,  # of these, in paragraphs
    T_BLOCKS,
    T_GOOD_BLOCKS,
    T_ALL_UNITS,  # with all containers inside
    T_ALL_GOOD,
    T_ALL_LINK,
    T_VOTES,
    T_DISTANCE,  # steps from the best container up to this one; -1 where it is not above it
) = range(9)
SUM_COLUMNS = 9

MOST_FRAC = 0.7
_MIN_GOOD_UNITS = 10.0
_MAX_GOOD_LINK_FRAC = 0.4


@lean_kernel
def link_frac(block: NDArray[np.int64]) -> float:
    """Share of link text in a block."""
    return float(block[B_LINK_BYTES] / max(block[B_END] - block[B_START], 1))


@lean_kernel
def is_paragraph(block: NDArray[np.int64], measure: NDArray[np.float64]) -> bool:
    """Whether a block reads like running text: long enough, punctuated, not a link."""
    has_rhythm = measure[M_ENDS] + measure[M_COMMAS] >= 1
    is_long = measure[M_UNITS] >= _MIN_GOOD_UNITS
    return is_long and has_rhythm and link_frac(block) <= _MAX_GOOD_LINK_FRAC


@lean_kernel
def _add_blocks(
    blocks: NDArray[np.int64], measures: NDArray[np.float64], sums: NDArray[np.float64]
) -> None:
    """Add every block to the container that it stands in."""
    for number in range(blocks.shape[0]):
        block, measure = blocks[number], measures[number]
        row = sums[block[B_CONTAINER]]
        units = measure[M_UNITS]
        row[T_UNITS] += units
        row[T_BLOCKS] += 1
        row[T_ALL_LINK] += units * link_frac(block)
        if is_paragraph(block, measure):
            row[T_GOOD] += units
            row[T_GOOD_BLOCKS] += 1


@lean_kernel
def _best_container(containers: NDArray[np.int64], sums: NDArray[np.float64], count: int) -> int:
    """The container that most paragraph text votes for."""
    for number in range(count):
        good = sums[number, T_GOOD]
        parent = containers[number, C_PARENT]
        sums[number, T_VOTES] += good
        if number:
            sums[parent, T_VOTES] += 0.5 * good
            if parent:
                sums[containers[parent, C_PARENT], T_VOTES] += 0.25 * good
    best = 0
    for number in range(count):
        if sums[number, T_VOTES] > sums[best, T_VOTES]:
            best = number
    return best


@lean_kernel
def sum_containers(
    blocks: NDArray[np.int64],
    measures: NDArray[np.float64],
    containers: NDArray[np.int64],
    sums: NDArray[np.float64],
    words: NDArray[np.int64],
) -> int:
    """Fill `sums` (zeros on entry) and `words` (inside, any). Returns the best container."""
    count = containers.shape[0]
    _add_blocks(blocks, measures, sums)
    for number in range(count - 1, -1, -1):
        sums[number, T_ALL_UNITS] += sums[number, T_UNITS]
        sums[number, T_ALL_GOOD] += sums[number, T_GOOD]
        sums[number, T_DISTANCE] = -1
        if number:
            parent = containers[number, C_PARENT]
            sums[parent, T_ALL_UNITS] += sums[number, T_ALL_UNITS]
            sums[parent, T_ALL_GOOD] += sums[number, T_ALL_GOOD]
            sums[parent, T_ALL_LINK] += sums[number, T_ALL_LINK]
    most = MOST_FRAC * sums[0, T_ALL_GOOD]
    for number in range(1, count):
        parent = containers[number, C_PARENT]
        own = containers[number, C_WORDS]
        words[number, 1] = words[parent, 1] | own
        if sums[number, T_ALL_GOOD] < most:
            words[number, 0] = words[parent, 0] | own
    best = _best_container(containers, sums, count)
    number = best
    steps = 0
    while True:
        sums[number, T_DISTANCE] = steps
        if number == 0:
            return best
        number = containers[number, C_PARENT]
        steps += 1
