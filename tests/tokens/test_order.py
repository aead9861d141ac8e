"""The data order: a permutation every epoch, whatever the step is divided into."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.tokens.order import rows_at

seeds = st.integers(-(2**70), 2**70)


def rows_of_step(seed: int, step: int, rows_per_step: int, num_rows: int) -> npt.NDArray[np.int64]:
    """What a step takes where all steps are of one size."""
    first = step * rows_per_step
    return rows_at(seed, np.arange(first, first + rows_per_step), num_rows)


@given(seed=seeds, num_rows=st.integers(1, 3000), epoch=st.integers(0, 10**6))
def test_every_epoch_is_a_permutation(seed: int, num_rows: int, epoch: int) -> None:
    positions = epoch * num_rows + np.arange(num_rows)
    rows = rows_at(seed, positions, num_rows)
    np.testing.assert_array_equal(np.sort(rows), np.arange(num_rows))


@given(
    seed=seeds,
    num_rows=st.integers(1, 500),
    step=st.integers(0, 10**9),
    parts=st.lists(st.integers(1, 40), min_size=1, max_size=6),
)
def test_micro_batches_join_to_the_step(
    seed: int, num_rows: int, step: int, parts: list[int]
) -> None:
    rows_per_step = sum(parts)
    whole = rows_of_step(seed, step, rows_per_step, num_rows)
    first = step * rows_per_step
    pieces = []
    for part in parts:
        pieces.append(rows_at(seed, np.arange(first, first + part), num_rows))
        first += part
    np.testing.assert_array_equal(whole, np.concatenate(pieces))


@given(seed=seeds, num_rows=st.integers(1, 500), step=st.integers(0, 1000))
def test_one_step_of_eight_rows_is_two_steps_of_four(seed: int, num_rows: int, step: int) -> None:
    halves = [rows_of_step(seed, 2 * step + half, 4, num_rows) for half in (0, 1)]
    np.testing.assert_array_equal(rows_of_step(seed, step, 8, num_rows), np.concatenate(halves))


@given(seed=seeds, num_rows=st.integers(20, 500), epoch=st.integers(0, 1000))
def test_epochs_and_seeds_differ(seed: int, num_rows: int, epoch: int) -> None:
    here = rows_of_step(seed, epoch, num_rows, num_rows)
    assert (here != rows_of_step(seed, epoch + 1, num_rows, num_rows)).any()
    assert (here != rows_of_step(seed + 1, epoch, num_rows, num_rows)).any()


def test_order_is_frozen() -> None:
    # A run that is resumed with a later version must see the same rows.
    assert rows_of_step(1, 0, 12, 10).tolist() == [8, 9, 1, 7, 0, 5, 3, 2, 6, 4, 5, 3]
    assert rows_of_step(1337, 10**6, 4, 123_456_789).tolist() == [
        62565875,
        63760032,
        119433522,
        59102664,
    ]


@pytest.mark.parametrize("num_rows", [2, 3, 4])
def test_all_orders_of_few_rows_are_equally_likely(num_rows: int) -> None:
    num_epochs = 24_000
    positions = np.arange(num_epochs * num_rows)
    rows = rows_at(7, positions, num_rows).reshape(num_epochs, num_rows)
    counts = Counter(map(tuple, rows.tolist()))
    num_orders = {2: 2, 3: 6, 4: 24}[num_rows]
    assert len(counts) == num_orders
    expected = num_epochs / num_orders
    assert all(abs(count - expected) < 6 * expected**0.5 for count in counts.values())


def test_neighbours_in_the_data_are_scattered() -> None:
    num_rows = 10_000
    rows = rows_of_step(3, 0, num_rows, num_rows)
    positions = np.arange(num_rows)
    assert abs(np.corrcoef(positions, rows)[0, 1]) < 0.05
    assert np.mean(np.abs(np.diff(rows)) == 1) < 0.002
    place_of = np.argsort(rows)
    assert abs(np.corrcoef(place_of[:-1], place_of[1:])[0, 1]) < 0.05
    # Mean distance between two uniform places is a third of the range.
    assert abs(np.abs(np.diff(place_of)).mean() / num_rows - 1 / 3) < 0.02


def test_each_row_is_first_about_equally_often() -> None:
    num_rows, num_epochs = 50, 20_000
    first = rows_at(11, np.arange(num_epochs) * num_rows, num_rows)
    counts = np.bincount(first, minlength=num_rows)
    expected = num_epochs / num_rows
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    assert chi_square < 100  # 49 degrees of freedom: exceeded once in 40,000 times


def test_huge_splits_cost_no_more() -> None:
    rows = rows_of_step(5, 12_345, 512, 10**12)
    assert rows.min() >= 0
    assert rows.max() < 10**12
    assert len(set(rows.tolist())) == 512
