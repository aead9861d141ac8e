"""Several windows of one text give one answer, and the right one of them decides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.inference.windows import (
    best_span,
    edge_distances,
    in_batches,
    merge_log_probs,
    merge_word_scores,
)
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.text_rows import RowEncoder, TextRow
from yanmo.tokens.tokenizer import Tokenizer

WORDS = ["the", "river", "runs", "to", "the", "sea", "and", "the", "sea", "is", "never", "full"]


@pytest.fixture(scope="module")
def encoder(tokenizer: Tokenizer) -> RowEncoder:
    length = LengthConfig(long_text="windows", overlap_tokens=6)
    return RowEncoder(tokenizer, length, 16)


def test_classes_of_windows_are_weighed_by_their_tokens() -> None:
    def row(num_tokens: int, window: int) -> TextRow:
        sides = np.array([-1] + [0] * num_tokens)
        blank = np.full(num_tokens + 1, -1)
        return TextRow(0, blank, sides, np.stack([blank, blank], 1), blank, None, window, 2)

    log_probs = np.log([[0.8, 0.2], [0.1, 0.9]])
    merged = np.exp(merge_log_probs([row(30, 0), row(10, 1)], log_probs))
    expected = np.array([0.8**0.75 * 0.1**0.25, 0.2**0.75 * 0.9**0.25])
    np.testing.assert_allclose(merged, expected / expected.sum())


def test_each_word_is_tagged_where_it_is_farthest_from_an_edge(encoder: RowEncoder) -> None:
    rows = encoder.encode_words([WORDS], [" "]).rows
    assert len(rows) >= 3
    # Every window says its own number, so that the scores tell which of them decided.
    scores = [np.full((len(row), 2), float(row.window)) for row in rows]
    merged, is_seen = merge_word_scores(rows, scores, len(WORDS))
    assert is_seen.all()
    for word in range(len(WORDS)):
        distances = {
            row.window: edge_distances(row)[np.flatnonzero(row.words == word)[0]]
            for row in rows
            if (row.words == word).any()
        }
        chosen = int(merged[word, 0])
        assert distances[chosen] == max(distances.values())
    assert merged[0, 0] == 0
    assert merged[-1, 0] == rows[-1].window


def test_the_true_ends_of_a_text_are_no_edges(encoder: RowEncoder) -> None:
    (row,) = encoder.encode_words([["sea"]], [" "]).rows
    assert np.isinf(edge_distances(row)).all()


def test_the_best_span_of_all_windows_wins_and_null_only_if_all_say_so(
    encoder: RowEncoder,
) -> None:
    passage = " ".join(WORDS)
    rows = encoder.encode_questions(["sea?"], [passage]).rows
    assert len(rows) >= 3
    silent = [np.zeros((len(row), 2)) for row in rows]
    for scores in silent:
        scores[0] = 5.0
    nothing = best_span(rows, silent, 8)
    assert nothing is not None
    assert nothing.log_odds == -10.0
    place = int(np.flatnonzero(rows[1].sides == 1)[2])
    silent[1][place] = 9.0
    found = best_span(rows, silent, 8)
    assert found is not None
    assert (found.start, found.end) == tuple(rows[1].spans[place])
    assert found.log_odds == 8.0


def test_spans_end_behind_their_start_and_are_not_too_long(encoder: RowEncoder) -> None:
    (row,) = encoder.encode_questions(["a"], ["bcdefg"]).rows
    passage = np.flatnonzero(row.sides == 1)
    scores = np.zeros((len(row), 2))
    scores[passage[4], 0] = scores[passage[1], 1] = 9.0  # an end before its start
    found = best_span([row], [scores], 2)
    assert found is not None
    assert found.log_odds == 9.0
    assert 1 <= found.end - found.start <= 2
    assert best_span([row], [scores[: len(row)]], 100) is not None


def test_an_empty_passage_has_no_span(encoder: RowEncoder) -> None:
    (row,) = encoder.encode_questions(["a"], [""]).rows
    assert best_span([row], [np.zeros((len(row), 2))], 8) is None


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(1, 120), st.integers(1, 9))
def test_batches_hold_every_row_once_within_their_limits(
    lengths: list[int], batch_tokens: int, max_rows: int
) -> None:
    batches = list(in_batches(lengths, batch_tokens, max_rows))
    assert sorted(number for batch in batches for number in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= max_rows
        longest = max(lengths[number] for number in batch)
        assert len(batch) == 1 or len(batch) * longest <= batch_tokens
