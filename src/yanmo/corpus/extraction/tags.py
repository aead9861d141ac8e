"""What the scanner knows about HTML's elements.

Goes out: a number for every element name, what kind of element it is, and look-up arrays for the
kernels. Knows nothing of pages. Element kinds follow the HTML standard's parsing chapter
(https://html.spec.whatwg.org/multipage/parsing.html).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import lean_kernel

BLOCK = 1  # begins and ends a block of text
PUSHED = 2  # stands on the stack of open elements
RAW = 4  # its content is text up to its own closing tag
DROPPED = 8  # nobody sees its content
CLOSES_P = 16  # its opening tag ends an open paragraph
CONTAINER = 32  # holds blocks; paragraphs are counted by container
SCOPE = 64  # an implied or misplaced closing tag does not reach through it
HEADING = 128

_CONTAINERS = (
    "div section article main aside nav header footer form fieldset figure ul ol dl menu center "
    "details dialog address hgroup blockquote search"
)
_TEXT_BLOCKS = "p pre figcaption summary legend caption dir listing"
_ITEMS = "li dt dd"
_HEADINGS = "h1 h2 h3 h4 h5 h6"
_TABLE_PARTS = "tr thead tbody tfoot"
_CELLS = "td th"
_RAW_DROPPED = "script style noscript iframe noembed noframes textarea xmp"
_DROPPED = "template svg math select datalist button object canvas audio video map head"
_VOID = "br hr img input meta link area base col embed source track wbr param keygen basefont"
_INLINE_PUSHED = "span label time cite"
_NOT_PUSHED = "html body a b i em strong"

_STRUCTURE_NAMES = (
    "article main nav header footer aside form figure figcaption table cell list blockquote pre "
    "heading section address definition caption time details item label"
)

_FNV_OFFSET = 2166136261
_FNV_PRIME = 16777619
_TABLE_SLOTS = 1024


def _numbered() -> dict[str, int]:
    """A number for every name; 0 is left for names that nobody knows."""
    blocks = (_CONTAINERS, _TEXT_BLOCKS, _ITEMS, _HEADINGS, "table", _TABLE_PARTS, _CELLS)
    groups = (*blocks, _RAW_DROPPED, "title", _DROPPED, _VOID, _INLINE_PUSHED, _NOT_PUSHED)
    names = [name for group in groups for name in group.split()]
    assert len(names) == len(set(names)), "an element stands in two groups"
    return {name: number for number, name in enumerate(names, start=1)}


TAGS = _numbered()
UNKNOWN_TAG = 0
CUSTOM_TAG = len(TAGS) + 1
"""Elements with a hyphen in their name, which pages define themselves."""
NUM_TAGS = CUSTOM_TAG + 1

STRUCTURE = tuple(_STRUCTURE_NAMES.split())
"""Kinds of ancestors that a block remembers, one bit each."""

_STRUCTURE_OF = {
    **{name: name for name in STRUCTURE if name in TAGS},
    **dict.fromkeys(("td", "th"), "cell"),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), "list"),
    **dict.fromkeys(("dl", "dt", "dd"), "definition"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "hgroup"), "heading"),
    "li": "item",
    "summary": "details",
    "listing": "pre",
}


def _kinds() -> dict[str, int]:
    """The kind of every element."""
    kinds: dict[str, int] = {}
    block = BLOCK | PUSHED | CLOSES_P
    kinds.update(dict.fromkeys(_CONTAINERS.split(), block | CONTAINER))
    kinds.update(dict.fromkeys(_TEXT_BLOCKS.split(), block))
    kinds.update(dict.fromkeys(_ITEMS.split(), block | CONTAINER))
    kinds.update(dict.fromkeys(_HEADINGS.split(), block | HEADING))
    kinds.update(dict.fromkeys(["table", *_CELLS.split()], block | CONTAINER | SCOPE))
    kinds.update(dict.fromkeys(_TABLE_PARTS.split(), BLOCK | PUSHED))
    kinds.update(dict.fromkeys(_RAW_DROPPED.split(), RAW | DROPPED))
    kinds.update(dict.fromkeys(_DROPPED.split(), PUSHED | DROPPED))
    kinds.update(dict.fromkeys(_VOID.split(), 0))
    kinds.update(dict.fromkeys(_INLINE_PUSHED.split(), PUSHED))
    kinds.update(dict.fromkeys(_NOT_PUSHED.split(), 0))
    kinds["template"] |= SCOPE
    kinds.update({"title": RAW, "hr": BLOCK | CLOSES_P, "head": 0, "label": BLOCK | PUSHED})
    return kinds


@dataclass(frozen=True)
class TagTables:
    """Look-up arrays for the kernels.

    Args:
        slots: (1024, 2) int64, hash of the name and its number; open addressing, number 0 is free.
        kind: (NUM_TAGS,) int64, the kind of each element.
        structure: (NUM_TAGS,) int64, its bit in `STRUCTURE`, or 0.
    """

    slots: NDArray[np.int64]
    kind: NDArray[np.int64]
    structure: NDArray[np.int64]


def hash_of(name: str) -> int:
    """FNV-1a of a lower-case ASCII name, 32 bits."""
    value = _FNV_OFFSET
    for byte in name.encode("ascii"):
        value = ((value ^ byte) * _FNV_PRIME) & 0xFFFFFFFF
    return value


@lean_kernel
def hash_byte(value: int, byte: int) -> int:
    """One more byte in a running FNV-1a hash of 32 bits."""
    return ((value ^ byte) * 16777619) & 0xFFFFFFFF


@lean_kernel
def find_slot(slots: NDArray[np.int64], value: int) -> int:
    """What a hash table holds for a hash; 0 where it holds nothing."""
    at = value & (slots.shape[0] - 1)
    while slots[at, 1] != 0:
        if slots[at, 0] == value:
            return int(slots[at, 1])
        at = (at + 1) & (slots.shape[0] - 1)
    return 0


def build_slots(numbers: dict[str, int], num_slots: int) -> NDArray[np.int64]:
    """A hash table for `find_slot`; numbers must not be 0 and `num_slots` is a power of two."""
    slots = np.zeros((num_slots, 2), np.int64)
    seen: dict[int, str] = {}
    for name, number in numbers.items():
        value = hash_of(name)
        assert value not in seen, f"{name} and {seen[value]} have the same hash"
        seen[value] = name
        at = value & (num_slots - 1)
        while slots[at, 1]:
            at = (at + 1) & (num_slots - 1)
        slots[at] = value, number
    return slots


@lru_cache(maxsize=1)
def tag_tables() -> TagTables:
    """The look-up arrays, made once."""
    kind = np.zeros(NUM_TAGS, np.int64)
    structure = np.zeros(NUM_TAGS, np.int64)
    kinds = _kinds()
    for name, number in TAGS.items():
        kind[number] = kinds[name]
        if name in _STRUCTURE_OF:
            structure[number] = 1 << STRUCTURE.index(_STRUCTURE_OF[name])
    kind[CUSTOM_TAG] = BLOCK | PUSHED | CONTAINER
    return TagTables(build_slots(TAGS, _TABLE_SLOTS), kind, structure)
