"""The lines of C4: which are kept, and what of them.

Comes in: Arrow's bytes of a batch. Goes out: the bytes of the kept lines, how many sentences they
hold, whether a line condemns the whole document, and how many lines were dropped for which reason.
White space, line ends and letters are Unicode's throughout, as in Python's `str` methods: the
ideographic space U+3000 that indents Chinese paragraphs is stripped like any other. Knows nothing
of steps and reasons.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.rules.characters import (
    DIGIT,
    LINE_BREAK,
    SPACE,
    TERMINAL,
    TERMINAL_RANGES,
    WORD,
    character_classes,
)
from yanmo.corpus.text_column import TextBuffers
from yanmo.corpus.utf8 import character_at, start_of_character

_FOREIGN_ENDS = "".join(f"{chr(first)}-{chr(last)}" for first, last in TERMINAL_RANGES[3:])
SENTENCE_END_PATTERN = rf"(?:(?:(?<!\b[A-Z])\.|[!?])\W*?\s|[{_FOREIGN_ENDS}])\W*(?=\w)"
"""What separates two sentences, for Python's `re`: `.`, `!` or `?` and later white space, or a
terminal mark of another script, before the next word. A full stop after a capital letter that
stands alone abbreviates. The kernel counts the same places."""

OFFENCES = ("too_long_word", "no_terminal_punct", "too_few_words", "javascript", "policy")
"""Why a line is dropped: the columns of `KeptLines.dropped`."""

LOREM_IPSUM, CURLY_BRACKET = 1, 2
"""Why a line condemns its document."""

_TOO_LONG_WORD, _NO_TERMINAL_PUNCT, _TOO_FEW_WORDS, _JAVASCRIPT, _POLICY = range(5)
_KEPT, _KEPT_DOCUMENT_LOST = -1, -10

_PHRASES = (
    "lorem ipsum",
    "javascript",
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
)
_PHRASE_POINTS = np.array([[ord(c) for c in phrase.ljust(16, "\0")] for phrase in _PHRASES])
_PHRASE_LENGTHS = np.array([len(phrase) for phrase in _PHRASES])
_BEGINS_PHRASE = np.array([any(p[0] == chr(i) for p in _PHRASES) for i in range(128)])
_LOREM_BIT, _JAVASCRIPT_BIT, _POLICY_BITS = 1, 2, 0xFC
_EDIT = np.array([ord(character) for character in "edit"])
_CITATION_NEEDED = np.array([ord(character) for character in "citation needed"])
_KELVIN = 0x212A  # the one sign beyond ASCII whose lower case is a letter of the phrases


class C4Settings(NamedTuple):
    """What is asked of lines; 0 or 1 where it is a question, -1 where a number does not matter."""

    remove_citations: int
    ends_in_punctuation: int
    min_words: int
    max_word_characters: int
    rejects_lorem_ipsum: int
    drops_javascript: int
    rejects_curly_bracket: int
    drops_policy: int


class Line(NamedTuple):
    """Room for one line.

    Args:
        points: int32, code points.
        classes: uint32, their bit sets.
        places: int64, the byte at which each begins.
        chosen: int32, indices of the characters that are left without citations.
        lower: int32, those in lower case.
    """

    points: NDArray[np.int32]
    classes: NDArray[np.uint32]
    places: NDArray[np.int64]
    chosen: NDArray[np.int32]
    lower: NDArray[np.int32]


class KeptLines(NamedTuple):
    """What is left of n documents.

    Args:
        data: uint8, the kept lines joined by line feeds, without white space at both ends.
        offsets: (n + 1,) int64.
        sentences: (n,) int64, in the kept lines.
        condemned: (n,) uint8, 0 or why the whole document is rejected. Such a document, and one
            that was not looked at, has its text unchanged.
        dropped: (5,) int64, lines by `OFFENCES`.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    sentences: NDArray[np.int64]
    condemned: NDArray[np.uint8]
    dropped: NDArray[np.int64]


def keep_lines(texts: TextBuffers, is_wanted: NDArray[np.bool_], settings: C4Settings) -> KeptLines:
    """The kept lines of the documents that `is_wanted` marks; the others as they are."""
    size = int(np.max(np.diff(texts.offsets), initial=0)) + 1
    total = int(texts.offsets[-1] - texts.offsets[0])
    kept = KeptLines(
        np.empty(total, np.uint8),
        np.zeros(len(texts) + 1, np.int64),
        np.zeros(len(texts), np.int64),
        np.zeros(len(texts), np.uint8),
        np.zeros(len(OFFENCES), np.int64),
    )
    line = Line(
        np.empty(size, np.int32),
        np.empty(size, np.uint32),
        np.empty(size, np.int64),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
    )
    keep_lines_of_batch(
        texts.data, texts.offsets, is_wanted, character_classes(), settings, line, kept
    )
    return kept._replace(data=kept.data[: kept.offsets[-1]])


@kernel
def keep_lines_of_batch(
    data: Any, offsets: Any, is_wanted: Any, table: Any, settings: C4Settings, line: Line,
    kept: KeptLines,
) -> None:  # fmt: skip
    """Fill `kept`."""
    written = 0
    for index in range(len(offsets) - 1):
        start, end = offsets[index], offsets[index + 1]
        begun = written
        if is_wanted[index]:
            written = keep_document(data, start, end, table, settings, line, kept, index, begun)
            if not kept.condemned[index]:
                written = strip_written(kept.data, begun, written, table)
        if not is_wanted[index] or kept.condemned[index]:
            kept.data[begun : begun + end - start] = data[start:end]
            written = begun + end - start
        kept.offsets[index + 1] = written


@kernel
def keep_document(
    data: Any, start: int, end: int, table: Any, settings: C4Settings, line: Line,
    kept: KeptLines, index: int, written: int,
) -> int:  # fmt: skip
    """Write the kept lines of one document, joined; gives where the writing ended."""
    at = start
    num_kept = 0
    while at < end:
        length, at = read_line(data, at, end, table, line)
        chosen, offence = look_at_line(line, length, settings)
        if offence <= _KEPT_DOCUMENT_LOST:
            kept.condemned[index] = _KEPT_DOCUMENT_LOST - offence
            return written
        if offence != _KEPT:
            kept.dropped[offence] += 1
            continue
        kept.sentences[index] += count_sentences(line, chosen)
        if num_kept:
            kept.data[written] = 10
            written += 1
        num_kept += 1
        for position in range(chosen):
            place = line.places[line.chosen[position]]
            width = character_at(data, place)[1]
            for byte in range(place, place + width):
                kept.data[written] = data[byte]
                written += 1
    return written


@kernel
def read_line(data: Any, at: int, end: int, table: Any, line: Line) -> tuple[int, int]:
    """Read characters up to a line break; gives their number and where the next line begins."""
    length = 0
    while at < end:
        point, width = character_at(data, at)
        kind = table[point]
        if kind & LINE_BREAK:
            at += width
            if point == 13 and at < end and data[at] == 10:
                at += 1
            break
        line.points[length] = point
        line.classes[length] = kind
        line.places[length] = at
        length += 1
        at += width
    return length, at


@kernel
def look_at_line(line: Line, length: int, settings: C4Settings) -> tuple[int, int]:
    """The number of characters left of a line, and what is wrong with it, in the order of C4."""
    start = 0
    while start < length and line.classes[start] & SPACE:
        start += 1
    while length > start and line.classes[length - 1] & SPACE:
        length -= 1
    words, longest = count_line_words(line, start, length)
    if settings.max_word_characters >= 0 and longest > settings.max_word_characters:
        return 0, _TOO_LONG_WORD
    chosen = choose(line, start, length, settings.remove_citations)
    if settings.ends_in_punctuation and not ends_well(line, chosen):
        return 0, _NO_TERMINAL_PUNCT
    if words < settings.min_words:
        return 0, _TOO_FEW_WORDS
    phrases, has_bracket = find_phrases(line, chosen)
    if settings.rejects_lorem_ipsum and phrases & _LOREM_BIT:
        return 0, _KEPT_DOCUMENT_LOST - LOREM_IPSUM
    if settings.drops_javascript and phrases & _JAVASCRIPT_BIT:
        return 0, _JAVASCRIPT
    if settings.rejects_curly_bracket and has_bracket:
        return 0, _KEPT_DOCUMENT_LOST - CURLY_BRACKET
    if settings.drops_policy and phrases & _POLICY_BITS:
        return 0, _POLICY
    return chosen, _KEPT


@kernel
def count_line_words(line: Line, start: int, end: int) -> tuple[int, int]:
    """How many stretches without white space there are, and the length of the longest."""
    words = longest = current = 0
    for at in range(start, end):
        if line.classes[at] & SPACE:
            current = 0
            continue
        words += current == 0
        current += 1
        longest = max(longest, current)
    return words, longest


@kernel
def choose(line: Line, start: int, end: int, remove_citations: int) -> int:
    """List the characters that stay, without `[12]`, `[edit]` and `[citation needed]`."""
    chosen = 0
    at = start
    while at < end:
        point = line.points[at]
        if point == 0x5B and remove_citations:
            length = citation_at(line, at, end)
            if length:
                at += length
                continue
        line.chosen[chosen] = at
        lower = point + 32 if 65 <= point <= 90 else point
        line.lower[chosen] = 107 if point == _KELVIN else lower
        chosen += 1
        at += 1
    return chosen


@kernel
def citation_at(line: Line, at: int, end: int) -> int:
    """The length of the citation mark that begins with the bracket at `at`, or 0."""
    inside = at + 1
    while inside < end and line.classes[inside] & DIGIT:
        inside += 1
    if inside < end and line.points[inside] == 0x5D:
        return inside + 1 - at
    for word in (_EDIT, _CITATION_NEEDED):
        after = at + 1 + len(word)
        if after < end and line.points[after] == 0x5D:
            is_equal = True
            for index in range(len(word)):
                is_equal &= line.points[at + 1 + index] == word[index]
            if is_equal:
                return after + 1 - at
    return 0


@kernel
def ends_well(line: Line, chosen: int) -> Any:
    """Whether the line ends in one of `. ? ! " '`, and not in three dots."""
    if chosen == 0:
        return False
    last = line.lower[chosen - 1]
    if last == 46:
        return chosen < 3 or line.lower[chosen - 2] != 46 or line.lower[chosen - 3] != 46
    return last == 63 or last == 33 or last == 34 or last == 39


@kernel
def find_phrases(line: Line, chosen: int) -> tuple[int, bool]:
    """Which of the phrases occur, as bits, and whether `{` does."""
    found = 0
    has_bracket = False
    for at in range(chosen):
        point = line.lower[at]
        has_bracket |= point == 0x7B
        if point >= 128 or not _BEGINS_PHRASE[point]:
            continue
        for phrase in range(len(_PHRASE_LENGTHS)):
            length = _PHRASE_LENGTHS[phrase]
            if at + length > chosen or line.lower[at + 1] != _PHRASE_POINTS[phrase, 1]:
                continue
            matched = 0
            while matched < length and line.lower[at + matched] == _PHRASE_POINTS[phrase, matched]:
                matched += 1
            if matched == length:
                found |= 1 << phrase
    return found, has_bracket


@kernel
def count_sentences(line: Line, chosen: int) -> int:
    """1 + the number of places where `SENTENCE_END_PATTERN` matches in what is left of the line."""
    sentences = 1
    is_open = is_over = False  # a mark was seen; white space after it too
    for position in range(chosen):
        at = line.chosen[position]
        kind = line.classes[at]
        if kind & WORD:
            sentences += is_over
            is_open = is_over = False
        elif kind & SPACE:
            is_over |= is_open
        elif kind & TERMINAL:
            if line.points[at] >= 128:
                is_over = True
            elif line.points[at] != 46 or not is_initial(line, position):
                is_open = True
    return sentences


@kernel
def is_initial(line: Line, position: int) -> Any:
    """Whether the full stop at `position` follows a capital letter that stands alone."""
    if position == 0:
        return False
    before = line.points[line.chosen[position - 1]]
    if before < 65 or before > 90:
        return False
    return position == 1 or not line.classes[line.chosen[position - 2]] & WORD


@kernel
def strip_written(data: Any, start: int, end: int, table: Any) -> int:
    """Take the white space off both ends of `data[start:end]`; gives the new end."""
    first = start
    while first < end:
        point, width = character_at(data, first)
        if not table[point] & SPACE:
            break
        first += width
    while end > first:
        at = start_of_character(data, end - 1)
        if not table[character_at(data, at)[0]] & SPACE:
            break
        end = at
    if first > start:
        for at in range(first, end):
            data[start + at - first] = data[at]
    return start + end - first
