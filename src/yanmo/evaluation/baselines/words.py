"""Words of English and Chinese text, as the baselines count them.

In comes a text, out come its words in order, and back. English words are runs of letters and digits
with their inner apostrophes and hyphens; Chinese is cut by jieba; anything else that is no space
stands for itself. Knows no weights.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal

Cut = Literal["words", "characters"]

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:['’-][^\W_{_HAN}]+)*|[^\w\s]|_")
_CLOSING = frozenset(".,;:!?%)]}»”’")
_OPENING = frozenset("([{«“‘$")
# A sentence ends before a space or after a Chinese mark with its closing quotation mark. Chinese
# papers use a plain full stop as well, with nothing behind it.
_SENTENCE = re.compile(
    rf"(?<=[.!?])\s+|\n+|(?<=[{_HAN}][.!?])(?=[{_HAN}])"
    r"|(?<=[。！？；…])(?![。！？；…”’」』])|(?<=[。！？；…][”’」』])"
)


def words_of(text: str, *, has_punctuation: bool = False) -> list[str]:
    """Words of a text in any mixture of English and Chinese, in lower case."""
    return [word for word in split_text(text.lower()) if has_punctuation or word[0].isalnum()]


def split_text(text: str) -> list[str]:
    """Words and marks of a text as they stand."""
    words: list[str] = []
    for piece in _WORD.findall(text):
        if _is_han(piece):
            words.extend(word for word in _cut_chinese()(piece) if word.strip())
        else:
            words.append(piece)
    return words


def characters_of(text: str) -> list[str]:
    """Characters of a text in lower case, without spaces; words of Latin letters stay whole."""
    return [
        unit
        for piece in _WORD.findall(text.lower())
        for unit in (piece if _is_han(piece) else [piece])
    ]


def sentences_of(text: str) -> list[str]:
    """Sentences with their closing marks; a line break ends one as well."""
    parts = (part.strip() for part in _SENTENCE.split(text))
    return [part for part in parts if part]


def join_words(words: Sequence[str], *, language: str) -> str:
    """Words as a text: in Chinese without spaces but between Latin words, else as one writes."""
    text = ""
    for word in words:
        is_tight = not text or word[0] in _CLOSING or text[-1] in _OPENING
        if language == "zh":
            is_tight = is_tight or not (text[-1].isascii() and word[0].isascii())
        text += word if is_tight else f" {word}"
    return text


def _is_han(piece: str) -> bool:
    return piece[0] >= "\u3400" and re.match(rf"[{_HAN}]", piece) is not None


@lru_cache(maxsize=1)
def _cut_chinese() -> Callable[[str], list[str]]:
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True  # jieba would look for a cache in a shared folder
    cut: Callable[[str], list[str]] = tokenizer.lcut
    return cut
