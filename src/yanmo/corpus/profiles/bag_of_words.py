"""Text as a bag of words: for counting, key words and search, not for language models.

Comes in: text. Goes out: its words, folded, without stop words, stemmed. Each step is a function of
its own, so that a profile can show what it did. Knows nothing of counting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.corpus.folding.config import FoldingConfig
from yanmo.corpus.folding.fold import fold
from yanmo.corpus.profiles.config import BagOfWordsConfig
from yanmo.corpus.segmentation.chinese import Segmenter, jieba_segmenter, learned_segmenter, segment
from yanmo.corpus.segmentation.words import is_mark

_ENGLISH_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*'?")
_NUMBER = re.compile(r"[$€£¥]?\d[\d.,:/%-]*(?:st|nd|rd|th)?")
_SIMPLIFY = FoldingConfig(width="letters", variants=True, characters="simplified")
_KEEP = FoldingConfig(width="letters", variants=True)
_NUM_STEMS = 65_536
_APOSTROPHES = str.maketrans("’‘", "''")


def fold_words(text: str, config: BagOfWordsConfig) -> str:
    """`text` in lower case, half-width, with common variants, simplified where asked for."""
    return fold(text, _SIMPLIFY if config.simplify else _KEEP).lower().translate(_APOSTROPHES)


def cut_words(text: str, config: BagOfWordsConfig) -> list[str]:
    """The words and marks of `text`."""
    return segment(text, _segmenter(config))


def drop_marks(words: Sequence[str]) -> list[str]:
    """`words` without punctuation marks and symbols."""
    return [word for word in words if not is_mark(word)]


def drop_numbers(words: Sequence[str]) -> list[str]:
    """`words` without numbers in digits."""
    return [word for word in words if not _NUMBER.fullmatch(word)]


def drop_stop_words(words: Sequence[str], config: BagOfWordsConfig) -> list[str]:
    """`words` without stop words.

    Raises:
        ConfigError: the user's list cannot be read.
    """
    stop_words = stop_words_of(tuple(config.languages), config.stop_words_path, config.simplify)
    return [word for word in words if word not in stop_words]


def stem_words(words: Sequence[str], config: BagOfWordsConfig) -> list[str]:
    """`words` with the endings of English words cut off; all others stay as they are."""
    if "en" not in config.languages:
        return list(words)
    stem = _stemmer(config.stemmer)
    return [stem(word) if _ENGLISH_WORD.fullmatch(word) else word for word in words]


@lru_cache(maxsize=8)
def stop_words_of(languages: tuple[str, ...], path: str | None, simplify: bool) -> frozenset[str]:
    """Stop words, folded as the text is: of the package stopwordsiso, or the lines of a file.

    Raises:
        ConfigError: the file cannot be read.
    """
    if path is None:
        import stopwordsiso

        words = list(stopwordsiso.stopwords(list(languages)))
    else:
        try:
            words = Path(path).expanduser().read_text(encoding="utf-8-sig").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                t("the list of stop words cannot be read"),
                where=path,
                why=str(error),
                hint=t("It is a text file in UTF-8 with one word a line."),
            ) from error
    config = BagOfWordsConfig(simplify=simplify)
    return frozenset(fold_words(word.strip(), config) for word in words if word.strip())


@lru_cache(maxsize=2)
def _stemmer(algorithm: str) -> Callable[[str], str]:
    """A function that stems a word, and remembers the words that it has seen lately."""
    import snowballstemmer

    stemmer = snowballstemmer.stemmer(algorithm)
    return lru_cache(maxsize=_NUM_STEMS)(stemmer.stemWord)


def _segmenter(config: BagOfWordsConfig) -> Segmenter:
    if config.segmenter_path is None:
        return jieba_segmenter()
    return learned_segmenter(Path(config.segmenter_path).expanduser())
