"""Where personal data can be: one pass over the bytes of a batch.

Comes in: the bytes of a column of texts. Goes out: spans that can hold something, with what they
can hold. Everything else is never made into Python text. Every byte is looked at a bounded number
of times, whatever the text. Knows nothing of check digits or of the forms of numbers.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.kernel import kernel
from yanmo.corpus.privacy.checks import IBAN_COUNTRIES

NUMBER, IBAN, ADDRESS, CREDENTIAL, MENTION, COLONS, KEY, ASSIGNMENT, PEM = range(9)
"""What a span can hold: digits with separators; a bank account; an e-mail address; a user and a
password before an @; a name after an @; an IPv6 address; a word that begins like an API key; the
value of something named key, token or password; a private key."""

KEY_HEADS = (
    *("sk", "rk", "gh", "gi", "gl", "AK", "AS", "AI", "xo", "xa", "hf", "np", "py", "SG", "LT"),
    *("do", "sh", "ey", "ya"),
)
"""The first two characters of the API keys that `credentials` knows."""

_DIGIT, _WORD, _HEX, _LOCAL, _DOMAIN, _SEPARATOR, _LETTER, _TRIGGER = (1 << i for i in range(8))
_KEY_HEAD, _IBAN_HEAD = 1, 2

_MIN_DIGITS = 7
_MIN_DOTS = 3
_MAX_SEPARATORS = 3
_MIN_KEY_BYTES = 16
_MIN_VALUE_BYTES = 12
_MAX_VALUE_BYTES = 512
_MAX_LOCAL_BYTES = 64
_MAX_DOMAIN_BYTES = 255
_MAX_USERINFO_BYTES = 200
_MAX_MENTION_BYTES = 90
_MAX_IBAN_BYTES = 48
_MAX_NUMBER_BYTES = 4096
_USUAL_SPANS = 1024
_USUAL_BYTES_PER_SPAN = 512
_MAX_PEM_BYTES = 16_384
_PEM_MARK = np.frombuffer(b"-----BEGIN", dtype=np.uint8)


@lru_cache(maxsize=1)
def byte_classes() -> NDArray[np.uint8]:
    """(256,) what each byte can be part of, as bits."""
    letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    digits = b"0123456789"
    members = (
        (_DIGIT, digits),
        (_WORD, letters + digits + b"_-."),
        (_HEX, b"abcdefABCDEF:." + digits),
        (_LOCAL, letters + digits + b"._%+'-"),
        (_DOMAIN, letters + digits + b".-"),
        (_SEPARATOR, b" -.()/"),
        (_LETTER, letters),
        (_TRIGGER, digits + b"@:=-_" + bytes([0xEF])),
    )
    table = np.zeros(256, np.uint8)
    for bit, characters in members:
        table[list(characters)] |= bit
    return table


@lru_cache(maxsize=1)
def head_classes() -> NDArray[np.uint8]:
    """(65536,) what each pair of bytes can begin, as bits."""
    table = np.zeros(65536, np.uint8)
    for head in KEY_HEADS:
        table[ord(head[0]) << 8 | ord(head[1])] |= _KEY_HEAD
    for country in IBAN_COUNTRIES:
        for form in (country, country.lower()):
            table[ord(form[0]) << 8 | ord(form[1])] |= _IBAN_HEAD
    return table


def find_candidates(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], *, with_mentions: bool
) -> NDArray[np.int64]:
    """The spans that can hold personal data, document by document.

    Returns:
        (m, 4): row, what it can hold, first byte in `data`, byte after the last. Spans of
        different kinds may overlap.
    """
    found = np.empty((_USUAL_SPANS + len(data) // _USUAL_BYTES_PER_SPAN, 4), np.int64)
    count = _find(data, offsets, byte_classes(), head_classes(), with_mentions, found)
    if count > len(found):
        found = np.empty((count, 4), np.int64)
        count = _find(data, offsets, byte_classes(), head_classes(), with_mentions, found)
    return found[:count]


@kernel
def _find(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    classes: NDArray[np.uint8],
    heads: NDArray[np.uint8],
    with_mentions: bool,
    found: NDArray[np.int64],
) -> int:
    """Fill `found` as far as it goes; gives the number of spans. An array that grew inside the loop
    would cost ten times as much."""
    count = 0
    spans = np.empty((4, 3), np.int64)
    for row in range(len(offsets) - 1):
        begin, end = offsets[row], offsets[row + 1]
        number_end = colons_end = value_end = word_end = begin
        i = begin
        while i < end:
            byte = data[i]
            kind = classes[byte]
            if not kind & _TRIGGER:
                i += 1
                continue
            num_spans = 0
            if kind & _DIGIT or byte == 95:
                if i >= word_end and i > begin and classes[data[i - 1]] & _WORD:
                    word_end, num_spans = _around(data, begin, end, i, classes, heads, spans)
                if i >= number_end and byte != 95:
                    number_end, num_spans = _at_digit(
                        data, begin, end, i, classes, heads, spans, num_spans
                    )
            elif byte == 0xEF:
                if i + 2 < end and data[i + 1] == 0xBC:
                    if i >= number_end and 0x90 <= data[i + 2] <= 0x99:
                        number_end, num_spans = _at_digit(
                            data, begin, end, i, classes, heads, spans, 0
                        )
                    elif data[i + 2] == 0xA0:
                        num_spans = _at_sign(data, begin, end, i, classes, spans, with_mentions)
            elif byte == 64:
                num_spans = _at_sign(data, begin, end, i, classes, spans, with_mentions)
            elif byte == 45:
                if i + 1 < end and data[i + 1] == 45:
                    num_spans = _at_dash(data, end, i, spans)
            else:
                if byte == 58 and i >= colons_end:
                    colons_end, num_spans = _at_colon(data, begin, end, i, classes, spans)
                if i >= value_end:
                    value_end, num_spans = _at_assignment(
                        data, begin, end, i, classes, spans, num_spans
                    )
            for k in range(num_spans):
                if count < len(found):
                    found[count, 0] = row
                    found[count, 1:] = spans[k]
                count += 1
            i += 1
    return count


@kernel
def _put(spans: NDArray[np.int64], num_spans: int, kind: int, start: int, stop: int) -> int:
    """Note a span; gives the new number of them."""
    spans[num_spans, 0] = kind
    spans[num_spans, 1] = start
    spans[num_spans, 2] = stop
    return num_spans + 1


@kernel
def _number_symbol(
    data: NDArray[np.uint8], i: int, end: int, classes: NDArray[np.uint8]
) -> tuple[int, int]:
    """What stands at `i` within a number: digit (1), separator (2) or nothing (0); its width.

    Full-width digits count as digits; no-break and full-width spaces, dashes, full-width brackets,
    hyphens and dots as separators.
    """
    byte = data[i]
    if byte < 0x80:
        if classes[byte] & _DIGIT:
            return 1, 1
        return (2 if classes[byte] & _SEPARATOR else 0), 1
    if byte == 0xC2 and i + 1 < end and data[i + 1] == 0xA0:
        return 2, 2
    if i + 2 >= end:
        return 0, 1
    second, third = data[i + 1], data[i + 2]
    if byte == 0xEF and second == 0xBC:
        if 0x90 <= third <= 0x99:
            return 1, 3
        if third == 0x88 or third == 0x89 or third == 0x8D or third == 0x8E:
            return 2, 3
    if byte == 0xE2 and second == 0x80 and 0x90 <= third <= 0x95:
        return 2, 3
    if byte == 0xE2 and second == 0x88 and third == 0x92:
        return 2, 3
    if byte == 0xE3 and second == 0x80 and third == 0x80:
        return 2, 3
    return 0, 1


@kernel
def _at_digit(
    data: NDArray[np.uint8],
    begin: int,
    end: int,
    i: int,
    classes: NDArray[np.uint8],
    heads: NDArray[np.uint8],
    spans: NDArray[np.int64],
    num_spans: int,
) -> tuple[int, int]:
    """The number that begins at `i`: where it ends, and what was noted."""
    kind, _ = _number_symbol(data, i, end, classes)
    if kind != 1:
        return i, num_spans
    digits = dots = gap = 0
    j = last = i
    while j < end and j - i < _MAX_NUMBER_BYTES:
        kind, width = _number_symbol(data, j, end, classes)
        if kind == 1:
            dots += gap == 1 and data[j - 1] == 46
            digits += 1
            gap = 0
            last = j + width
        elif kind == 2 and gap < _MAX_SEPARATORS:
            gap += 1
        else:
            break
        j += width
    if i - 2 >= begin and heads[np.int64(data[i - 2]) << 8 | data[i - 1]] & _IBAN_HEAD:
        is_word_start = i - 3 < begin or not classes[data[i - 3]] & (_LETTER | _DIGIT)
        if is_word_start and i + 1 < end and classes[data[i + 1]] & _DIGIT:
            stop = min(end, i - 2 + _MAX_IBAN_BYTES)
            num_spans = _put(spans, num_spans, IBAN, i - 2, stop)
    if digits >= _MIN_DIGITS or dots >= _MIN_DOTS:
        num_spans = _put(spans, num_spans, NUMBER, _opening(data, begin, i), last)
    return last, num_spans


@kernel
def _opening(data: NDArray[np.uint8], begin: int, i: int) -> int:
    """Where the plus and the bracket begin that open the number at `i`."""
    start = i
    for _ in range(3):
        before = data[start - 1] if start > begin else 0
        if before == 43 or before == 40:
            start -= 1
        elif before == 32 and start == i and start - 1 > begin and data[start - 2] == 43:
            start -= 2
        elif start - 3 >= begin and data[start - 3] == 0xEF and data[start - 2] == 0xBC:
            if before != 0x88 and before != 0x8B:
                break
            start -= 3
        else:
            break
    return start


@kernel
def _at_colon(
    data: NDArray[np.uint8],
    begin: int,
    end: int,
    i: int,
    classes: NDArray[np.uint8],
    spans: NDArray[np.int64],
) -> tuple[int, int]:
    """The groups of an IPv6 address around the colon at `i`: where they end, what was noted."""
    num_spans = 0
    start = i
    while start > begin and start > i - 4 and classes[data[start - 1]] & _HEX:
        start -= 1
    stop = i
    colons = 0
    is_short = False
    while stop < end and classes[data[stop]] & _HEX:
        if data[stop] == 58:
            colons += 1
            is_short = is_short or (stop + 1 < end and data[stop + 1] == 58)
        stop += 1
    if colons >= 7 or (is_short and colons >= 2 and stop - start >= 6):
        num_spans = _put(spans, num_spans, COLONS, start, stop)
    return stop, num_spans


@kernel
def _around(
    data: NDArray[np.uint8],
    begin: int,
    end: int,
    i: int,
    classes: NDArray[np.uint8],
    heads: NDArray[np.uint8],
    spans: NDArray[np.int64],
) -> tuple[int, int]:
    """The long word around `i`, where it begins like an API key; where it ends, what was noted.

    Every such key has a digit or an underscore in it, and most words have neither.
    """
    start = i
    while start > begin and classes[data[start - 1]] & _WORD:
        start -= 1
    stop = i
    while stop < end and classes[data[stop]] & _WORD:
        stop += 1
    if stop - start < _MIN_KEY_BYTES:
        return stop, 0
    if not heads[np.int64(data[start]) << 8 | data[start + 1]] & _KEY_HEAD:
        return stop, 0
    return stop, _put(spans, 0, KEY, start, stop)


@kernel
def _at_dash(data: NDArray[np.uint8], end: int, i: int, spans: NDArray[np.int64]) -> int:
    """The first line of a private key or a certificate."""
    num_spans = 0
    if i + len(_PEM_MARK) >= end:
        return num_spans
    for k in range(len(_PEM_MARK)):
        if data[i + k] != _PEM_MARK[k]:
            return num_spans
    return _put(spans, num_spans, PEM, i, min(end, i + _MAX_PEM_BYTES))


@kernel
def _at_sign(
    data: NDArray[np.uint8],
    begin: int,
    end: int,
    i: int,
    classes: NDArray[np.uint8],
    spans: NDArray[np.int64],
    with_mentions: bool,
) -> int:
    """What stands around the @ (or its full-width form) at `i`."""
    num_spans = 0
    width = 1
    if data[i] == 0xEF:
        if i + 2 >= end or data[i + 1] != 0xBC or data[i + 2] != 0xA0:
            return num_spans
        width = 3
    start = i
    while start > begin and i - start < _MAX_LOCAL_BYTES and classes[data[start - 1]] & _LOCAL:
        start -= 1
    after = i + width
    stop = after
    has_dot = False
    while stop < end and stop - after < _MAX_DOMAIN_BYTES and classes[data[stop]] & _DOMAIN:
        has_dot = has_dot or data[stop] == 46
        stop += 1
    if start < i and has_dot:
        num_spans = _put(spans, num_spans, ADDRESS, start, stop)
    if start == i and with_mentions:
        num_spans = _put(spans, num_spans, MENTION, i, min(end, after + _MAX_MENTION_BYTES))
    begin_userinfo = i
    has_colon = False
    while begin_userinfo > begin and i - begin_userinfo < _MAX_USERINFO_BYTES:
        byte = data[begin_userinfo - 1]
        if byte <= 32 or byte == 47 or byte == 34 or byte == 64 or byte == 60:
            break
        has_colon = has_colon or byte == 58
        begin_userinfo -= 1
    if has_colon and _follows_scheme(data, begin, begin_userinfo):
        num_spans = _put(spans, num_spans, CREDENTIAL, begin_userinfo, i)
    return num_spans


@kernel
def _follows_scheme(data: NDArray[np.uint8], begin: int, i: int) -> bool:
    """Whether `://` stands before `i`."""
    if i - begin < 3:
        return False
    return bool(data[i - 1] == 47 and data[i - 2] == 47 and data[i - 3] == 58)


@kernel
def _at_assignment(
    data: NDArray[np.uint8],
    begin: int,
    end: int,
    i: int,
    classes: NDArray[np.uint8],
    spans: NDArray[np.int64],
    num_spans: int,
) -> tuple[int, int]:
    """The value of something named key, token or password, and where it ends."""
    j = i
    while j > begin and j > i - 3 and (data[j - 1] == 32 or data[j - 1] == 34 or data[j - 1] == 39):
        j -= 1
    if j - 3 < begin or not _names_a_secret(data[j - 3] | 32, data[j - 2] | 32, data[j - 1] | 32):
        return i, num_spans
    start = i + 1
    while start < end and start < i + 5:
        byte = data[start]
        if byte == 32 or byte == 34 or byte == 39 or byte == 61 or byte == 62 or byte == 96:
            start += 1
        else:
            break
    stop = start
    while stop < end and stop - start < _MAX_VALUE_BYTES:
        byte = data[stop]
        if not (classes[byte] & _WORD or byte == 43 or byte == 47 or byte == 61):
            break
        stop += 1
    if stop - start >= _MIN_VALUE_BYTES:
        num_spans = _put(spans, num_spans, ASSIGNMENT, start, stop)
    return stop, num_spans


@kernel
def _names_a_secret(first: int, second: int, third: int) -> bool:
    """Whether a name may end in these letters: key, secret, token, password, passwd, pwd, pass."""
    word = first << 16 | second << 8 | third
    return (
        word == 0x6B6579  # key
        or word == 0x726574  # ret
        or word == 0x6B656E  # ken
        or word == 0x6F7264  # ord
        or word == 0x737764  # swd
        or word == 0x707764  # pwd
        or word == 0x617373  # ass
    )
