"""Tags of words, as an item of an evaluation stores them, as spans of its text.

In: the text of an item and its tags (`O | B-ORG | I-ORG`). Out: the words with their places, and
spans of characters with a kind. Where the tags are not one for each word, or each character,
nothing is said: the tags are shown as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_BETWEEN = " | "


def tag_spans(text: str, tags: str | None) -> list[dict[str, Any]] | None:
    """The spans that BIO or BMES tags mark, or None where tags and text do not fit."""
    if tags is None:
        return None
    each = tags.split(_BETWEEN)
    places = _places(text, len(each))
    if places is None:
        return None
    spans: list[dict[str, Any]] = []
    is_open = False
    for (start, end), tag in zip(places, each, strict=True):
        mark, _, kind = tag.partition("-")
        if not kind:
            is_open = False
            continue
        goes_on = is_open and mark in ("I", "M", "E") and spans[-1]["kind"] == kind
        if goes_on:
            spans[-1]["end"] = end
        else:
            spans.append({"start": start, "end": end, "kind": kind})
        is_open = mark not in ("E", "S")
    return spans


def tag_kinds(all_tags: Iterable[str | None]) -> list[str]:
    """Every kind that occurs, in the order of the alphabet."""
    found = {tag for tags in all_tags if tags for tag in tags.split(_BETWEEN)}
    return sorted({tag.partition("-")[2] for tag in found} - {""})


def _places(text: str, number: int) -> list[tuple[int, int]] | None:
    """Where each of `number` words, or characters, stands."""
    words = text.split(" ")
    if len(words) == number:
        places, at = [], 0
        for word in words:
            places.append((at, at + len(word)))
            at += len(word) + 1
        return places
    if len(text) == number:
        return [(at, at + 1) for at in range(number)]
    return None
