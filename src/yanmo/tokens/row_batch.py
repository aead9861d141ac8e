"""Rows side by side as arrays, and what they are to learn: tags and answers as places of tokens.

In: `TextRow`s. Out: named arrays (B, T), padded at the end to the longest row, and labels (T,) or
(2,) of a row. Knows no task and no model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from yanmo.tokens.rows import IGNORED_LABEL
from yanmo.tokens.text_rows import Ids, TextRow

NO_ANSWER = (0, 0)
"""Start and end of an answer that a row does not have: its first token."""


def batch_of_rows(rows: Sequence[TextRow], pad_id: int) -> dict[str, np.ndarray]:
    """`tokens` (B, T) int64, `mask` (B, T) True where a token is real, and where the model has them
    `segments` (B, T) int64."""
    width = max(len(row) for row in rows)
    tokens = np.full((len(rows), width), pad_id, np.int64)
    mask = np.zeros((len(rows), width), np.bool_)
    segments = np.zeros((len(rows), width), np.int64)
    for index, row in enumerate(rows):
        tokens[index, : len(row)] = row.ids
        mask[index, : len(row)] = True
        if row.segments is not None:
            segments[index, : len(row)] = row.segments
    batch = {"tokens": tokens, "mask": mask}
    return batch | {"segments": segments} if rows[0].segments is not None else batch


def tag_labels(row: TextRow, tags: Sequence[int]) -> Ids:
    """(T,) the tag of each word at its first token, -100 elsewhere.

    Args:
        row: made from words.
        tags: a number for each word of the sentence.
    """
    numbers = np.asarray(tags, np.int64)
    return np.where(row.words >= 0, numbers[np.maximum(row.words, 0)], IGNORED_LABEL)


def answer_labels(row: TextRow, answer: tuple[int, int] | None) -> tuple[int, int]:
    """The places of the first and the last token of an answer; `NO_ANSWER` where there is none, or
    this row does not have all of it.

    Args:
        row: a question and (a window of) its passage.
        answer: characters of the passage, from, to.
    """
    if answer is None:
        return NO_ANSWER
    start, end = answer
    inside = (row.sides == 1) & (row.spans[:, 0] < end) & (row.spans[:, 1] > start)
    places = np.flatnonzero(inside)
    if not len(places):
        return NO_ANSWER
    first, last = int(places[0]), int(places[-1])
    # An answer may begin or end with characters that have no token; only at an edge of what is
    # read does a missing character mean that the answer goes on outside.
    begins = row.spans[first, 0] <= start or row.sides[first - 1] == 1
    ends = row.spans[last, 1] >= end or (last + 1 < len(row) and row.sides[last + 1] == 1)
    return (first, last) if begins and ends else NO_ANSWER
