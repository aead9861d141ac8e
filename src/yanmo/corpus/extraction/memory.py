"""The arrays that the scanner works in, and what stands where in them.

Goes out: `PageMemory`, a named tuple of NumPy arrays that kernels pass on, made for a page of a
given size. Memory is bounded: a page has at most 65,536 blocks and 262,144 containers; what comes
after that is added to the last one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.entities import entity_tables
from yanmo.corpus.extraction.tags import NUM_TAGS, tag_tables
from yanmo.corpus.extraction.words import word_slots

MAX_BLOCKS = 1 << 16
MAX_CONTAINERS = 1 << 18
MAX_DEPTH = 512
"""Deeper elements are not told apart from the one they stand in, as in browsers."""
MAX_NOTES = 64

# Columns of `stack`, one row for each open element.
S_TAG, S_WORDS, S_STRUCTURE, S_CONTAINER, S_DROPPED, S_TABLE_AT, S_TABLE, S_ROW, S_CELL = range(9)
STACK_COLUMNS = 9

# Columns of `blocks`.
(
    B_START,  # first byte in `out`
    B_END,
    B_TAG,  # the block-level element that it stands in
    B_CONTAINER,
    B_WORDS,  # word groups of the elements from the text up to its container
    B_STRUCTURE,  # kinds of all ancestors
    B_LINK_BYTES,
    B_LINKS,
    B_BOLD_BYTES,
    B_DEPTH,
    B_TABLE,  # 0 outside of tables
    B_ROW,
    B_CELL,
    B_SOURCE,  # where in the page it began
    B_TAGS,  # tags since the block before
    B_BREAKS,  # <br> inside
    B_IMAGES,  # images since the block before
    B_SPLIT,  # 1 where two <br> end it
) = range(18)
BLOCK_COLUMNS = 18

# Columns of `containers`; number 0 is the page.
C_PARENT, C_TAG, C_WORDS, C_STRUCTURE = range(4)
CONTAINER_COLUMNS = 4

# Places in `state`.
(
    OUT,
    NUM_BLOCKS,
    DEPTH,
    NUM_CONTAINERS,
    DROPPING,  # open elements whose content nobody sees
    OVERFLOW,  # open elements beyond MAX_DEPTH
    SPACE,  # white space waits to be written
    PRE,  # open <pre>
    BLOCK_START,
    LINK_DEPTH,  # -1 outside of links
    LINK_START,
    LINK_BYTES,
    LINKS,
    IS_BOLD,
    BOLD_START,
    BOLD_BYTES,
    SOURCE,
    TAGS_SINCE,
    BREAKS,
    IMAGES,
    NUM_TABLES,
    NO_QUOTE,  # no closing " follows
    NO_APOSTROPHE,
    NO_COMMENT_END,
    NUM_NOTES,
    FIRST_TAG,  # these four: what the block saw at its first character
    FIRST_WORDS,
    FIRST_STRUCTURE,
    FIRST_CONTAINER,
    HAS_TITLE,
    LANG_START,
    LANG_END,
    NEXT_SCRIPT_END,
) = range(33)
STATE_SIZE = 33

# Places in `attributes`: what the attributes of one tag said.
A_WORDS, A_HIDDEN, A_LINK, A_LANG_START, A_LANG_END = range(5)

# Columns of `notes`: byte ranges that may tell the date or the title.
N_KIND, N_START, N_END = range(3)
NOTE_META, NOTE_TIME, NOTE_JSON = 1, 2, 3


class PageMemory(NamedTuple):
    """Everything that the scanner reads and writes, as arrays (n bytes of HTML).

    Args:
        data: (n,) uint8, the page.
        out: (m,) uint8, the visible text, block after block.
        state: (STATE_SIZE,) int64.
        stack: (MAX_DEPTH, STACK_COLUMNS) int64.
        open_count: (NUM_TAGS,) int64, how many elements of each name are open.
        blocks: (b, BLOCK_COLUMNS) int64.
        containers: (c, CONTAINER_COLUMNS) int64.
        notes: (MAX_NOTES, 3) int64.
        attributes: (5,) int64, scratch.
        found: (2,) int64, scratch.
        raw_missing: (NUM_TAGS,) int64, 1 where no closing tag of that name follows.
        tag_slots, tag_kind, tag_structure, word_slots, entity_slots, cp1252: look-up arrays.
    """

    data: NDArray[np.uint8]
    out: NDArray[np.uint8]
    state: NDArray[np.int64]
    stack: NDArray[np.int64]
    open_count: NDArray[np.int64]
    blocks: NDArray[np.int64]
    containers: NDArray[np.int64]
    notes: NDArray[np.int64]
    attributes: NDArray[np.int64]
    found: NDArray[np.int64]
    raw_missing: NDArray[np.int64]
    tag_slots: NDArray[np.int64]
    tag_kind: NDArray[np.int64]
    tag_structure: NDArray[np.int64]
    word_slots: NDArray[np.int64]
    entity_slots: NDArray[np.int64]
    cp1252: NDArray[np.int64]


def memory_for(html: bytes) -> PageMemory:
    """Fresh memory for one page."""
    data = np.frombuffer(html, np.uint8)
    num_tags = html.count(b"<")
    tags, entities = tag_tables(), entity_tables()
    state = np.zeros(STATE_SIZE, np.int64)
    state[NUM_CONTAINERS] = 1
    state[LINK_DEPTH] = -1
    return PageMemory(
        data=data,
        out=np.empty(len(data) + len(data) // 4 + 64, np.uint8),
        state=state,
        stack=np.zeros((MAX_DEPTH, STACK_COLUMNS), np.int64),
        open_count=np.zeros(NUM_TAGS, np.int64),
        blocks=np.empty((min(num_tags + 2, MAX_BLOCKS), BLOCK_COLUMNS), np.int64),
        containers=np.zeros((min(num_tags + 2, MAX_CONTAINERS), CONTAINER_COLUMNS), np.int64),
        notes=np.zeros((MAX_NOTES, 3), np.int64),
        attributes=np.zeros(5, np.int64),
        found=np.zeros(2, np.int64),
        raw_missing=np.zeros(NUM_TAGS, np.int64),
        tag_slots=tags.slots,
        tag_kind=tags.kind,
        tag_structure=tags.structure,
        word_slots=word_slots(),
        entity_slots=entities.slots,
        cp1252=entities.cp1252,
    )
