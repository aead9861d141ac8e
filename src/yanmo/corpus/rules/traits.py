"""What a document looks like: its lines, its kinds of characters, its broken encodings.

Comes in: a document as characters and lines. Goes out: counts. Used by the published rules and by
the rules for Chinese. Knows nothing of thresholds.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from yanmo.corpus.kernel import kernel
from yanmo.corpus.rules.characters import (
    BROKEN,
    BULLET,
    CLASSICAL,
    CLOSING,
    DIGIT,
    FULL_WIDTH,
    FUNCTION,
    HALF_WIDTH,
    HAN,
    LATIN_1,
    LINE_BREAK,
    MODERN,
    PAUSE,
    RARE_HAN,
    SPACE,
    TERMINAL,
    UTF8_LEAD,
    UTF8_TAIL,
    WORD,
)
from yanmo.corpus.rules.reading import Characters
from yanmo.corpus.rules.repetition import Segments

_HASH, _DOT, _ELLIPSIS, _HYPHEN, _GOPHER_BULLET = 0x23, 0x2E, 0x2026, 0x2D, 0x2022
_FULL_STOP, _NEW_LINE = 0x3002, 10
_MIN_GAP_CHARACTERS = 5  # spaces that cut words or the entries of a menu are closer together
_MIN_LATIN_1_RUN = 4  # no language writes so many letters of upper Latin-1 in a row


class Marks(NamedTuple):
    """Hash signs and ellipses (three dots, or the one sign) in the whole text."""

    hashes: int
    ellipses: int


class GopherLines(NamedTuple):
    """Lines by `str.splitlines`, those that begin with a bullet, those that end in an ellipsis."""

    lines: int
    bullets: int
    ellipses: int


class LineEnds(NamedTuple):
    """Of the lines that are not blank, how many have the property.

    Args:
        terminal: the very last character ends a sentence.
        short: at most so many characters.
        bullets: the first visible character is a bullet.
        ellipses: the last visible ones are an ellipsis.
        unpunctuated: characters of words in lines without any pause.
    """

    terminal: int
    short: int
    bullets: int
    ellipses: int
    unpunctuated: int


class Kinds(NamedTuple):
    """How many characters are of each kind; `half_width` counts only after a Chinese character."""

    visible: int
    words: int
    digits: int
    han: int
    marks: int
    pauses: int
    modern: int
    classical: int
    function: int
    rare_han: int
    half_width: int
    full_width: int


@kernel
def count_marks(text: Characters, num_characters: int) -> Marks:
    """Count `#`, `...` (without overlap) and `…`."""
    hashes = ellipses = dots = 0
    for at in range(num_characters):
        point = text.points[at]
        if point == _DOT:
            dots += 1
            if dots == 3:
                ellipses += 1
                dots = 0
            continue
        dots = 0
        if point == _HASH:
            hashes += 1
        elif point == _ELLIPSIS:
            ellipses += 1
    return Marks(hashes, ellipses)


@kernel
def ends_in_ellipsis(text: Characters, start: int, end: int) -> bool:
    """Whether the characters from `start` to `end` end in `...` or `…`."""
    if end <= start:
        return False
    if text.points[end - 1] == _ELLIPSIS:
        return True
    return (
        end - start >= 3
        and text.points[end - 1] == _DOT
        and text.points[end - 2] == _DOT
        and text.points[end - 3] == _DOT
    )


@kernel
def count_gopher_lines(text: Characters, num_characters: int) -> GopherLines:
    """Count lines, bullets and ellipses as Gopher's rules do."""
    lines = bullets = ellipses = 0
    start = 0
    at = 0
    while at <= num_characters:
        if at == num_characters and start == at:
            break
        if at < num_characters and not text.classes[at] & LINE_BREAK:
            at += 1
            continue
        lines += 1
        first, last = start, at
        while first < last and text.classes[first] & SPACE:
            first += 1
        while last > first and text.classes[last - 1] & SPACE:
            last -= 1
        if first < last:
            point = text.points[first]
            bullets += point in (_GOPHER_BULLET, _HYPHEN)
            ellipses += ends_in_ellipsis(text, first, last)
        if at + 1 < num_characters and text.points[at] == 13 and text.points[at + 1] == 10:
            at += 1
        at += 1
        start = at
    return GopherLines(lines, bullets, ellipses)


@kernel
def is_gap(text: Characters, at: int, end: int) -> Any:
    """Whether the character is a space between two Chinese ones on one line."""
    if not text.classes[at] & SPACE or text.points[at] == _NEW_LINE or at == 0 or at == end - 1:
        return False
    return (text.classes[at - 1] & text.classes[at + 1] & HAN) != 0


@kernel
def count_pauses(words: int, marks: int, gaps: int) -> int:
    """Marks, and gaps where they stand so far apart that they are used like marks."""
    return marks + gaps if words >= _MIN_GAP_CHARACTERS * gaps else marks


@kernel
def count_line_ends(
    text: Characters, lines: Segments, num_lines: int, short_characters: int
) -> LineEnds:
    """Look at both ends of every line and at the pauses in it."""
    terminal = short = bullets = ellipses = unpunctuated = 0
    for index in range(num_lines):
        start, end = lines.starts[index], lines.ends[index]
        terminal += (text.classes[end - 1] & TERMINAL) != 0
        short += end - start <= short_characters
        words = marks = gaps = 0
        for at in range(start, end):
            words += (text.classes[at] & WORD) != 0
            marks += (text.classes[at] & PAUSE) != 0
            gaps += is_gap(text, at, end)
        if count_pauses(words, marks, gaps) == 0:
            unpunctuated += words
        while text.classes[start] & SPACE:
            start += 1
        while text.classes[end - 1] & SPACE:
            end -= 1
        bullets += (text.classes[start] & BULLET) != 0
        while end > start and text.classes[end - 1] & CLOSING:
            end -= 1
        is_open = ends_in_ellipsis(text, start, end)
        if end - start >= 3 and text.points[end - 1] == _FULL_STOP:
            is_open = text.points[end - 2] == _FULL_STOP and text.points[end - 3] == _FULL_STOP
        ellipses += is_open
    return LineEnds(terminal, short, bullets, ellipses, unpunctuated)


@kernel
def count_kinds(text: Characters, num_characters: int) -> Kinds:
    """Count the characters of every kind."""
    spaces = words = digits = han = marks = gaps = modern = classical = function = rare = 0
    half = full = 0
    before = 0
    for at in range(num_characters):
        kind = text.classes[at]
        spaces += (kind & SPACE) != 0
        words += (kind & WORD) != 0
        digits += (kind & DIGIT) != 0
        marks += (kind & PAUSE) != 0
        gaps += is_gap(text, at, num_characters)
        full += (kind & FULL_WIDTH) != 0
        if kind & HAN:
            han += 1
            modern += (kind & MODERN) != 0
            classical += (kind & CLASSICAL) != 0
            function += (kind & FUNCTION) != 0
            rare += (kind & RARE_HAN) != 0
        elif kind & HALF_WIDTH and before & HAN:
            half += 1
        before = kind
    return Kinds(
        num_characters - spaces,
        words,
        digits,
        han,
        marks,
        count_pauses(words, marks, gaps),
        modern,
        classical,
        function,
        rare,
        half,
        full,
    )


@kernel
def misread_utf8(text: Characters, at: int, num_characters: int) -> int:
    """The characters at `at` that are one character of UTF-8 read in a one-byte encoding, or 0."""
    lead = text.points[at]
    tails = 1 if lead < 0xE0 else (2 if lead < 0xF0 else 3)
    if at + tails >= num_characters:
        return 0
    for further in range(1, tails + 1):
        if not text.classes[at + further] & UTF8_TAIL:
            return 0
    return 1 + tails


@kernel
def broken_known(text: Characters, at: int, num_characters: int) -> int:
    """The characters at `at` that are a well-known trace of broken Chinese, or 0.

    These are U+FFFD read as GBK, and freshly allocated memory of a Windows program read as GBK.
    """
    point = text.points[at]
    if point == 0x951F and at + 2 < num_characters:
        is_trace = text.points[at + 1] == 0x65A4 and text.points[at + 2] == 0x62F7
        return 3 if is_trace else 0
    if point in (0x70EB, 0x5C6F, 0x847A):
        end = at
        while end < num_characters and text.points[end] == point:
            end += 1
        return end - at if end - at >= 3 else 0
    return 0


@kernel
def count_broken(text: Characters, num_characters: int) -> int:
    """Characters that only a broken encoding writes."""
    broken = 0
    at = 0
    while at < num_characters:
        kind = text.classes[at]
        length = 0
        if kind & HAN:
            length = broken_known(text, at, num_characters)
        elif kind & BROKEN:
            length = 1
        elif kind & LATIN_1:
            if kind & UTF8_LEAD:
                length = misread_utf8(text, at, num_characters)
            if length == 0:
                end = at
                while end < num_characters and text.classes[end] & LATIN_1:
                    end += 1
                length = end - at if end - at >= _MIN_LATIN_1_RUN else 0
        broken += length
        at += max(length, 1)
    return broken
