"""The language a report is written in, while it is written, and how sentences follow in it.

`t` follows the environment of the process; a report may be wanted in the other language. Knows the
message catalogue and nothing about reports.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from yanmo.core.messages import language

# What stands between two sentences.
_GAPS = {"en": " ", "zh": ""}
_VARIABLE = "YANMO_LANG"


def prose(*sentences: str) -> str:
    """Sentences one after the other, empty ones left out; Chinese needs no space between them."""
    return _GAPS[language()].join(sentence for sentence in sentences if sentence)


@contextmanager
def speaking(wanted: str | None) -> Iterator[str]:
    """Have `t` speak `wanted` ("en" or "zh") inside the block; None keeps the reader's language.

    Yields the language spoken. Not for use from several threads at once.
    """
    if wanted is None:
        yield language()
        return
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = wanted
    language.cache_clear()
    try:
        yield language()
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before
        language.cache_clear()
