"""The forest links what has equal keys, in parts and in pieces too."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.duplicates.linking import clusters_of, link_equal, new_forest

COLUMNS = st.integers(0, 30).flatmap(
    lambda n: st.tuples(
        st.lists(st.lists(st.integers(0, 6), min_size=n, max_size=n), min_size=1, max_size=3),
        st.lists(st.booleans(), min_size=n, max_size=n),
    )
)


def spread(column: list[int]) -> np.ndarray:
    """Small numbers as keys all over the range."""
    return np.array(column, dtype=np.uint64) * np.uint64(0x2492492492492493)


@given(COLUMNS, st.integers(1, 40), st.integers(1, 7))
@settings(max_examples=60)
def test_clusters_are_what_hangs_together(
    drawn: tuple[list[list[int]], list[bool]], max_rows_sorted: int, piece: int
) -> None:
    columns, is_alive = drawn
    forest = new_forest(len(is_alive))
    for column in columns:
        keys = spread(column)
        pieces = [keys[i : i + piece] for i in range(0, len(keys), piece)]
        alive = np.array(is_alive, dtype=np.bool_)
        link_equal(forest, alive, lambda p=pieces: p, max_rows_sorted=max_rows_sorted)
    found = clusters_of(forest).tolist()
    count = len(is_alive)
    reference = list(range(count))
    changed = True
    while changed:
        changed = False
        for column in columns:
            for one in range(count):
                for other in range(one):
                    linked = column[one] == column[other] != 0 and is_alive[one] and is_alive[other]
                    low = min(reference[one], reference[other])
                    if linked and (reference[one], reference[other]) != (low, low):
                        reference[one] = reference[other] = low
                        changed = True
    assert found == [first if reference.count(first) > 1 else -1 for first in reference]


def test_second_keys_tell_apart_what_the_first_ones_do_not() -> None:
    first, second = np.array([7, 7, 7, 7, 7], np.uint64), np.array([1, 2, 1, 2, 3], np.uint64)
    forest = new_forest(5)
    link_equal(forest, np.ones(5, np.bool_), lambda: [first], [second])
    assert clusters_of(forest).tolist() == [0, 1, 0, 1, -1]
