"""Segmentation by a word list: longest match, and the most probable words.

Comes in: text without spaces and a lexicon. Goes out: its words. Forward maximum matching takes the
longest word of the list at every place; the unigram segmenter takes the cut whose words have the
greatest product of probabilities (Viterbi). Characters in no word stand alone. Knows nothing of
where the word list comes from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.segmentation.lexicon import (
    FIRST_HASH,
    Lexicon,
    as_code_points,
    find_word,
    next_hash,
)

_UNKNOWN_BELOW = 2.0  # an unknown character is e^2 times rarer than a word seen once


class MaxMatchSegmenter:
    """Forward maximum matching.

    Args:
        lexicon: the words.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def segment(self, text: str) -> list[str]:
        """The words of `text`; joined, they are the text."""
        characters = as_code_points(text)
        ends = _longest_matches(characters, self._lexicon.hashes, self._lexicon.longest)
        return cut_at(text, ends)


class UnigramSegmenter:
    """The most probable words.

    Args:
        lexicon: the words and their probabilities.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._unknown = -np.log(max(lexicon.total, 2)) - _UNKNOWN_BELOW

    def segment(self, text: str) -> list[str]:
        """The words of `text`; joined, they are the text."""
        words = self._lexicon
        ends = _most_probable_cut(
            as_code_points(text), words.hashes, words.log_probs, words.longest, self._unknown
        )
        return cut_at(text, ends)


def cut_at(text: str, ends: NDArray[np.int64]) -> list[str]:
    """The pieces of `text` that end at the places `ends`, which ascend to the length of it."""
    places = ends.tolist()
    return [text[start:end] for start, end in zip([0, *places], places, strict=False)]


@kernel
def _longest_matches(
    characters: NDArray[np.uint32], hashes: NDArray[np.uint64], longest: int
) -> NDArray[np.int64]:
    """Where the words end that forward maximum matching finds."""
    ends = np.empty(len(characters), np.int64)
    num_words = 0
    start = 0
    while start < len(characters):
        best = start + 1
        value = FIRST_HASH
        for end in range(start, min(start + longest, len(characters))):
            value = next_hash(value, characters[end])
            if find_word(hashes, value) >= 0:
                best = end + 1
        ends[num_words] = best
        num_words += 1
        start = best
    return ends[:num_words]


@kernel
def _most_probable_cut(
    characters: NDArray[np.uint32],
    hashes: NDArray[np.uint64],
    log_probs: NDArray[np.float32],
    longest: int,
    unknown: float,
) -> NDArray[np.int64]:
    """Where the words end whose probabilities have the greatest product."""
    length = len(characters)
    score = np.full(length + 1, -np.inf)
    came_from = np.zeros(length + 1, np.int64)
    score[0] = 0.0
    for start in range(length):
        alone = score[start] + unknown
        if alone > score[start + 1]:
            score[start + 1], came_from[start + 1] = alone, start
        value = FIRST_HASH
        for end in range(start, min(start + longest, length)):
            value = next_hash(value, characters[end])
            place = find_word(hashes, value)
            if place >= 0:
                candidate = score[start] + log_probs[place]
                if candidate > score[end + 1]:
                    score[end + 1], came_from[end + 1] = candidate, start
    return _ends_on_the_way_back(came_from)


@kernel
def _ends_on_the_way_back(came_from: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ends of the words on the best path, ascending."""
    ends = np.empty(len(came_from), np.int64)
    place = len(ends)
    at = len(came_from) - 1
    while at > 0:
        place -= 1
        ends[place] = at
        at = came_from[at]
    return ends[place:]
