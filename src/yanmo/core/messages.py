"""Messages in English and Chinese.

The English sentence is the key: `t("read {count} documents", count=3)`. A Chinese reader sees the
entry of `messages_zh.CHINESE` instead; a test holds that every sentence passed to `t` has one.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def language() -> str:
    """`zh` or `en`: what `YANMO_LANG` says, else the locale's environment variables."""
    for variable in ("YANMO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def t(sentence: str, /, **values: Any) -> str:
    """`sentence` in the reader's language, with `{name}` fields filled from `values`."""
    if language() == "zh":
        from yanmo.core.messages_zh import CHINESE

        sentence = CHINESE.get(sentence, sentence)
    return sentence.format(**values) if values else sentence
