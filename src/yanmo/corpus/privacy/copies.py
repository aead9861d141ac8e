"""What a document's metadata repeats of its text, masked too.

Comes in: the metadata of a document in whose text something was masked. Goes out: the same with the
sides of translations, the questions and answers, and the turns of a conversation masked. Knows
nothing of what is private.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

COPIES = ("pairs", "questions", "messages")
"""The keys under which sources keep parts of the text, in the form in which they found them."""

_PLACES = ("start",)


def mask_copies(metadata: dict[str, Any], mask: Callable[[list[str]], list[str]]) -> None:
    """Mask every string below `COPIES` in place.

    Places of answers become null: they counted characters of the text as it was.

    Args:
        metadata: of one document.
        mask: masks texts.
    """
    strings: list[str] = []
    kept = {name: metadata[name] for name in COPIES if name in metadata}
    _collect(kept, strings)
    if not strings:
        return
    masked = dict(zip(strings, mask(strings), strict=True))
    metadata.update(_replaced(kept, masked))


def _collect(value: Any, strings: list[str]) -> None:
    """Add every string inside a JSON value to `strings`."""
    if isinstance(value, str):
        strings.append(value)
    elif isinstance(value, list):
        for item in value:
            _collect(item, strings)
    elif isinstance(value, dict):
        for item in value.values():
            _collect(item, strings)


def _replaced(value: Any, masked: dict[str, str]) -> Any:
    """A JSON value with its strings replaced and its places forgotten."""
    if isinstance(value, str):
        return masked[value]
    if isinstance(value, list):
        return [_replaced(item, masked) for item in value]
    if isinstance(value, dict):
        return {
            name: None if name in _PLACES else _replaced(item, masked)
            for name, item in value.items()
        }
    return value
