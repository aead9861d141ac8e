"""Where a word stands in a text, and which tokens make it up.

In: a text, a word, the characters that each token stands for. Out: spans of characters, places of
tokens. Case does not count. In scripts that write spaces between words, a word is a whole word; in
Chinese and others that do not, it is any place where its characters stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

SPACED_SCRIPTS = {
    "ARABIC",
    "ARMENIAN",
    "BENGALI",
    "CYRILLIC",
    "DEVANAGARI",
    "DIGIT",
    "GEORGIAN",
    "GREEK",
    "GUJARATI",
    "GURMUKHI",
    "HEBREW",
    "KANNADA",
    "LATIN",
    "MALAYALAM",
    "TAMIL",
    "TELUGU",
}
"""First words of the Unicode names of letters and digits of which words consist."""


def word_spans(text: str, word: str) -> list[tuple[int, int]]:
    """Where `word` stands in `text`: characters from, to."""
    found = (match.span() for match in re.finditer(re.escape(word), text, re.IGNORECASE))
    return [(start, end) for start, end in found if _is_whole(text, start, end)]


def token_places(spans: Sequence[tuple[int, int]], offsets: Sequence[tuple[int, int]]) -> list[int]:
    """The tokens that stand for any character in `spans`, by their places in `offsets`."""
    return [
        place
        for place, (start, end) in enumerate(offsets)
        if any(start < span_end and end > span_start for span_start, span_end in spans)
    ]


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether what stands from `start` to `end` goes on on neither side."""
    goes_on_before = start > 0 and _joins(text[start - 1], text[start])
    goes_on_behind = end < len(text) and _joins(text[end - 1], text[end])
    return not (goes_on_before or goes_on_behind)


def _joins(left: str, right: str) -> bool:
    return _is_word_character(left) and _is_word_character(right)


def _is_word_character(character: str) -> bool:
    if not character.isalnum():
        return unicodedata.combining(character) > 0
    return unicodedata.name(character, "").split(" ")[0] in SPACED_SCRIPTS
