"""Telephone numbers.

Comes in: a span of digits and separators with the text around it. Goes out: the telephone numbers
in it. A form that nothing else has is enough; forms that other numbers share need a word such as
"call" or 电话 before them. Service numbers (110, 400-, 95588) belong to nobody and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yanmo.corpus.privacy.checks import calling_code
from yanmo.corpus.privacy.window import Item, Window

_ALONE_BEFORE = r"(?<!\d)(?<!\d[-. /])"
_ALONE_AFTER = r"(?!\d)(?![-. /]\d)"
_AREA = r"(?!400)[2-9]\d{2}"

_NORTH_AMERICAN = re.compile(
    rf"{_ALONE_BEFORE}(?:(?:00)?1[-. ])?"
    rf"(?:\({_AREA}\)[-. ]{{0,2}}\d{{3}}[-. ]\d{{4}}"
    rf"|{_AREA}([-.])\d{{3}}\1\d{{4}}|{_AREA} [2-9]\d{{2}}[- ]\d{{4}}"
    rf"|{_AREA}/\d{{3}}-\d{{4}}){_ALONE_AFTER}",
    re.A,
)
_CHINESE_MOBILE = re.compile(
    r"(?<!\d)(?<!\d[-.])(?:(?:00)?86[- ]?)?"
    r"1(?:3\d|4[014-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])([- ]?)\d{4}\1\d{4}(?!\d)(?![-.]\d)",
    re.A,
)
_CHINESE_LANDLINE = re.compile(
    rf"{_ALONE_BEFORE}(?:\(0(?:10|2\d|[3-9]\d{{2}})\) ?|(?:86[- ])?0(?:10|2\d|[3-9]\d{{2}})-)"
    r"[2-8]\d{2,3}[- ]?\d{4}(?!\d)(?:-\d{1,5}(?![-\w]))?",
    re.A,
)
_INTERNATIONAL = re.compile(
    r"\(?\+(?: (?=\d{1,3}[- (])|\(?)\d{1,4}\)?(?:[-. ()]{0,3}\d{1,12}){1,7}", re.A
)
_IS_DECIMAL = re.compile(r"\+ ?\d*\.\d*\Z", re.A)
_WITH_ZEROS = re.compile(
    r"(?<!\d)(?<!\d[-. /])00\d{1,3}-\d{1,12}(?:[-. /()]{1,2}\d{1,12}){1,6}", re.A
)
_WITH_TRUNK_ZERO = re.compile(
    rf"{_ALONE_BEFORE}0[1-9](?:\d{{1,3}} \d{{3,4}} \d{{3,4}}|-\d{{8}}|\d{{1,3}}[-/]\d{{6,7}})"
    rf"{_ALONE_AFTER}",
    re.A,
)
_TAGGED = re.compile(r"\(?\d{1,12}(?:(?:[-. /]|\) ?-?|-?\(| \()?\d{1,12}){0,7}", re.A)
_SERVICE = re.compile(r"[48]00[- ]?\d{3,4}[- ]?\d{3,4}(?!\d)", re.A)
_DATE = re.compile(
    r"(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?:0?[1-9]|[12]\d|3[01])[-./](?:0?[1-9]|[12]\d|3[01])[-./](?:19|20)\d\d(?!\d)"
    r"|(?:19|20)\d\d ?- ?(?:19|20)\d\d(?!\d)",
    re.A,
)
_EXTENSION = re.compile(
    r"[ ,]{0,2}(?:x|ext\.?|extension|转|轉|分机|分機) ?\d{1,6}(?!\w)", re.I | re.A
)
_SAYS_PHONE = re.compile(
    r"(?:(?<![\w./-])(?:(?:tele)?phones?|tel|answering|call(?:ing|ed)?|mobile|cell|fax|dial(?:ing)?"
    r"|whatsapp|sms|hotline|voicemail|landline|desk|contact|reach|ring|text me)\b"
    r"(?:[ .:#-]|number|no|me|us|him|her|them|at|on|is|to|the|my|our|office|home|work|or){0,12}"
    r"|(?:电话|電話|手机|手機|联系|聯繫|联络|致电|致電|拨打|撥打|传真|傳真|热线|熱線|来电|座机"
    r"|号码|號碼|咨询|諮詢|预约|报名|☎|📞)[^\dA-Za-z\n]{0,8})[ (+:]{0,3}(?:(?<=:)\n)?[ (+]{0,2}\Z",
    re.I | re.A,
)
_HAN = re.compile("[\u3400-\u9fff]")
_EAST_ASIAN = re.compile("[\u2e80-\uffef]")  # full-width characters too
_LATIN_OR_BRACKET = re.compile(r"[A-Za-z(\[{]", re.A)
_FOLLOWS = re.compile(r"[A-Za-z0-9_]|\.[A-Za-z0-9]", re.A)
_MOBILE_DIGITS = 11
_PHONE_FOLLOWS = re.compile(r"[ (-]{0,2}(?:office|fax|mobile|cell|home|work|tel)\b", re.I | re.A)
_NUMBER_OF_ANOTHER_KIND = re.compile(r"[:=,([{<>\"'#$] ?\Z", re.A)
_TOUCHES_WORD = re.compile(r"[A-Za-z0-9_=/.-]\Z", re.A)
_GROUP_END = re.compile(r"\d(?!\d)", re.A)
_NOT_DIGITS = re.compile(r"\D", re.A)
_MIN_DIGITS = 7
_MAX_DIGITS = 15
_MAX_DIGITS_OF = {"1": 11, "86": 14}


def find_phones(window: Window) -> Iterator[Item]:
    """The telephone numbers in a span, the surest forms first; they may overlap."""
    yield from _find_international(window)
    for pattern in (_CHINESE_MOBILE, _CHINESE_LANDLINE, _NORTH_AMERICAN, _WITH_TRUNK_ZERO):
        for match in window.matches(pattern):
            if match.group().endswith("00000000"):
                continue
            if pattern is _CHINESE_MOBILE and not _is_mobile(window, *match.span()):
                continue
            if _is_alone(window, *match.span()) and not _DATE.match(match.group()):
                yield _with_extension(window, *match.span())
    yield from _find_tagged(window)


def _is_alone(window: Window, start: int, stop: int) -> bool:
    """Whether the number is neither part of a word nor of an address of the web."""
    before = window.before_character(start)[-8:]
    if before.endswith(("tel:", "tel=")):
        return True
    if _TOUCHES_WORD.search(before) or window.is_in_url(start):
        return False
    return _ends_well(window, stop)


def _ends_well(window: Window, stop: int) -> bool:
    """Whether the number is followed by an extension, or by nothing that belongs to it."""
    return not _FOLLOWS.match(window.text, stop) or bool(_EXTENSION.match(window.text, stop))


def _is_mobile(window: Window, start: int, stop: int) -> bool:
    """Whether eleven digits are a Chinese number: they have its groups, or Chinese or a word for
    telephone stands near, or nothing does that makes them a number of another kind."""
    number = window.text[start:stop]
    if not number.isdecimal() or len(number) > _MOBILE_DIGITS:
        return True
    before, after = window.before_character(start), window.text[stop : stop + 48]
    is_chinese = _HAN.search(before) or _EAST_ASIAN.search(window.original)
    if is_chinese or _SAYS_PHONE.search(before):
        return True
    if before.endswith(("tel:", "tel=")) or not _LATIN_OR_BRACKET.search(before + after):
        return True
    return not _NUMBER_OF_ANOTHER_KIND.search(before)


def _with_extension(window: Window, start: int, stop: int) -> Item:
    """The number with the extension that follows it and the plus before it."""
    match = _EXTENSION.match(window.text, stop)
    while start and window.text[start - 1] == "+":
        start -= 1
    return window.item("phone", start, match.end() if match else stop)


def _find_international(window: Window) -> Iterator[Item]:
    """Numbers after a +, or after 00 and with dashes, whose country code is assigned."""
    match = _INTERNATIONAL.match(window.text)
    if match is not None:
        before = window.before[-1:]
        stop = _end_of_international(match.group())
        is_part = _IS_DECIMAL.match(match.group()) or (before.isascii() and before.isalnum())
        if stop is not None and not is_part and _ends_well(window, stop):
            number = match.group()[:stop]
            opens_around = number[0] == "(" and number.count("(") > number.count(")")
            yield _with_extension(window, int(opens_around), stop)
    for match in window.matches(_WITH_ZEROS):
        stop = _end_of_international(match.group()[2:])
        if stop is not None and not _TOUCHES_WORD.search(window.before_character(match.start())):
            yield _with_extension(window, match.start(), match.start() + 2 + stop)


def _end_of_international(text: str) -> int | None:
    """Where the longest valid number at the beginning of a text ends: at a break between groups."""
    for match in reversed(list(_GROUP_END.finditer(text))):
        number = text[: match.end()]
        digits = _NOT_DIGITS.sub("", number.replace("(0)", ""))
        code = calling_code(digits)
        if code is not None and len(digits) <= _MAX_DIGITS_OF.get(code, _MAX_DIGITS):
            return match.end()
    return None


def _find_tagged(window: Window) -> Iterator[Item]:
    """The number that follows a word for telephone, or stands before one."""
    match = _TAGGED.match(window.text)
    if match is None or not (
        _SAYS_PHONE.search(window.before[-64:]) or _PHONE_FOLLOWS.match(window.text, match.end())
    ):
        return
    if _DATE.match(match.group()) or _SERVICE.match(match.group()):
        return
    text = match.group()
    if _TOUCHES_WORD.search(window.before[-1:]) and window.before[-1] not in ".-":
        return
    for end in reversed([found.end() for found in _GROUP_END.finditer(text)]):
        if _MIN_DIGITS <= len(_NOT_DIGITS.sub("", text[:end])) <= _MAX_DIGITS and _ends_well(
            window, end
        ):
            yield _with_extension(window, 0, end)
            return
