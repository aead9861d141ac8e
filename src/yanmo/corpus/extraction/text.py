"""Visible text, written as a browser would show it.

Comes in: the bytes between two tags. Goes out: the same text at the end of the page's `out`, with
character references decoded, white space collapsed, and control characters left out; and finished
blocks with what was counted about them. Knows nothing of tags.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.attributes import is_space
from yanmo.corpus.extraction.entities import read_reference
from yanmo.corpus.extraction.memory import (
    B_BOLD_BYTES,
    B_BREAKS,
    B_CELL,
    B_CONTAINER,
    B_DEPTH,
    B_END,
    B_IMAGES,
    B_LINK_BYTES,
    B_LINKS,
    B_ROW,
    B_SOURCE,
    B_SPLIT,
    B_START,
    B_STRUCTURE,
    B_TABLE,
    B_TAG,
    B_TAGS,
    B_WORDS,
    BLOCK_START,
    BOLD_BYTES,
    BOLD_START,
    BREAKS,
    C_WORDS,
    DEPTH,
    FIRST_CONTAINER,
    FIRST_STRUCTURE,
    FIRST_TAG,
    FIRST_WORDS,
    IMAGES,
    IS_BOLD,
    LINK_BYTES,
    LINK_DEPTH,
    LINK_START,
    LINKS,
    NUM_BLOCKS,
    OUT,
    PRE,
    S_CELL,
    S_CONTAINER,
    S_ROW,
    S_STRUCTURE,
    S_TABLE,
    S_TABLE_AT,
    S_TAG,
    S_WORDS,
    SOURCE,
    SPACE,
    TAGS_SINCE,
    PageMemory,
)
from yanmo.corpus.extraction.tags import BLOCK
from yanmo.corpus.kernel import lean_kernel
from yanmo.corpus.utf8 import character_at, width_of, write_character

_NO_BREAK_SPACE = 0xA0
_IDEOGRAPHIC_SPACE = 0x3000
_BYTE_ORDER_MARK = 0xFEFF


@lean_kernel
def is_blank_code(code: int) -> bool:
    """Whether a character is dropped at the beginning of a line: it would only indent."""
    return code in (_NO_BREAK_SPACE, _IDEOGRAPHIC_SPACE, _BYTE_ORDER_MARK)


@lean_kernel
def _note_first_character(page: PageMemory, at: int) -> None:
    """Remember in which elements a block begins."""
    state = page.state
    height = state[DEPTH]
    state[SOURCE] = at
    words = 0
    tag = 0
    row = height - 1
    while row >= 0 and tag == 0:
        words |= page.stack[row, S_WORDS]
        if page.tag_kind[page.stack[row, S_TAG]] & BLOCK:
            tag = page.stack[row, S_TAG]
        row -= 1
    state[FIRST_TAG] = tag
    state[FIRST_CONTAINER] = page.stack[height - 1, S_CONTAINER] if height else 0
    state[FIRST_STRUCTURE] = page.stack[height - 1, S_STRUCTURE] if height else 0
    state[FIRST_WORDS] = words | page.containers[state[FIRST_CONTAINER], C_WORDS]


@lean_kernel
def _write_in_pre(page: PageMemory, byte: int, at: int) -> None:
    """White space inside <pre>, kept except for line feeds at its beginning."""
    state = page.state
    is_first = state[OUT] == state[BLOCK_START]
    if byte == 13 or byte == 12 or (is_first and byte == 10):
        return
    if is_first:
        _note_first_character(page, at)
    page.out[state[OUT]] = byte
    state[OUT] += 1


@lean_kernel
def _write_code(page: PageMemory, code: int, at: int) -> None:
    """One character that is not ASCII white space in the page's source."""
    state = page.state
    out = page.out
    if code < 32 or 127 <= code < 160:
        if is_space(code):
            state[SPACE] = 1
        return
    if code == 32:
        state[SPACE] = 1
        return
    pos = state[OUT]
    is_first = pos == state[BLOCK_START]
    is_line_start = is_first or out[pos - 1] == 10
    if is_line_start and state[PRE] == 0 and is_blank_code(code):
        return
    if is_first:
        _note_first_character(page, at)
    elif state[SPACE] and not is_line_start:
        out[pos] = 32
        pos += 1
    state[SPACE] = 0
    state[OUT] = write_character(out, pos, code)


@lean_kernel
def _plain_run(data: NDArray[np.uint8], at: int, end: int) -> int:
    """The end of the run of bytes that are copied as they are: no white space, control
    character, ampersand, or character whose first byte is C2, E3 or EF (they may be blank)."""
    while at < end:
        byte = data[at]
        if byte <= 32 or byte == 38 or byte == 127 or byte == 0xC2 or byte == 0xE3 or byte == 0xEF:
            break
        at += 1
    return at


@lean_kernel
def _decode(data: NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """The character at `at` and the byte after it; 0 for bytes that are no character."""
    first = data[at]
    if 0x80 <= first < 0xC0 or at + width_of(first) > end:
        return 0, at + 1
    code, width = character_at(data, at)
    return code, at + width


@lean_kernel
def write_text(page: PageMemory, at: int, end: int) -> None:
    """Write the visible text of `data[at:end]`, which holds no tags, at the end of `out`."""
    data, out, state = page.data, page.out, page.state
    while at < end:
        byte = data[at]
        if is_space(byte):
            if state[PRE]:
                _write_in_pre(page, byte, at)
            else:
                state[SPACE] = 1
            at += 1
            continue
        stop = _plain_run(data, at, end)
        if stop > at:
            pos = state[OUT]
            if pos == state[BLOCK_START]:
                _note_first_character(page, at)
            elif state[SPACE] and out[pos - 1] != 10:
                out[pos] = 32
                pos += 1
            state[SPACE] = 0
            for place in range(at, stop):
                out[pos] = data[place]
                pos += 1
            state[OUT] = pos
            at = stop
            continue
        after = -1
        if byte == 38:
            after = read_reference(data, at, page.entity_slots, page.cp1252, page.found)
            code = page.found[0]
        if after < 0:
            code, after = _decode(data, at, end)
            page.found[1] = 0
        _write_code(page, code, at)
        if page.found[1]:
            _write_code(page, page.found[1], at)
        at = min(after, end)


@lean_kernel
def _trimmed_end(out: NDArray[np.uint8], start: int, end: int) -> int:
    """The end of a block without the blank characters there."""
    while end > start:
        last = out[end - 1]
        if last == 32 or last == 10 or last == 9:
            end -= 1
        elif last == 0xA0 and end - 2 >= start and out[end - 2] == 0xC2:
            end -= 2
        elif last == 0x80 and end - 3 >= start and out[end - 2] == 0x80 and out[end - 3] == 0xE3:
            end -= 3
        else:
            break
    return end


@lean_kernel
def _stop_counting(page: PageMemory, pos: int) -> None:
    """Add an open link and open bold text, up to `pos`, to what the block counted."""
    state = page.state
    if state[LINK_DEPTH] >= 0:
        state[LINK_BYTES] += max(pos - max(state[LINK_START], state[BLOCK_START]), 0)
    if state[IS_BOLD]:
        state[BOLD_BYTES] += max(pos - max(state[BOLD_START], state[BLOCK_START]), 0)


@lean_kernel
def _record_block(page: PageMemory, start: int, end: int, by_breaks: int) -> None:
    """Write a finished block into `blocks`; beyond its room, the last block grows."""
    state = page.state
    number = state[NUM_BLOCKS]
    if number == page.blocks.shape[0]:
        page.blocks[number - 1, B_END] = end
        return
    row = page.blocks[number]
    row[B_START] = start
    row[B_END] = end
    row[B_TAG] = state[FIRST_TAG]
    row[B_CONTAINER] = state[FIRST_CONTAINER]
    row[B_WORDS] = state[FIRST_WORDS]
    row[B_STRUCTURE] = state[FIRST_STRUCTURE]
    row[B_LINK_BYTES] = min(state[LINK_BYTES], end - start)
    row[B_LINKS] = state[LINKS]
    row[B_BOLD_BYTES] = min(state[BOLD_BYTES], end - start)
    row[B_DEPTH] = state[DEPTH]
    row[B_TABLE] = 0
    row[B_ROW] = 0
    row[B_CELL] = 0
    height = state[DEPTH]
    table_at = page.stack[height - 1, S_TABLE_AT] if height else -1
    if table_at >= 0:
        row[B_TABLE] = page.stack[table_at, S_TABLE]
        row[B_ROW] = page.stack[table_at, S_ROW]
        row[B_CELL] = page.stack[table_at, S_CELL]
    row[B_SOURCE] = state[SOURCE]
    row[B_TAGS] = state[TAGS_SINCE]
    row[B_BREAKS] = state[BREAKS]
    row[B_IMAGES] = state[IMAGES]
    row[B_SPLIT] = by_breaks
    state[NUM_BLOCKS] = number + 1


@lean_kernel
def end_block(page: PageMemory, by_breaks: int) -> None:
    """End the block that is being written, if it holds any text."""
    state = page.state
    start = state[BLOCK_START]
    state[SPACE] = 0
    if state[OUT] == start:
        return
    end = _trimmed_end(page.out, start, state[OUT])
    if end > start:
        _stop_counting(page, end)
        _record_block(page, start, end, by_breaks)
        if state[NUM_BLOCKS] == page.blocks.shape[0]:
            page.out[end] = 10  # what follows is added to this block, in a line of its own
            end += 1
        state[TAGS_SINCE] = 0
        state[IMAGES] = 0
        state[LINKS] = 1 if state[LINK_DEPTH] >= 0 else 0
    state[OUT] = end
    state[BLOCK_START] = end
    state[LINK_BYTES] = 0
    state[BOLD_BYTES] = 0
    state[IS_BOLD] = 0
    state[BREAKS] = 0


@lean_kernel
def break_line(page: PageMemory) -> None:
    """What <br> does: a new line, and a new block where the line before is empty."""
    state = page.state
    pos = state[OUT]
    if pos == state[BLOCK_START]:
        return
    if page.out[pos - 1] == 10 and state[PRE] == 0:
        end_block(page, 1)
        return
    page.out[pos] = 10
    state[OUT] = pos + 1
    state[SPACE] = 0
    state[BREAKS] += 1
