"""One pass over the bytes of a page: from HTML to blocks of visible text.

Comes in: a page's memory. Goes out: the same memory with blocks, containers, and notes about tags
that tell title and date. Broken nesting, missing ends and deep nesting cost neither recursion nor
more than linear time. Follows the spirit of the HTML standard's tree construction, not its letter.
"""

from __future__ import annotations

from yanmo.corpus.extraction.attributes import find_quote, is_space, read_attributes
from yanmo.corpus.extraction.elements import close_element, open_element
from yanmo.corpus.extraction.memory import (
    A_LANG_END,
    A_LANG_START,
    A_LINK,
    B_TAG,
    BLOCK_START,
    BOLD_BYTES,
    BOLD_START,
    DEPTH,
    DROPPING,
    FIRST_TAG,
    HAS_TITLE,
    IMAGES,
    IS_BOLD,
    LANG_END,
    LANG_START,
    LINK_BYTES,
    LINK_DEPTH,
    LINK_START,
    LINKS,
    MAX_NOTES,
    N_END,
    N_KIND,
    N_START,
    NO_COMMENT_END,
    NOTE_JSON,
    NOTE_META,
    NOTE_TIME,
    NUM_BLOCKS,
    NUM_NOTES,
    OUT,
    TAGS_SINCE,
    PageMemory,
)
from yanmo.corpus.extraction.tags import (
    BLOCK,
    CUSTOM_TAG,
    PUSHED,
    RAW,
    TAGS,
    UNKNOWN_TAG,
    find_slot,
    hash_byte,
    hash_of,
)
from yanmo.corpus.extraction.text import break_line, end_block, write_text
from yanmo.corpus.kernel import lean_kernel

_HASH_START = hash_of("")
_A = TAGS["a"]
_B = TAGS["b"]
_STRONG = TAGS["strong"]
_BR = TAGS["br"]
_HR = TAGS["hr"]
_IMG = TAGS["img"]
_META = TAGS["meta"]
_TIME = TAGS["time"]
_HTML = TAGS["html"]
_SCRIPT = TAGS["script"]
_STYLE = TAGS["style"]
_TITLE = TAGS["title"]
_P = TAGS["p"]


@lean_kernel
def _is_letter(byte: int) -> bool:
    """An ASCII letter."""
    return 97 <= (byte | 32) <= 122


@lean_kernel
def _after_byte(page: PageMemory, at: int, wanted: int) -> int:
    """The byte after the next `wanted`, or the end of the page."""
    data = page.data
    end = len(data)
    while at < end and data[at] != wanted:
        at += 1
    return min(at + 1, end)


@lean_kernel
def _after_comment(page: PageMemory, at: int) -> int:
    """The byte after the comment that begins at `at` with `<!--`. One that never ends goes up to
    the next `>`, so that the rest of the page is not lost."""
    data = page.data
    end = len(data)
    body = at + 4
    if body < end and data[body] == 62:
        return body + 1
    if body + 1 < end and data[body] == 45 and data[body + 1] == 62:
        return body + 2
    if page.state[NO_COMMENT_END] == 0:
        place = body + 2
        while place < end:
            if data[place] == 62 and data[place - 1] == 45 and data[place - 2] == 45:
                return place + 1
            if (
                data[place] == 62
                and data[place - 1] == 33
                and data[place - 2] == 45
                and data[place - 3] == 45
                and place - 3 >= body
            ):
                return place + 1
            place += 1
        page.state[NO_COMMENT_END] = 1
    return _after_byte(page, body, 62)


@lean_kernel
def _read_name(page: PageMemory, at: int) -> tuple[int, int]:
    """The number of the element whose name begins at `at`, and the byte after the name."""
    data = page.data
    end = len(data)
    value = _HASH_START
    has_hyphen = False
    while at < end:
        byte = data[at]
        if is_space(byte) or byte == 62 or byte == 47:
            break
        has_hyphen = has_hyphen or byte == 45
        value = hash_byte(value, byte + 32 if 65 <= byte <= 90 else byte)
        at += 1
    tag = find_slot(page.tag_slots, value)
    if tag == UNKNOWN_TAG and has_hyphen:
        tag = CUSTOM_TAG
    return tag, at


@lean_kernel
def _skip_attributes(page: PageMemory, at: int) -> int:
    """The byte after the tag, for tags whose attributes do not matter."""
    data = page.data
    end = len(data)
    while at < end:
        byte = data[at]
        if byte == 62:
            return at + 1
        if (byte == 34 or byte == 39) and (data[at - 1] == 61 or is_space(data[at - 1])):
            close = find_quote(page, at + 1, byte)
            if close >= 0:
                at = close
        at += 1
    return end


@lean_kernel
def _raw_end(page: PageMemory, at: int, tag: int) -> int:
    """Where the closing tag of a raw element begins; -1 where none follows, which is remembered."""
    if page.raw_missing[tag]:
        return -1
    data = page.data
    end = len(data)
    while at + 2 < end:
        if data[at] == 60 and data[at + 1] == 47 and _is_letter(data[at + 2]):
            found, _ = _read_name(page, at + 2)
            if found == tag:
                return at
        at += 1
    page.raw_missing[tag] = 1
    return -1


@lean_kernel
def _note(page: PageMemory, kind: int, start: int, end: int) -> None:
    """Remember a range of bytes that may tell the title or the date."""
    number = page.state[NUM_NOTES]
    if number < MAX_NOTES:
        page.notes[number, N_KIND] = kind
        page.notes[number, N_START] = start
        page.notes[number, N_END] = end
        page.state[NUM_NOTES] = number + 1


@lean_kernel
def _mentions(page: PageMemory, start: int, end: int) -> bool:
    """Whether a <meta> may tell the title or the date: it has `itle`, `date` or `time` in it."""
    data = page.data
    for at in range(start, end - 4):
        second = data[at + 1] | 32
        if second == 97:
            is_word = data[at] | 32 == 100 and data[at + 2] | 32 == 116
        elif second == 105:
            is_word = data[at] | 32 == 116 and data[at + 2] | 32 == 109
        elif second == 116:
            is_word = data[at] | 32 == 105 and data[at + 2] | 32 == 108
        else:
            is_word = False
        if is_word and data[at + 3] | 32 == 101:
            return True
    return False


@lean_kernel
def _is_linked_data(page: PageMemory, start: int, end: int) -> bool:
    """Whether a <script> tag says `ld+json`."""
    data = page.data
    for at in range(start, end - 6):
        if data[at] == 43 and data[at - 1] | 32 == 100 and data[at + 1] | 32 == 106:
            return True
    return False


@lean_kernel
def _raw_element(page: PageMemory, tag: int, start: int, after: int) -> int:
    """An element whose content is text up to its closing tag. Returns the byte to go on from."""
    close = _raw_end(page, after, tag)
    state = page.state
    if tag == _SCRIPT and close >= 0 and _is_linked_data(page, start, after):
        _note(page, NOTE_JSON, start, close)
    if close < 0:
        return len(page.data) if tag in (_SCRIPT, _STYLE) else after
    if tag == _TITLE and state[HAS_TITLE] == 0 and state[DROPPING] == 0:
        end_block(page, 0)
        write_text(page, after, close)
        if state[OUT] > state[BLOCK_START]:
            state[FIRST_TAG] = _TITLE
            before = state[NUM_BLOCKS]
            end_block(page, 0)
            if state[NUM_BLOCKS] > before:
                page.blocks[before, B_TAG] = _TITLE
                state[HAS_TITLE] = before + 1
    return _skip_attributes(page, close + 2)


@lean_kernel
def _open_link(page: PageMemory) -> None:
    """<a href>: count its text."""
    state = page.state
    if state[LINK_DEPTH] >= 0:
        _close_link(page)
    state[LINK_DEPTH] = state[DEPTH]
    state[LINK_START] = state[OUT]
    state[LINKS] += 1


@lean_kernel
def _close_link(page: PageMemory) -> None:
    """</a>: add up the text since it began."""
    state = page.state
    if state[LINK_DEPTH] >= 0:
        state[LINK_BYTES] += max(state[OUT] - max(state[LINK_START], state[BLOCK_START]), 0)
        state[LINK_DEPTH] = -1


@lean_kernel
def _inline_open(page: PageMemory, tag: int) -> None:
    """Opening tags that do not stand on the stack."""
    state = page.state
    if tag == _A:
        if page.attributes[A_LINK]:
            _open_link(page)
    elif tag in (_B, _STRONG):
        if state[IS_BOLD] == 0:
            state[IS_BOLD] = 1
            state[BOLD_START] = state[OUT]
    elif tag == _BR:
        break_line(page)
    elif tag == _HR:
        end_block(page, 0)
    elif tag == _IMG:
        state[IMAGES] += 1
    elif tag == _HTML and page.attributes[A_LANG_END] > 0 and state[LANG_END] == 0:
        state[LANG_START] = page.attributes[A_LANG_START]
        state[LANG_END] = page.attributes[A_LANG_END]


@lean_kernel
def _start_tag(page: PageMemory, at: int) -> int:
    """An opening tag at `at`. Returns the byte to go on from."""
    tag, place = _read_name(page, at + 1)
    kind = page.tag_kind[tag]
    page.state[TAGS_SINCE] += 1
    if kind & (PUSHED | BLOCK) or tag in (_A, _HTML):
        after = read_attributes(page, place)
    else:
        after = _skip_attributes(page, place)
    if kind & RAW:
        return _raw_element(page, tag, at, after)
    if tag == _META:
        if _mentions(page, at, after):
            _note(page, NOTE_META, at, after)
        return after
    if tag == _TIME:
        _note(page, NOTE_TIME, at, after)
    if kind & PUSHED:
        open_element(page, tag)
    elif page.state[DROPPING] == 0:
        _inline_open(page, tag)
    return after


@lean_kernel
def _end_tag(page: PageMemory, at: int) -> int:
    """A closing tag at `at`. Returns the byte to go on from."""
    tag, place = _read_name(page, at + 2)
    after = _skip_attributes(page, place)
    state = page.state
    state[TAGS_SINCE] += 1
    if page.tag_kind[tag] & PUSHED:
        close_element(page, tag)
    elif state[DROPPING]:
        return after
    elif tag == _A:
        _close_link(page)
    elif (tag in (_B, _STRONG)) and state[IS_BOLD]:
        state[BOLD_BYTES] += max(state[OUT] - max(state[BOLD_START], state[BLOCK_START]), 0)
        state[IS_BOLD] = 0
    elif tag == _BR:
        break_line(page)
    return after


@lean_kernel
def _markup(page: PageMemory, at: int) -> int:
    """What begins with `<` at `at`. Returns the byte to go on from; `at` where it is only text."""
    data = page.data
    end = len(data)
    if at + 1 >= end:
        return at
    byte = data[at + 1]
    if _is_letter(byte):
        return _start_tag(page, at)
    if byte == 47:
        if at + 2 < end and _is_letter(data[at + 2]):
            return _end_tag(page, at)
        return _after_byte(page, at + 2, 62)
    if byte == 33:
        if at + 3 < end and data[at + 2] == 45 and data[at + 3] == 45:
            return _after_comment(page, at)
        return _after_byte(page, at + 2, 62)
    if byte == 63:
        return _after_byte(page, at + 2, 62)
    return at


@lean_kernel
def scan(page: PageMemory) -> None:
    """Cut the page into blocks."""
    data = page.data
    end = len(data)
    at = 0
    while at < end:
        start = at
        if data[at] == 60:
            at = _markup(page, at)
            if at > start:
                continue
            at += 1  # a bare < is text, together with what follows
        while at < end and data[at] != 60:
            at += 1
        if page.state[DROPPING] == 0:
            write_text(page, start, at)
    end_block(page, 0)
