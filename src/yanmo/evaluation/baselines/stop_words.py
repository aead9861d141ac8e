"""Which words carry no content, in English and Chinese, by a published list.

In comes a word, out comes whether it may stand in a keyword.
"""

from __future__ import annotations

from functools import lru_cache


def is_content(word: str, *, is_chinese: bool) -> bool:
    """Whether a word may be part of a keyword: no stop word, no mark, no number, not one letter.

    Of Chinese words those with one character are left out: they are seldom terms by themselves.
    """
    if len(word) < 2 or not word[0].isalnum() or word.replace(".", "").isdigit():
        return False
    return word not in _stop_words("zh" if is_chinese else "en")


@lru_cache(maxsize=2)
def _stop_words(language: str) -> frozenset[str]:
    from stopwordsiso import stopwords

    return frozenset(stopwords([language]))
