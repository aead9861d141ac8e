"""Detection of encodings, on real Chinese text and on what resembles it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.corpus.encoding import detect_encoding

KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. " * 3
JAPANESE = (
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。" * 3
)
RUSSIAN = "Все люди рождаются свободными и равными в своём достоинстве и правах. " * 3
FRENCH = "Tous les êtres humains naissent libres et égaux en dignité, où qu'ils soient nés. " * 3


@pytest.mark.parametrize(
    ("codec", "expected"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_chinese_poems_are_recognised(poems: str, codec: str, expected: str) -> None:
    raw = poems.encode(codec)
    assert detect_encoding(raw, is_whole=True).codec == expected
    assert raw.decode(expected) == poems
    assert detect_encoding(raw[:2001]).codec == expected, "a character cut off at the end"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "euc_kr"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (FRENCH, "latin-1"),
    ],
)
def test_other_encodings_are_not_taken_for_gb18030(text: str, codec: str) -> None:
    found = detect_encoding(text.encode(codec), is_whole=True)
    assert found.codec is None
    assert not found.is_binary


def test_big5_is_not_taken_for_gb18030(poems: str) -> None:
    raw = poems.encode("big5", "ignore")
    assert detect_encoding(raw, is_whole=True).codec is None


def test_utf8_with_a_broken_byte_stays_utf8(poems: str) -> None:
    raw = bytearray(poems.encode())
    raw[100] = 0xFF
    assert detect_encoding(bytes(raw), is_whole=True).codec == "utf-8-sig"


def test_latin_text_in_utf16_without_mark() -> None:
    assert detect_encoding("Plain text.\n".encode("utf-16-le"), is_whole=True).codec == "utf-16-le"


@pytest.mark.parametrize("raw", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\0" * 100, bytes(range(256))])
def test_binary_is_refused(raw: bytes) -> None:
    found = detect_encoding(raw, is_whole=True)
    assert found.codec is None
    assert found.is_binary


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")))
def test_utf8_is_always_recognised(text: str) -> None:
    raw = text.encode()
    codec = detect_encoding(raw, is_whole=True).codec
    assert codec is not None
    if not text.startswith("\ufeff"):
        assert raw.decode(codec) == text


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer_that_decodes(raw: bytes) -> None:
    found = detect_encoding(raw, is_whole=True)
    if found.codec is not None and found.codec != "utf-8-sig":
        raw.decode(found.codec)
