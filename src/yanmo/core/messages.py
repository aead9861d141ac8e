"""Messages in English and Chinese.

The English sentence is the key: `t("read {count} documents", count=3)`. A Chinese reader sees the
entry of `messages_zh.CHINESE` instead; a test holds that every sentence passed to `t` has one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from itertools import islice
from numbers import Integral
from string import Formatter
from typing import Any

_FORMATTER = Formatter()
_CHOSEN: ContextVar[str | None] = ContextVar("chosen_language", default=None)


class _Count(int):
    """A whole number that can choose its noun: `{n:file|files}` is `file` for 1, else `files`."""

    def __format__(self, specification: str) -> str:
        one, bar, many = specification.partition("|")
        if bar:
            return one if self == 1 else many
        return int(self).__format__(specification)


def language() -> str:
    """`zh` or `en`: what `speaking` chose, else the language of the environment."""
    return _CHOSEN.get() or language_of_environment()


@contextmanager
def speaking(wanted: str | None) -> Iterator[str]:
    """Have `t` speak `wanted` ("en" or "zh") inside the block; None keeps the reader's language.

    Yields the language spoken. Other threads and tasks speak their own.
    """
    token = _CHOSEN.set(wanted or language())
    try:
        yield language()
    finally:
        _CHOSEN.reset(token)


@lru_cache(maxsize=1)
def language_of_environment() -> str:
    """`zh` or `en`: what `YANMO_LANG` says, else the locale's environment variables."""
    for variable in ("YANMO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def t(sentence: str, /, **values: Any) -> str:
    """`sentence` in the reader's language, with `{name}` fields filled from `values`.

    A field of a whole number may choose between two words: `{n} {n:file|files}`.
    """
    filled = {name: _counted(value) for name, value in values.items()}
    if language() == "zh":
        from yanmo.core.messages_zh import CHINESE

        sentence = CHINESE.get(sentence, sentence)
        return _filled_in_chinese(sentence, filled) if values else sentence
    return sentence.format(**filled) if values else sentence


def _filled_in_chinese(sentence: str, values: dict[str, Any]) -> str:
    """`sentence.format(**values)`, where a space that parts 汉字 from a foreign word or a number is
    left out once the field turns out to hold 汉字 itself."""
    text, is_after_chinese = "", False
    for literal, name, specification, conversion in _FORMATTER.parse(sentence):
        if is_after_chinese and literal.startswith(" ") and _is_chinese(literal[1:2]):
            literal = literal[1:]
        if name is None:
            return text + literal
        value = _FORMATTER.convert_field(values[name], conversion)
        value = format(value, specification or "")
        if _is_chinese(value[:1]) and literal.endswith(" ") and _is_chinese(literal[-2:-1]):
            literal = literal[:-1]
        text += literal + value
        is_after_chinese = _is_chinese(value[-1:])
    return text


def _is_chinese(character: str) -> bool:
    """Whether it is one of the 汉字 or of the marks that fill as much room."""
    return (
        "\u3000" <= character <= "\u303f"
        or "\u3400" <= character <= "\u9fff"
        or ("\uff00" <= character <= "\uffef")
    )


def listed(names: Iterable[str], limit: int | None = None) -> str:
    """Names one after the other, as a list is written in the reader's language.

    Args:
        limit: so many are named; dots stand for the others.
    """
    comma, dots = ("、", "……") if language() == "zh" else (", ", ", ...")
    rest = iter(names)
    shown = comma.join(islice(rest, limit))
    return shown if next(rest, None) is None else shown + dots


def _counted(value: Any) -> Any:
    is_count = isinstance(value, Integral) and not isinstance(value, bool)
    return _Count(value) if is_count else value
