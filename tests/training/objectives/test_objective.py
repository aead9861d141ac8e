"""Each row has a generator of its own; spans are placed evenly; pieces are found."""

from __future__ import annotations

from collections import Counter

import numpy as np

from yanmo.training.objectives.objective import (
    count_labels,
    count_tokens,
    pad_rows,
    piece_bounds,
    place_spans,
    row_generators,
)


def draws(seed: object, epochs: list[int], rows: list[int]) -> list[float]:
    made = row_generators(seed, np.array(epochs), np.array(rows))
    return [generator.random() for generator in made]


def test_a_rows_generator_depends_on_seed_epoch_and_row_alone() -> None:
    first = draws(0, [0, 0, 0], [5, 6, 7])
    assert draws(0, [0], [6]) == first[1:2]
    assert draws(0, [1, 1, 1], [5, 6, 7]) != first
    assert draws(1, [0, 0, 0], [5, 6, 7]) != first
    assert len({*first, *draws(0, [1, 1, 1], [5, 6, 7]), *draws(1, [0, 0, 0], [5, 6, 7])}) == 9


def test_spans_never_touch_and_every_arrangement_is_as_likely() -> None:
    lengths = np.array([2, 1])
    generator = np.random.default_rng(0)
    found = Counter(tuple(place_spans(lengths, 6, generator).tolist()) for _ in range(6000))
    # Three tokens are left; the spans stand behind two different numbers of them.
    expected = {(0, 3), (0, 4), (0, 5), (1, 4), (1, 5), (2, 5)}
    assert found.keys() == expected
    assert all(800 < count < 1200 for count in found.values())


def test_pieces_of_a_row_leave_padding_out() -> None:
    assert piece_bounds(np.array([0, 0, 1, 2, 2, -1, -1], np.int32)) == [(0, 2), (2, 3), (3, 5)]
    assert piece_bounds(np.array([0, 0], np.int32)) == [(0, 2)]
    assert piece_bounds(np.array([-1, -1], np.int32)) == []


def test_rows_are_padded_to_the_longest_and_labels_counted() -> None:
    padded = pad_rows([np.array([1, 2, 3]), np.array([4])], -100)
    np.testing.assert_array_equal(padded, [[1, 2, 3], [4, -100, -100]])
    assert count_labels({"labels": padded}) == 4


def test_tokens_that_are_read_are_counted_without_padding() -> None:
    packed = {"labels": np.full((1, 4), -100), "document_ids": np.array([[0, 0, 1, -1]])}
    assert count_tokens(packed) == 3
    pair = {"labels": np.array([[5, 6, -100]]), "source_mask": np.array([[True, False]])}
    assert count_tokens(pair) == 3
