"""Segmentation learned from text that somebody has segmented.

Comes in: sentences as lists of words. Goes out: a segmenter that can be saved and loaded. A tag is
found for every character (Xue 2003, "Chinese Word Segmentation as Character Tagging") by an
averaged perceptron over the characters around it and over the words of a general word list that
begin, end or lie there; so words that nobody has listed are found too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.corpus.segmentation.lexicon import Lexicon, as_code_points, general_chinese_lexicon
from yanmo.corpus.segmentation.tagger_kernels import (
    BEGIN,
    END,
    MIDDLE,
    NUM_TAGS,
    SINGLE,
    learn_epoch,
    tag_ends,
)
from yanmo.corpus.segmentation.unigram import cut_at

_TABLE_SIZE = 1 << 20
_NUM_EPOCHS = 8
_MAX_SENTENCE = 2_000
_SENTENCE_MARKS = "。！？；!?;\n"


class TaggingSegmenter:
    """A learned segmenter.

    Args:
        weights: (m, 4) float32, m a power of two.
        steps: (4, 4) float32.
        lexicon: the general word list; it must be the one that was there during learning.
    """

    def __init__(
        self, weights: NDArray[np.float32], steps: NDArray[np.float32], lexicon: Lexicon
    ) -> None:
        self._weights = weights
        self._steps = steps
        self._lexicon = lexicon

    def segment(self, text: str) -> list[str]:
        """The words of `text`; joined, they are the text."""
        words: list[str] = []
        for start in range(0, len(text), _MAX_SENTENCE):
            piece = text[start : start + _MAX_SENTENCE]
            ends = tag_ends(as_code_points(piece), self._lexicon.hashes, self._weights, self._steps)
            words.extend(cut_at(piece, ends))
        return words

    def save(self, path: Path) -> None:
        """Write what was learned to `path`, an .npz file."""
        rows = np.flatnonzero(self._weights.any(axis=1))
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                rows=rows.astype(np.int32),
                values=self._weights[rows].astype(np.float16),
                steps=self._steps,
                size=np.int64(len(self._weights)),
            )

    @classmethod
    def load(cls, path: Path) -> TaggingSegmenter:
        """Read what `save` wrote.

        Raises:
            DataError: the file is not there or holds something else.
        """
        try:
            with np.load(path, allow_pickle=False) as saved:
                weights = np.zeros((int(saved["size"]), NUM_TAGS), np.float32)
                weights[saved["rows"]] = saved["values"].astype(np.float32)
                steps = saved["steps"].astype(np.float32)
        except (OSError, ValueError, KeyError) as error:
            raise DataError(
                t("this is no learned segmenter"), where=str(path), why=str(error)
            ) from error
        return cls(weights, steps, general_chinese_lexicon())


def learn_segmenter(
    sentences: Iterable[Sequence[str]], *, lexicon: Lexicon | None = None, seed: int = 0
) -> TaggingSegmenter:
    """Learn to segment as in `sentences`.

    Args:
        sentences: the words of each sentence; empty sentences are left out.
        lexicon: a general word list; None takes jieba's.
        seed: decides in which order the sentences are seen.

    Raises:
        DataError: there is no sentence.
    """
    kept = [words for words in sentences if any(words)]
    if not kept:
        raise DataError(t("there is no segmented sentence to learn from"))
    lexicon = general_chinese_lexicon() if lexicon is None else lexicon
    texts = ["".join(words) for words in kept]
    offsets = np.concatenate(([0], np.cumsum([len(text) for text in texts]))).astype(np.int64)
    characters = as_code_points("".join(texts))
    gold = np.fromiter(
        (tag for words in kept for word in words for tag in _tags_of(word)), np.int64
    )
    weights = np.zeros((_TABLE_SIZE, NUM_TAGS), np.float32)
    summed = np.zeros_like(weights)
    steps = np.zeros((NUM_TAGS, NUM_TAGS), np.float32)
    summed_steps = np.zeros_like(steps)
    random = np.random.default_rng(seed)
    time = 1
    for _ in range(_NUM_EPOCHS):
        order = random.permutation(len(kept))
        time = learn_epoch(
            characters, offsets, gold, order, lexicon.hashes,
            weights, summed, steps, summed_steps, time,
        )  # fmt: skip
    weights -= summed / np.float32(time)
    steps -= summed_steps / np.float32(time)
    return TaggingSegmenter(weights, steps, lexicon)


def _tags_of(word: str) -> list[int]:
    """The tags of the characters of a word."""
    if len(word) < 2:
        return [SINGLE] * len(word)
    return [BEGIN, *[MIDDLE] * (len(word) - 2), END]
