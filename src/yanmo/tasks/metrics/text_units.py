"""Text as the units that metrics compare: words and characters of English, Chinese and mixtures.

In comes a text, out come units in order. Two cuts: `words_by_alphabet`, which is that of the
published English ROUGE (runs of a-z and 0-9, nothing else), and `units`, in which every character
of a script without spaces is a unit and words of other scripts stay whole.
"""

from __future__ import annotations

import re
import unicodedata

from yanmo.tasks.metrics.porter import stem

_LATIN_WORD = re.compile(r"[a-z0-9]+")
# Han, Kana, Thai, Lao, Khmer and Myanmar are written without spaces between words.
_WITHOUT_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNIT = re.compile(rf"[{_WITHOUT_SPACES}]|[^\W{_WITHOUT_SPACES}]+|[^\w\s]|_")


def words_by_alphabet(text: str, *, is_stemmed: bool = False) -> list[str]:
    """Lower-case runs of a-z and 0-9; Porter's stems of those over three letters where asked.

    Chinese text has none: use `units` there.
    """
    words = _LATIN_WORD.findall(text.lower())
    if is_stemmed:
        return [stem(word) if len(word) > 3 else word for word in words]
    return words


def units(text: str, *, has_punctuation: bool = False) -> list[str]:
    """Characters of Chinese and its like, words of other scripts, all in lower case.

    Full-width letters and digits count as plain ones.

    Args:
        text: any text.
        has_punctuation: whether marks are units of their own or left out.
    """
    found = _UNIT.findall(unicodedata.normalize("NFKC", text).lower())
    return [unit for unit in found if has_punctuation or not is_mark(unit)]


def is_mark(unit: str) -> bool:
    """Whether a unit is punctuation or a symbol."""
    return len(unit) == 1 and unicodedata.category(unit)[0] in "PS"
