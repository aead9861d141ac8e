"""Numbers that prove themselves: check digits, lengths and prefixes.

Comes in: a number without spaces. Goes out: whether it can be what it looks like. Pure functions;
they know nothing of text.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from ipaddress import AddressValueError, IPv4Address, IPv6Address


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK_DIGITS = "10X98765432"
_ID_PROVINCES = _words(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65"
    " 71 81 82 83"
)
_FIRST_BIRTH_YEAR = 1890
_LAST_BIRTH_YEAR = 2050

_IBAN_LENGTHS = {
    pair[:2]: int(pair[2:])
    for pair in _words(
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27"
        " DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21"
        " HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27"
        " MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24"
        " RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22"
        " VG24 XK20 YE30"
    )
}
IBAN_COUNTRIES = tuple(sorted(_IBAN_LENGTHS))
"""The two letters with which international bank account numbers begin."""

# Country calling codes by their first digits: which lengths of code are assigned (ITU-T E.164).
_TWO_DIGIT_CODES = _words(
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64"
    " 65 66 81 82 84 86 90 91 92 93 94 95 98"
)
_THREE_DIGIT_STARTS = ("21", "22", "23", "24", "25", "26", "29", "35", "37", "38", "42", "50", "59")
_THREE_DIGIT_CODES = _words(
    "670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 800 808"
    " 850 852 853 855 856 870 878 880 881 882 883 886 888 960 961 962 963 964 965 966 967 968 970"
    " 971 972 973 974 975 976 977 979 992 993 994 995 996 998"
)
_SHORTEST_NATIONAL_NUMBER = 6
_LONGEST_NUMBER = 15


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = ord(digit) - 48
        total += _LUHN_DOUBLED[value] if place % 2 else value
    return bool(digits) and total % 10 == 0


def is_bank_card(digits: str, *, is_named: bool = False) -> bool:
    """Whether this is a card number with a valid check digit.

    Args:
        digits: nothing but digits, 12 to 19 of them.
        is_named: the text says that it is a card number, so that any issuer will do. Without that
            the first digits and the length must be those of a large issuer; the ranges of Maestro
            and the old short forms of Visa are too loose.
    """
    if len(set(digits)) < 2 or not passes_luhn(digits):
        return False
    return is_named or _is_issuer(digits)


def _is_issuer(digits: str) -> bool:
    """Whether the first digits and the length belong to Visa, Mastercard, UnionPay and so on."""
    length = len(digits)
    four = int(digits[:4])
    if length == 14:
        return digits[:2] in ("36", "38", "39") or 300 <= int(digits[:3]) <= 305  # Diners Club
    if length == 15:
        return digits[:2] in ("34", "37") or four in (1800, 2131)  # American Express, JCB
    if length == 16 and (51 <= int(digits[:2]) <= 55 or 2221 <= four <= 2720):
        return True  # Mastercard
    if length in (16, 19) and digits[0] == "4":
        return True  # Visa
    if 16 <= length <= 19:
        is_discover = four == 6011 or 644 <= int(digits[:3]) <= 659
        is_unionpay = digits[:2] == "62" or (digits[:2] == "81" and length in (16, 19))
        return is_discover or is_unionpay or four == 9558 or 3528 <= four <= 3589
    return False


def is_chinese_id(number: str) -> bool:
    """Whether this is a valid identity number (GB 11643-1999): region, date, check digit.

    Args:
        number: 18 characters; the last may be X or x.
    """
    if len(number) != 18 or not number[:17].isdecimal() or number[:2] not in _ID_PROVINCES:
        return False
    if not _is_date(int(number[6:10]), int(number[10:12]), int(number[12:14])):
        return False
    total = sum(
        weight * (ord(digit) - 48) for weight, digit in zip(_ID_WEIGHTS, number[:17], strict=True)
    )
    return number[17].upper() == _ID_CHECK_DIGITS[total % 11]


def is_old_chinese_id(number: str) -> bool:
    """Whether this can be an identity number of the form used until 1999: 15 digits."""
    if len(number) != 15 or not number.isdecimal() or number[:2] not in _ID_PROVINCES:
        return False
    return _is_date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))


def _is_date(year: int, month: int, day: int) -> bool:
    """Whether somebody alive today can have been born on this day."""
    if not _FIRST_BIRTH_YEAR <= year <= _LAST_BIRTH_YEAR:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def is_iban(number: str) -> bool:
    """Whether this is an international bank account number (ISO 13616): length and remainder.

    Args:
        number: without spaces, in capitals.
    """
    if len(number) != _IBAN_LENGTHS.get(number[:2]) or not number.isascii():
        return False
    if not number.isalnum() or not number[2:4].isdecimal():
        return False
    turned = number[4:] + number[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_us_ssn(digits: str) -> bool:
    """Whether these nine digits can be a United States social security number."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def calling_code(digits: str) -> str | None:
    """The country code at the beginning of an international telephone number without its +.

    None where no country has such a code, or the number is too short or too long for E.164.
    """
    if digits[:1] in ("1", "7"):
        code = digits[:1]
    elif digits[:2] in _TWO_DIGIT_CODES:
        code = digits[:2]
    elif digits[:2] in _THREE_DIGIT_STARTS or digits[:3] in _THREE_DIGIT_CODES:
        code = digits[:3]
    else:
        return None
    num_national = len(digits) - len(code)
    if code == "1" and num_national != 10:
        return None
    is_long_enough = num_national >= _SHORTEST_NATIONAL_NUMBER
    return code if is_long_enough and len(digits) <= _LONGEST_NUMBER else None


def is_public_ipv4(address: str) -> bool:
    """Whether this is an address of the public internet."""
    try:
        return IPv4Address(address).is_global
    except AddressValueError:
        return False


def is_public_ipv6(address: str) -> bool:
    """Whether this is an address of the public internet, written as people write them.

    All eight groups, at least three of them long; or a short form that begins like the addresses
    that are handed out (2000::/3): `a::b` is more often program code.
    """
    groups = address.split(":")
    if "::" in address:
        if len(groups[0]) != 4 or groups[0][0] not in "23":
            return False
    elif len(groups) != 8 or sorted(map(len, groups))[5] < 3 or address[:2].lower() == "ff":
        return False
    try:
        return IPv6Address(address).is_global
    except AddressValueError:
        return False


def bits_per_character(text: str) -> float:
    """The Shannon entropy of the characters of a text, in bits."""
    total = len(text)
    return -sum(n / total * math.log2(n / total) for n in Counter(text).values())
