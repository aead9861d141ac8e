"""The stack of open elements.

Comes in: opening and closing tags, one by one. Goes out: a stack that says what surrounds the
text, tolerant of tags that are missing, crossed or never closed. No tag costs more than a bounded
number of steps, apart from the elements that it takes off the stack, each of which is taken off
once.
"""

from __future__ import annotations

from yanmo.corpus.extraction.memory import (
    A_HIDDEN,
    A_WORDS,
    BLOCK_START,
    C_PARENT,
    C_STRUCTURE,
    C_TAG,
    C_WORDS,
    DEPTH,
    DROPPING,
    LINK_BYTES,
    LINK_DEPTH,
    LINK_START,
    MAX_DEPTH,
    NUM_CONTAINERS,
    NUM_TABLES,
    OUT,
    OVERFLOW,
    PRE,
    S_CELL,
    S_CONTAINER,
    S_DROPPED,
    S_ROW,
    S_STRUCTURE,
    S_TABLE,
    S_TABLE_AT,
    S_TAG,
    S_WORDS,
    PageMemory,
)
from yanmo.corpus.extraction.tags import BLOCK, CLOSES_P, CONTAINER, DROPPED, HEADING, SCOPE, TAGS
from yanmo.corpus.extraction.text import end_block
from yanmo.corpus.kernel import lean_kernel

_P = TAGS["p"]
_LI = TAGS["li"]
_DT = TAGS["dt"]
_DD = TAGS["dd"]
_UL = TAGS["ul"]
_OL = TAGS["ol"]
_DL = TAGS["dl"]
_TR = TAGS["tr"]
_TD = TAGS["td"]
_TH = TAGS["th"]
_TABLE = TAGS["table"]
_PRE = TAGS["pre"]
_MAX_STEPS = 64  # how far down the stack a tag looks for the element that it ends


@lean_kernel
def pop(page: PageMemory) -> None:
    """Take the innermost element off the stack."""
    state = page.state
    row = state[DEPTH] - 1
    tag = page.stack[row, S_TAG]
    page.open_count[tag] -= 1
    state[DROPPING] -= page.stack[row, S_DROPPED]
    if tag == _PRE:
        state[PRE] -= 1
    state[DEPTH] = row
    if state[LINK_DEPTH] > row:  # the link was opened inside and never closed
        state[LINK_BYTES] += max(state[OUT] - max(state[LINK_START], state[BLOCK_START]), 0)
        state[LINK_DEPTH] = -1


@lean_kernel
def _pop_through(page: PageMemory, row: int) -> None:
    """Take elements off the stack until the one in `row` is gone."""
    while page.state[DEPTH] > row:
        pop(page)


@lean_kernel
def _find_open(page: PageMemory, tag: int, through_scope: bool) -> int:
    """The row of the innermost open element with this name; -1 where none is near enough."""
    if page.open_count[tag] == 0:
        return -1
    row: int = page.state[DEPTH] - 1
    lowest = max(row - _MAX_STEPS, 0)
    while row >= lowest:
        here = page.stack[row, S_TAG]
        if here == tag:
            return row
        if not through_scope and page.tag_kind[here] & SCOPE:
            return -1
        row -= 1
    return -1


@lean_kernel
def _end_item(page: PageMemory, first: int, second: int) -> None:
    """A new list item ends the one before it in the same list."""
    row = page.state[DEPTH] - 1
    lowest = max(row - _MAX_STEPS, 0)
    while row >= lowest:
        tag = page.stack[row, S_TAG]
        if tag in (first, second):
            _pop_through(page, row)
            return
        if tag in (_UL, _OL, _DL) or page.tag_kind[tag] & SCOPE:
            return
        row -= 1


@lean_kernel
def _end_table_part(page: PageMemory, tag: int) -> None:
    """A new cell or row ends the cell or row before it in the same table."""
    row = page.state[DEPTH] - 1
    lowest = max(row - _MAX_STEPS, 0)
    found = -1
    while row >= lowest and page.stack[row, S_TAG] != _TABLE:
        here = page.stack[row, S_TAG]
        if here in (_TD, _TH) or (here == _TR and tag == _TR):
            found = row
        row -= 1
    if found >= 0 and row >= 0:
        _pop_through(page, found)


@lean_kernel
def _imply_ends(page: PageMemory, tag: int, kind: int) -> None:
    """End the elements that an opening tag ends without saying so."""
    if kind & CLOSES_P and page.open_count[_P]:
        row = _find_open(page, _P, False)
        if row >= 0:
            _pop_through(page, row)
    if kind & HEADING and page.state[DEPTH]:
        top = page.stack[page.state[DEPTH] - 1, S_TAG]
        if page.tag_kind[top] & HEADING:
            pop(page)
    if tag == _LI:
        _end_item(page, _LI, _LI)
    elif tag in (_DT, _DD):
        _end_item(page, _DT, _DD)
    elif tag in (_TD, _TH, _TR):
        _end_table_part(page, tag)


@lean_kernel
def _new_container(page: PageMemory, parent: int, tag: int, structure: int) -> int:
    """A number for an element that may hold blocks."""
    number: int = page.state[NUM_CONTAINERS]
    if number == page.containers.shape[0]:
        return parent
    page.containers[number, C_PARENT] = parent
    page.containers[number, C_TAG] = tag
    page.containers[number, C_WORDS] = page.attributes[A_WORDS]
    page.containers[number, C_STRUCTURE] = structure
    page.state[NUM_CONTAINERS] = number + 1
    return number


@lean_kernel
def _note_table_part(page: PageMemory, tag: int, row: int, table_at: int) -> int:
    """Count tables, rows and cells. Returns the row of the stack where the table stands."""
    stack = page.stack
    if tag == _TABLE:
        page.state[NUM_TABLES] += 1
        stack[row, S_TABLE] = page.state[NUM_TABLES]
        stack[row, S_ROW] = 0
        stack[row, S_CELL] = 0
        return row
    if table_at >= 0:
        if tag == _TR:
            stack[table_at, S_ROW] += 1
            stack[table_at, S_CELL] = 0
        elif tag in (_TD, _TH):
            stack[table_at, S_CELL] += 1
    return table_at


@lean_kernel
def open_element(page: PageMemory, tag: int) -> None:
    """Put an element on the stack; its attributes have just been read."""
    state = page.state
    stack = page.stack
    kind = page.tag_kind[tag]
    is_dropped = 1 if kind & DROPPED or page.attributes[A_HIDDEN] else 0
    if kind & BLOCK:
        end_block(page, 0)
    _imply_ends(page, tag, kind)
    row = state[DEPTH]
    if row == MAX_DEPTH:
        state[OVERFLOW] += 1
        return
    structure = 0
    container = 0
    table_at = -1
    if row:
        structure = stack[row - 1, S_STRUCTURE]
        container = stack[row - 1, S_CONTAINER]
        table_at = stack[row - 1, S_TABLE_AT]
    structure |= page.tag_structure[tag]
    stack[row, S_TAG] = tag
    stack[row, S_WORDS] = page.attributes[A_WORDS]
    stack[row, S_STRUCTURE] = structure
    stack[row, S_DROPPED] = is_dropped
    stack[row, S_TABLE_AT] = _note_table_part(page, tag, row, table_at)
    if kind & CONTAINER and not is_dropped:
        container = _new_container(page, container, tag, structure)
    stack[row, S_CONTAINER] = container
    page.open_count[tag] += 1
    state[DROPPING] += is_dropped
    if tag == _PRE:
        state[PRE] += 1
    state[DEPTH] = row + 1


@lean_kernel
def close_element(page: PageMemory, tag: int) -> None:
    """End an element. A closing tag without an open element near enough is left alone."""
    state = page.state
    kind = page.tag_kind[tag]
    if kind & BLOCK:
        end_block(page, 0)
    if state[OVERFLOW]:
        state[OVERFLOW] -= 1
        return
    row = _find_open(page, tag, kind & SCOPE != 0)
    if row < 0:
        return
    if not kind & BLOCK and not kind & DROPPED:
        for above in range(row + 1, state[DEPTH]):
            if page.tag_kind[page.stack[above, S_TAG]] & BLOCK:
                return  # an inline element does not end the blocks inside it
    _pop_through(page, row)
