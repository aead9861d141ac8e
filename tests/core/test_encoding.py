"""Detection of encodings, on real Chinese text and on what resembles it."""

from __future__ import annotations

import gzip
import json
import re
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from yanmo.core.encoding import detect_encoding

KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. " * 3
JAPANESE = (
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。" * 3
)
RUSSIAN = "Все люди рождаются свободными и равными в своём достоинстве и правах. " * 3
POLISH = "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i praw. " * 3
HUNGARIAN = "Minden emberi lény szabadon születik, egyenlő méltósága és joga, erőforrásunk. " * 3
TURKISH = "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar, akıl ve vicdan. " * 3
CROATIAN = "Sva ljudska bića rađaju se slobodna i jednaka u dostojanstvu i pravima, čine. " * 3
GREEK = "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια. " * 3
FRENCH = "Tous les êtres humains naissent libres et égaux en dignité, où qu'ils soient nés. " * 3


def to_traditional(text: str) -> str:
    return _converter().convert(text)


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("s2t")


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
        (JAPANESE, "iso2022_jp"),
        (KOREAN, "euc_kr"),
        (FRENCH, "cp1252"),
    ],
)
def test_other_encodings_are_recognised_by_their_characters(text: str, codec: str) -> None:
    found = detect_encoding(text.encode(codec), is_whole=True)
    assert found.codec == codec
    assert found.confidence > 0.8


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (POLISH, "cp1250"),
        (HUNGARIAN, "cp1250"),
        (TURKISH, "cp1254"),
        (CROATIAN, "cp1250"),
        (GREEK, "cp1253"),
        (FRENCH, "mac_roman"),
    ],
)
def test_what_cannot_be_told_is_refused(text: str, codec: str) -> None:
    found = detect_encoding(text.encode(codec), is_whole=True)
    assert found.codec is None
    assert not found.is_binary


def test_traditional_poems_are_recognised_in_big5(poems: str) -> None:
    raw = to_traditional(poems).encode("big5", "ignore")
    found = detect_encoding(raw, is_whole=True)
    assert found.codec == "big5"
    assert found.confidence > 0.9


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


@pytest.fixture(scope="module")
def web_paragraphs(shared_data: Path) -> list[str]:
    """Paragraphs of Chinese web text."""
    path = shared_data / "text" / "clue-corpus-small" / "CLUECorpusSmall_sampled.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.strip() for line in lines if len(line) > 20][:400]


@pytest.mark.parametrize("length", [20, 50, 200])
@pytest.mark.parametrize("codec", ["gb18030", "big5"])
def test_chinese_web_text_comes_back_unchanged(
    web_paragraphs: list[str], codec: str, length: int
) -> None:
    convert = to_traditional if codec == "big5" else str
    num_right = num_texts = 0
    for paragraph in web_paragraphs:
        text = convert(paragraph[:length])
        try:
            raw = text.encode(codec)
        except UnicodeEncodeError:
            continue
        if raw.isascii():
            continue
        found = detect_encoding(raw, is_whole=True)
        num_texts += 1
        num_right += found.codec is not None and raw.decode(found.codec) == text
    assert num_texts > 30
    assert num_right >= 0.99 * num_texts


_LANGUAGES = {
    "Japanese": ("shift_jis", "euc_jp"),
    "French": ("cp1252",),
    "German": ("cp1252",),
    "Spanish": ("cp1252",),
    "Italian": ("cp1252",),
    "Danish": ("cp1252",),
    "Finnish": ("cp1252",),
}
_REFUSED = {
    "Polish": "cp1250",
    "Czech": "cp1250",
    "Hungarian": "cp1250",
    "Croatian": "cp1250",
    "Turkish": "cp1254",
    "Lithuanian": "cp1257",
    "Latvian": "cp1257",
    "Russian": "cp1251",
    "Ukrainian": "cp1251",
    "Greek": "cp1253",
    "Thai": "cp874",
    "Hebrew": "cp1255",
    "Arabic": "cp1256",
}


@pytest.fixture(scope="module")
def lines_of_languages(shared_data: Path) -> dict[str, list[str]]:
    """Lines of many languages, by the language's name."""
    path = shared_data / "language-id" / "bigbench_language_identification.jsonl.gz"
    found: dict[str, list[str]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            sentence = row["query"].split("Sentence:", 1)[-1].strip().split("\nA. ")[0]
            names = dict(re.findall(r"^([A-D])\. (.*)$", row["query"], re.MULTILINE))
            found.setdefault(names["ABCD"[row["gold"]]], []).append(sentence)
    return found


def test_lines_of_other_languages_are_read_rightly_or_refused(
    lines_of_languages: dict[str, list[str]],
) -> None:
    num_right = num_refused = 0
    for language, names in _LANGUAGES.items():
        for codec in names:
            for text in lines_of_languages[language]:
                raw = text.encode(codec, "ignore")
                if raw.isascii():
                    continue
                found = detect_encoding(raw, is_whole=True)
                if found.codec is None:
                    num_refused += 1
                else:
                    assert raw.decode(found.codec) == raw.decode(codec), (language, text)
                    num_right += 1
    assert num_right >= 0.9 * (num_right + num_refused)
    assert num_right > 30


def test_lines_in_encodings_that_are_not_told_never_become_rubbish(
    lines_of_languages: dict[str, list[str]],
) -> None:
    for language, codec in _REFUSED.items():
        for text in lines_of_languages[language]:
            raw = text.encode(codec, "ignore")
            if not raw.isascii():
                found = detect_encoding(raw, is_whole=True)
                assert found.codec is None or raw.decode(found.codec) == raw.decode(codec), text
