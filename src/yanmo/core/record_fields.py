"""A record that was read from a file, and what is wrong with it.

Comes in: what JSON gives. Goes out: the fields that must be there. Knows neither file nor row: who
reads the file adds them to the message.
"""

from __future__ import annotations

from typing import Any

from yanmo.core.messages import t


class Malformed(Exception):
    """A record is not in the form that is read; the message says what is missing.

    Args:
        what: the message.
        entry: of a record with several entries the index of the wrong one.
    """

    def __init__(self, what: str, entry: int = 0) -> None:
        super().__init__(what)
        self.entry = entry


def text_in(record: Any, name: str) -> str:
    """A field that must be there and be a text.

    Raises:
        Malformed: it is missing or no text.
    """
    value = record.get(name) if isinstance(record, dict) else None
    if not isinstance(value, str):
        raise Malformed(t("the field {name} is missing or no text", name=name))
    return value
