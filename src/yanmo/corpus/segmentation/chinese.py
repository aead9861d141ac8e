"""Words of Chinese text and of text that mixes Chinese with anything else.

Comes in: text. Goes out: its words. What is written with spaces is cut by `words`; each run of Han
characters by a segmenter: jieba, or one learned from segmented text. Knows nothing of stop words.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Protocol

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.corpus.segmentation.tagger import TaggingSegmenter
from yanmo.corpus.segmentation.words import is_han, split_words


class Segmenter(Protocol):
    """Whatever cuts text without spaces into words."""

    def segment(self, text: str) -> list[str]:
        """The words of `text`; joined, they are the text."""


class JiebaSegmenter:
    """jieba's default cut: a word list with probabilities, and an HMM for unknown words.

    The word list takes half a second to load, which happens once. Nothing is written to disk.
    """

    def __init__(self) -> None:
        import jieba

        self._tokenizer = jieba.Tokenizer()
        counts, total = self._tokenizer.gen_pfdict(self._tokenizer.get_dict_file())
        self._tokenizer.FREQ, self._tokenizer.total = counts, total
        self._tokenizer.initialized = True  # jieba would look for a cache in a shared folder

    def segment(self, text: str) -> list[str]:
        """The words of `text`; joined, they are the text."""
        words: list[str] = self._tokenizer.lcut(text)
        return words


@lru_cache(maxsize=1)
def jieba_segmenter() -> Segmenter:
    """The one `JiebaSegmenter` of this process."""
    return JiebaSegmenter()


@lru_cache(maxsize=2)
def learned_segmenter(path: Path) -> Segmenter:
    """The segmenter that `TaggingSegmenter.save` wrote to `path`.

    Raises:
        DataError: the file is not there or holds something else.
    """
    return TaggingSegmenter.load(path)


def segment(text: str, segmenter: Segmenter | None = None, *, keep_marks: bool = True) -> list[str]:
    """The words of `text` in order, Chinese and other.

    Args:
        text: any text.
        segmenter: what cuts Han characters; None takes jieba.
        keep_marks: also give punctuation marks and symbols.
    """
    words: list[str] = []
    for item in split_words(text, keep_marks=keep_marks):
        if len(item) > 1 and is_han(item):
            words.extend((segmenter or jieba_segmenter()).segment(item))
        else:
            words.append(item)
    return words


def read_segmented(path: Path) -> list[list[str]]:
    """The sentences of a text file in which spaces stand between the words, one sentence a line.

    Raises:
        DataError: the file cannot be read as UTF-8.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            t("the segmented text cannot be read"), where=str(path), why=str(error)
        ) from error
    return [words for line in lines if (words := line.split())]
