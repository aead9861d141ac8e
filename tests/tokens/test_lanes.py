"""Rows in lanes: each lane reads on, every pass sees every row, and nothing is carried wrongly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yanmo.tokens.lanes import contiguous_rows_of_step, lanes_of_step
from yanmo.tokens.rows import PackedRows
from yanmo.tokens.shard_writer import ShardWriter
from yanmo.tokens.token_split import TokenSplit

ROW_TOKENS = 4


def write_rows(directory: Path, lengths: list[int]) -> PackedRows:
    """Documents of the given lengths, in rows of four tokens."""
    writer = ShardWriter(directory, "train", 100, 1000)
    counts = np.array(lengths)
    writer.add(np.arange(counts.sum(), dtype=np.uint32) % 90, counts, 3 * counts)
    writer.close()
    return PackedRows(TokenSplit(directory, "train", 100), ROW_TOKENS, eot_id=98, pad_id=99)


@given(num_lanes=st.integers(1, 40), num_rows=st.integers(1, 500), step=st.integers(0, 10**6))
def test_every_lane_reads_on_and_wraps_around(num_lanes: int, num_rows: int, step: int) -> None:
    now = contiguous_rows_of_step(step, num_lanes, num_rows)
    following = contiguous_rows_of_step(step + 1, num_lanes, num_rows)
    assert now.shape == (num_lanes,)
    np.testing.assert_array_equal(following, (now + 1) % num_rows)


@given(num_lanes=st.integers(1, 20), length=st.integers(1, 20), epoch=st.integers(0, 1000))
def test_every_pass_sees_every_row_once(num_lanes: int, length: int, epoch: int) -> None:
    num_rows = num_lanes * length
    steps = range(epoch * length, (epoch + 1) * length)
    seen = [contiguous_rows_of_step(step, num_lanes, num_rows) for step in steps]
    np.testing.assert_array_equal(np.sort(np.concatenate(seen)), np.arange(num_rows))


@given(num_lanes=st.integers(1, 20), num_rows=st.integers(1, 300))
def test_lanes_are_apart_by_the_same_distance_or_one_less(num_lanes: int, num_rows: int) -> None:
    starts = contiguous_rows_of_step(0, num_lanes, num_rows)
    assert starts[0] == 0
    distances = np.diff(np.append(starts, num_rows))
    assert set(distances) <= {num_rows // num_lanes, num_rows // num_lanes + 1}


def test_a_row_carries_only_inside_a_document(tmp_path: Path) -> None:
    # Rows begin at tokens 0, 4, 8, 12, 16; documents begin at 0, 6, 8 and 17.
    rows = write_rows(tmp_path, [6, 2, 9, 3])
    inside = rows.begins_inside_document(np.arange(rows.num_rows))
    np.testing.assert_array_equal(inside, [False, True, False, True, True])
    order = contiguous_rows_of_step(1, 2, rows.num_rows)
    np.testing.assert_array_equal(order, [1, 3])
    np.testing.assert_array_equal(lanes_of_step(1, order, rows)["carries"], [True, True])


def test_a_row_begins_inside_a_document_where_its_batch_says_so(tmp_path: Path) -> None:
    lengths = np.random.default_rng(0).integers(1, 12, size=40).tolist()
    rows = write_rows(tmp_path, lengths)
    every = np.arange(rows.num_rows)
    starts = set(np.cumsum([0, *lengths]).tolist())
    expected = [row * ROW_TOKENS not in starts for row in every]
    np.testing.assert_array_equal(rows.begins_inside_document(every), expected)


def test_nothing_is_carried_into_the_first_step_or_over_the_end(tmp_path: Path) -> None:
    rows = write_rows(tmp_path, [40])
    first = contiguous_rows_of_step(0, 2, rows.num_rows)
    assert not lanes_of_step(0, first, rows)["carries"].any()
    wrapped = contiguous_rows_of_step(5, 2, rows.num_rows)
    np.testing.assert_array_equal(wrapped, [5, 0])
    np.testing.assert_array_equal(lanes_of_step(5, wrapped, rows)["carries"], [True, False])
