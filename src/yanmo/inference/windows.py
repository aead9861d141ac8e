"""What several windows of one text say, made into one answer.

In: the rows of one item, which overlap, and what the model said of each. Out: one distribution, one
number, the scores of every word, or the best span. Works as well on the one row of a short text.
Knows no model and no text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yanmo.tokens.text_rows import TextRow

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FoundSpan:
    """The best span of an item.

    Attributes:
        start: its first character in the passage.
        end: the character behind its last.
        log_odds: in nats, how much more probable the span is than that its window has no answer.
    """

    start: int
    end: int
    log_odds: float


def num_text_tokens(row: TextRow) -> int:
    """Tokens of a row that are of a text; at least one, so that an empty text has a weight."""
    return max(1, int((row.sides >= 0).sum()))


def merge_log_probs(rows: Sequence[TextRow], log_probs: Scores) -> Scores:
    """The distribution (C,) of an item, as log-probabilities: the geometric mean of those of its
    windows, each weighing as much as it has tokens.

    Args:
        rows: the W windows.
        log_probs: (W, C).
    """
    mean = merge_numbers(rows, log_probs)
    merged: Scores = mean - np.logaddexp.reduce(mean)
    return merged


def merge_numbers(rows: Sequence[TextRow], numbers: Scores) -> Scores:
    """The mean over windows of (W, ...), each weighing as much as it has tokens."""
    weights = np.array([num_text_tokens(row) for row in rows], np.float64)
    mean: Scores = np.einsum("w,w...->...", weights / weights.sum(), numbers)
    return mean


def merge_word_scores(
    rows: Sequence[TextRow], scores: Sequence[Scores], num_words: int
) -> tuple[Scores, npt.NDArray[np.bool_]]:
    """The scores (num_words, C) of every word of a sentence at its first token, and which words
    have any; of several windows, that in which the token is farthest from an edge decides.

    Args:
        rows: the windows, made from words.
        scores: (T, C) of each.
        num_words: words of the sentence; those that no window has keep zeros.
    """
    merged = np.zeros((num_words, scores[0].shape[1]))
    farthest = np.full(num_words, -1.0)
    for row, found in zip(rows, scores, strict=True):
        places = np.flatnonzero(row.words >= 0)
        words = row.words[places]
        distances = edge_distances(row)[places]
        is_better = distances > farthest[words]
        farthest[words[is_better]] = distances[is_better]
        merged[words[is_better]] = found[places[is_better]]
    return merged, farthest >= 0


def edge_distances(row: TextRow) -> Scores:
    """(T,) how many tokens of its text a token has on its shorter side within the window; the true
    beginning and the true end of a text are no edges. Infinite where there is no edge."""
    places = np.arange(len(row), dtype=np.float64)
    of_text = np.flatnonzero(row.sides == row.sides.max(initial=-1))
    first, last = (of_text[0], of_text[-1]) if len(of_text) else (0, 0)
    left = places - first if row.window > 0 else np.full(len(row), np.inf)
    right = last - places if row.window + 1 < row.num_windows else np.full(len(row), np.inf)
    distances: Scores = np.maximum(0.0, np.minimum(left, right))
    return distances


def best_span(
    rows: Sequence[TextRow], scores: Sequence[Scores], max_answer_tokens: int
) -> FoundSpan | None:
    """The best span of a passage over all its windows; None where no window has a token of it.

    A span is worth `s_first + e_last - s_0 - e_0`, where s and e are the scores that it begins and
    ends at a token and 0 is the first token of the row, which stands for "no answer" (Devlin et al.
    2019, section 4.3). So the item has no answer only if every window says so.

    Args:
        rows: the windows of a question and its passage.
        scores: (T, 2) of each: first and last token of the answer.
        max_answer_tokens: the longest span that is considered.
    """
    best: FoundSpan | None = None
    for row, found in zip(rows, scores, strict=True):
        places = np.flatnonzero(row.sides == 1)
        if not len(places):
            continue
        worth = found[places, 0][:, None] + found[places, 1][None, :]  # (P, P)
        distance = np.arange(len(places))[None, :] - np.arange(len(places))[:, None]
        worth[(distance < 0) | (distance >= max_answer_tokens)] = -np.inf
        first, last = divmod(int(worth.argmax()), len(places))
        log_odds = float(worth[first, last] - found[0, 0] - found[0, 1])
        if best is None or log_odds > best.log_odds:
            start, end = row.spans[places[first], 0], row.spans[places[last], 1]
            best = FoundSpan(int(start), int(end), log_odds)
    return best


def in_batches(lengths: Sequence[int], batch_tokens: int, max_rows: int) -> Iterator[list[int]]:
    """Numbers of rows that go through a model together: alike in length, so that little of a batch
    is padding.

    Args:
        lengths: tokens of each row.
        batch_tokens: tokens of a batch at most, padding included; a longer row goes alone.
        max_rows: rows of a batch at most.
    """
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and ((len(batch) + 1) * lengths[number] > batch_tokens or len(batch) == max_rows):
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch
