"""Schemes of tags, and their conversion to BIO.

Comes in: the tags of one sentence in BIO, BMES or BIOES (also called BILOU). Goes out: the same
entities in BIO, or the place and the reason why they are none. Knows no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from yanmo.core.messages import listed, t

TagScheme = Literal["bio", "bmes", "bioes"]
"""`bio`: B begins, I continues. `bmes`: B, M, E, and S for one token. `bioes`: B, I, E, S (as
BILOU: B, I, L, U)."""

_PARTS: dict[str, dict[str, str]] = {
    "bio": {"B": "B", "I": "I"},
    "bmes": {"B": "B", "M": "I", "E": "E", "S": "S"},
    "bioes": {"B": "B", "I": "I", "E": "E", "L": "E", "S": "S", "U": "S"},
}
"""The letters of each scheme as those of BIOES."""


class IllegalTag(Exception):
    """A tag that cannot stand where it stands.

    Args:
        place: the index of the token.
        what: what is wrong, for the user.
    """

    def __init__(self, place: int, what: str) -> None:
        super().__init__(what)
        self.place = place
        self.what = what


def to_bio(tags: Sequence[str], scheme: TagScheme, *, repair: bool = False) -> tuple[str, ...]:
    """Tags of a sentence in BIO.

    Args:
        tags: one for each token; `O` is outside.
        scheme: what they are written in.
        repair: take illegal sequences for what seqeval's default reads in them (and CoNLL-2000's
            script before it): a tag that continues nothing begins an entity, and an entity that is
            not ended ends where another tag begins.

    Raises:
        IllegalTag: a tag is none of the scheme; or, without `repair`, stands where it cannot, such
            as I-PER after O or after B-LOC.
    """
    found: list[str] = []
    going_on: str | None = None  # the type of the entity that the next tag may continue
    for place, tag in enumerate(tags):
        part, entity = _cut(place, tag, scheme)
        continues = part in ("I", "E")
        fits = entity == going_on if continues else going_on is None or scheme == "bio"
        if not fits and not repair:
            raise _misplaced(place, tags)
        if part == "O":
            found.append("O")
        else:
            found.append(f"I-{entity}" if continues and fits else f"B-{entity}")
        going_on = entity if part in ("B", "I") else None
    if going_on is not None and scheme != "bio" and not repair:
        raise IllegalTag(len(tags) - 1, t("the entity of tag '{tag}' does not end", tag=tags[-1]))
    return tuple(found)


def _misplaced(place: int, tags: Sequence[str]) -> IllegalTag:
    """The error for a tag that cannot follow those before it."""
    if place == 0:
        return IllegalTag(place, t("tag '{tag}' cannot begin a sentence", tag=tags[0]))
    return IllegalTag(
        place,
        t("tag '{tag}' cannot follow '{before}'", tag=tags[place], before=tags[place - 1]),
    )


def _cut(place: int, tag: str, scheme: TagScheme) -> tuple[str, str]:
    """A tag as its letter in BIOES (or O) and its type.

    Raises:
        IllegalTag: it is none of the scheme.
    """
    if tag == "O":
        return "O", ""
    letter, _, entity = tag.partition("-")
    part = _PARTS[scheme].get(letter)
    if part is None or not entity.strip():
        letters = listed(f"{known}-TYPE" for known in _PARTS[scheme])
        raise IllegalTag(
            place, t("'{tag}' is no tag: known are O, {letters}", tag=tag, letters=letters)
        )
    return part, entity
