"""Words of text that is written with spaces.

Comes in: text. Goes out: its words, numbers, addresses and punctuation marks, each whole. Text of
scripts without spaces comes out as runs; `chinese` cuts those on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yanmo.corpus.scripts import HALF_WIDTH_KANA, HAN_RANGES, KANA_RANGES, regex_class

_URL = r"(?:https?://|ftp://|www\.)[^\s<>\"'\u3000-\u9fff\uff00-\uffef]*[A-Za-z0-9_/#=&~%+-]"
_EMAIL = r"[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_HANDLE = r"[@#][A-Za-z_]\w*"
_ABBREVIATION = r"(?:[A-Za-z]\.){2,}|(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|No|cf)\.(?=[ ,;)])"
_NUMBER = (
    r"[$€£¥￥]?\d+(?:[.,:/-]\d+)*(?:%|％|‰|(?:st|nd|rd|th)\b)?"  # 3.14, 1,000, 10:30, 2024-01-31
)
_LETTER = r"[^\W\d_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
_WORD = rf"(?:{_LETTER}|[\u0300-\u036f\u0900-\u0dff\u0e00-\u0fff])"
_PART = rf"{_WORD}(?:{_WORD}|\d|_)*"
_LATIN = rf"_*{_PART}(?:['’‘\-‐]{_PART}|[\-‐]\d+(?:\.\d+)*|\+\+|#(?!\w))*"
_HAN = f"[{regex_class(HAN_RANGES)}]+"
_KANA = f"[{regex_class((*KANA_RANGES, HALF_WIDTH_KANA))}]+"
_MARK = r"\.{3,}|…+|—+|--+|[^\s\w]|_"

_TOKEN = re.compile("|".join([_URL, _EMAIL, _HANDLE, _NUMBER, _ABBREVIATION, _LATIN, _HAN, _KANA]))
_TOKEN_OR_MARK = re.compile(f"{_TOKEN.pattern}|{_MARK}")
_HAN_RUN = re.compile(_HAN)


def split_words(text: str, *, keep_marks: bool = True) -> list[str]:
    """The words of `text` in order.

    Apostrophes and hyphens inside a word, numbers with their separators, abbreviations with their
    full stops, addresses (URL, e-mail), `@names` and `#tags` stay whole. A run of Han characters or
    of kana is one item.

    Args:
        text: any text.
        keep_marks: also give punctuation marks and symbols, each as an item of its own.
    """
    return (_TOKEN_OR_MARK if keep_marks else _TOKEN).findall(text)


def is_han(item: str) -> bool:
    """Whether an item of `split_words` is a run of Han characters."""
    return _HAN_RUN.match(item) is not None


def is_mark(item: str) -> bool:
    """Whether an item of `split_words` is a punctuation mark or a symbol."""
    return not any(character.isalnum() for character in item)


def iter_han_runs(text: str) -> Iterator[tuple[int, int]]:
    """Where each run of Han characters begins and ends."""
    for match in _HAN_RUN.finditer(text):
        yield match.span()
