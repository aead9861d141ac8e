"""Check digits: what is computed right passes, and one changed digit does not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.corpus.privacy.planted import chinese_id, iban, with_luhn

from yanmo.corpus.privacy.checks import (
    calling_code,
    is_bank_card,
    is_chinese_id,
    is_iban,
    is_old_chinese_id,
    is_public_ipv4,
    is_public_ipv6,
    is_us_ssn,
    passes_luhn,
)

seeds = st.integers(0, 2**32)


@given(seeds, st.integers(8, 19))
def test_luhn_accepts_the_check_digit_and_no_other(seed: int, length: int) -> None:
    rng = random.Random(seed)
    number = with_luhn("", length, rng)
    others = [number[:-1] + digit for digit in "0123456789" if digit != number[-1]]
    assert passes_luhn(number)
    assert not any(passes_luhn(other) for other in others)


@given(seeds, st.integers(0, 17), st.integers(1, 9))
def test_chinese_id_notices_any_changed_digit(seed: int, place: int, shift: int) -> None:
    number = chinese_id(random.Random(seed))
    assert is_chinese_id(number)
    if number[place] != "X":
        digit = str((int(number[place]) + shift) % 10)
        assert not is_chinese_id(number[:place] + digit + number[place + 1 :])


@given(seeds)
def test_one_of_eleven_check_characters_fits_a_chinese_id(seed: int) -> None:
    number = chinese_id(random.Random(seed))
    assert sum(is_chinese_id(number[:17] + check) for check in "0123456789X") == 1


@given(seeds, st.data())
def test_iban_notices_any_changed_digit(seed: int, data: st.DataObject) -> None:
    number = iban(random.Random(seed))
    assert is_iban(number)
    places = [i for i, character in enumerate(number) if character.isdigit()]
    place = data.draw(st.sampled_from(places))
    digit = str((int(number[place]) + data.draw(st.integers(1, 9))) % 10)
    assert not is_iban(number[:place] + digit + number[place + 1 :])


@given(st.text(max_size=40))
def test_checks_take_any_text(text: str) -> None:
    assert isinstance(is_iban(text), bool)
    assert isinstance(is_chinese_id(text), bool)
    assert isinstance(is_public_ipv6(text), bool)


def test_published_numbers_pass() -> None:
    assert is_iban("GB82WEST12345698765432")  # ISO 13616
    assert is_chinese_id("11010519491231002X")  # GB 11643-1999
    assert all(is_bank_card(n) for n in ("4111111111111111", "5555555555554444", "378282246310005"))


def test_a_chinese_id_needs_a_real_province_and_date() -> None:
    def with_check(digits: str) -> str:
        return next(digits + c for c in "0123456789X" if _weighs_right(digits + c))

    assert is_chinese_id(with_check("11010519491231002"))
    assert not is_chinese_id(with_check("99010519491231002"))
    assert not is_chinese_id(with_check("11010519490231002"))
    assert not is_chinese_id(with_check("11010517491231002"))
    assert is_old_chinese_id("110105491231002")
    assert not is_old_chinese_id("110105491331002")


def _weighs_right(number: str) -> bool:
    values = [10 if c == "X" else int(c) for c in number]
    return sum(v * pow(2, 17 - i, 11) for i, v in enumerate(values)) % 11 == 1  # ISO 7064, mod 11-2


def test_unknown_issuers_need_the_word_card() -> None:
    number = with_luhn("99", 16, random.Random(0))
    assert not is_bank_card(number)
    assert is_bank_card(number, is_named=True)
    assert not is_bank_card(number[:-1] + str((int(number[-1]) + 1) % 10), is_named=True)


@pytest.mark.parametrize(
    ("digits", "code"),
    [
        ("14155552671", "1"),
        ("442079460958", "44"),
        ("8613812345678", "86"),
        ("35312345678", "353"),
        ("999123456789", None),
        ("1415555267", None),
        ("4412345", None),
        ("8613812345678901", None),
    ],
)
def test_calling_codes_are_those_that_are_assigned(digits: str, code: str | None) -> None:
    assert calling_code(digits) == code


def test_only_public_addresses_count() -> None:
    assert is_public_ipv4("93.184.216.34") and not is_public_ipv4("192.168.0.1")
    assert not is_public_ipv4("256.1.1.1") and not is_public_ipv4("203.0.113.7")
    assert is_public_ipv6("2606:4700:4700::1111") and not is_public_ipv6("fe80::1")
    assert not is_public_ipv6("a::b") and not is_public_ipv6("00:11:22:33:44:55:66:77")


def test_social_security_numbers_leave_out_what_is_never_given() -> None:
    assert is_us_ssn("123456789")
    assert not any(is_us_ssn(n) for n in ("000456789", "666456789", "900456789"))
    assert not is_us_ssn("123006789") and not is_us_ssn("123450000")
