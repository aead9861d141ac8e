"""Numbers that belong to a person: identity, card and account numbers, IPv4 addresses.

Comes in: a span of digits and separators. Goes out: the items in it. All patterns are bounded, so
the time grows with the length of the text alone. Telephone numbers have a module of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yanmo.corpus.privacy.checks import (
    is_bank_card,
    is_chinese_id,
    is_iban,
    is_old_chinese_id,
    is_public_ipv4,
    is_us_ssn,
)
from yanmo.corpus.privacy.window import Item, Window

_CHINESE_ID = re.compile(
    r"(?<![\dA-Za-z_.])\d{6}([ -]?)(?:18|19|20)\d{6}\1\d{3}[\dXx](?![\w.-]\d)", re.A
)
_OLD_CHINESE_ID = re.compile(r"(?<!\d)\d{15}(?!\d)", re.A)
_CARD = re.compile(
    r"(?<!\d)(?<!\d-)(?:(?<!\d )(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?"
    r"|3\d{3}([ -])\d{6}\2\d{4,5})(?! \d)|\d{12,19})(?!\d)(?!-\d)",
    re.A,
)
_SSN = re.compile(r"(?<!\d)(?<!\d[-.])\d{3}-\d{2}-\d{4}(?!\d)(?![-.]\d)", re.A)
_BARE_SSN = re.compile(r"(?<!\d)(?<!\d[ -.])\d{3}[ .]?\d{2}[ .]?\d{4}(?!\d)(?![ -.]\d)", re.A)
_IPV4 = re.compile(r"(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?!\d)(?!\.\d)", re.A)
_IBAN = re.compile(r"[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,40}", re.A)

_SAYS_ID = re.compile(
    r"(?:身份证|身份證|证件|證件|公民身份|ID card|ID number)[^\d]{0,12}\Z", re.I | re.A
)
_SAYS_CARD = re.compile(
    r"(?:card|\bcc|visa|maestro|debit|credit|卡号|卡號|银行卡|信用卡|账号|帳號)[^\d]{0,16}\Z",
    re.I | re.A,
)
_SAYS_SSN = re.compile(r"(?:\bssn|social[- ]security)[^\d]{0,24}\Z", re.I | re.A)
_SAYS_IP = re.compile(r"(?:\bIP|address|host|server|地址|from)[^\d]{0,12}\Z", re.I | re.A)
_SAYS_VERSION = re.compile(
    r"(?:\bv|versions?|ver\.?|release|build|firmware|driver|sections?|chapter|clause|§|rev\.?|版本|版"
    r"|第|章|节|updates?|sdk|[\w)] ?[=<>~^]=?)[ :v\"']{0,3}\Z",
    re.I | re.A,
)
_VERSION_FOLLOWS = re.compile(r" ?(?:版|version)", re.I | re.A)
_SEPARATORS = str.maketrans("", "", " -")
_SHORTEST_IBAN = 15
_LEAST_FIRST_PART = 24
_LEAST_LARGEST_PART = 100


def find_chinese_ids(window: Window) -> Iterator[Item]:
    """Identity numbers with a valid check digit, and old ones where the text says what they are."""
    for match in window.matches(_CHINESE_ID):
        start, stop = match.span()
        is_number = is_chinese_id(match.group().translate(_SEPARATORS))
        if is_number and window.stands_alone(start, stop) and not window.is_in_url(start):
            yield window.item("chinese_id", start, stop)
    for match in window.matches(_OLD_CHINESE_ID):
        says_id = _SAYS_ID.search(window.before_character(match.start())[-24:])
        if says_id and is_old_chinese_id(match.group()):
            yield window.item("chinese_id", *match.span())


def find_bank_cards(window: Window) -> Iterator[Item]:
    """Card numbers, whole or in the groups in which they are printed."""
    for match in window.matches(_CARD):
        start, stop = match.span()
        says_card = _SAYS_CARD.search(window.before_character(start)[-32:]) is not None
        if not is_bank_card(match.group().translate(_SEPARATORS), is_named=says_card):
            continue
        if window.stands_alone(start, stop) and not window.is_in_url(start):
            yield window.item("bank_card", start, stop)


def find_us_ssns(window: Window) -> Iterator[Item]:
    """Social security numbers: with dashes, or in other forms where the text says what they are."""
    for match in window.matches(_SSN):
        is_alone = window.stands_alone(*match.span()) and not window.is_in_url(match.start())
        if is_alone and is_us_ssn(match.group().replace("-", "")):
            yield window.item("us_ssn", *match.span())
    for match in window.matches(_BARE_SSN):
        digits = match.group().replace(" ", "").replace(".", "")
        if is_us_ssn(digits) and _SAYS_SSN.search(window.before_character(match.start())[-40:]):
            yield window.item("us_ssn", *match.span())


def find_ipv4(window: Window) -> Iterator[Item]:
    """Public IPv4 addresses; numbers of versions and of sections look the same and stay."""
    for match in window.matches(_IPV4):
        if not window.stands_alone(*match.span()) or not is_public_ipv4(match.group()):
            continue
        before = window.before_character(match.start())[-32:]
        if _SAYS_VERSION.search(before) or _VERSION_FOLLOWS.match(window.text, match.end()):
            continue
        if _is_no_version(match.group()) or _SAYS_IP.search(before):
            yield window.item("ip_address", *match.span())


def _is_no_version(address: str) -> bool:
    """Whether the four numbers are larger than those of a version or of a section."""
    parts = [int(part) for part in address.split(".")]
    return parts[0] >= _LEAST_FIRST_PART or max(parts) >= _LEAST_LARGEST_PART


def find_ibans(window: Window) -> Iterator[Item]:
    """Bank account numbers, in one piece or in groups; a word may follow without a break."""
    match = _IBAN.match(window.text)
    if match is None or not (match.group()[:2].isupper() or match.group()[:2].islower()):
        return
    raw = match.group()
    for stop in range(len(raw), _SHORTEST_IBAN - 1, -1):
        follows = window.text[stop : stop + 1]
        if follows.isascii() and follows.isalnum():
            continue
        if is_iban(raw[:stop].translate(_SEPARATORS).upper()):
            yield window.item("iban", 0, stop)
            return
