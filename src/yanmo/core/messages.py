"""Messages in English and Chinese.

The English sentence is the key: `t("read {count} documents", count=3)`. A Chinese reader sees the
entry of `messages_zh.CHINESE` instead; a test holds that every sentence passed to `t` has one.
"""

from __future__ import annotations

import os
from functools import lru_cache
from numbers import Integral
from typing import Any


class _Count(int):
    """A whole number that can choose its noun: `{n:file|files}` is `file` for 1, else `files`."""

    def __format__(self, specification: str) -> str:
        one, bar, many = specification.partition("|")
        if bar:
            return one if self == 1 else many
        return int(self).__format__(specification)


@lru_cache(maxsize=1)
def language() -> str:
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
    if language() == "zh":
        from yanmo.core.messages_zh import CHINESE

        sentence = CHINESE.get(sentence, sentence)
    if not values:
        return sentence
    return sentence.format(**{name: _counted(value) for name, value in values.items()})


def _counted(value: Any) -> Any:
    is_count = isinstance(value, Integral) and not isinstance(value, bool)
    return _Count(value) if is_count else value
