"""Normalisation of text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.normalise import clean, repair_mojibake

_HARD = (
    "aé中。\n\r\t \x00\x85\x93\u200b\u200c\u200d\ufeff\u3000क़نÃ©â€™"
    "\u0301\u0344👩👧\ufe0f\xa0Å\u2126ÂãÐ"
)
texts = st.one_of(
    st.text(alphabet=st.characters(blacklist_categories=["Cs"])), st.text(alphabet=_HARD)
)


def normalise(text: str) -> str:
    return repair_mojibake(clean(text))


@settings(max_examples=500)
@given(texts)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert clean(once) == once
    assert normalise(once) == once


@given(texts)
def test_result_is_nfc_without_control_characters(text: str) -> None:
    result = normalise(text)
    assert unicodedata.is_normalized("NFC", result)
    controls = {c for c in result if unicodedata.category(c) == "Cc"}
    assert controls <= {"\n", "\t"}
    assert not any(line.endswith((" ", "\t", "\u3000")) for line in result.split("\n"))
    assert "\n\n\n\n" not in result


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a  \n\n\n\n\n\nb\t\n", "a\n\n\nb"),
        ("\ufeff研\u200b墨", "研墨"),
        ("e\u0301", "é"),
        ("bell\x07 and page\x0cbreak", "bell and page\nbreak"),
        ("  indented\n", "  indented"),
    ],
)
def test_clean(before: str, after: str) -> None:
    assert clean(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "“全角，标点！”（不变）：１２３",
        "he said “no” – it’s fine… ﬁne",
        "\u3000\u3000段首缩进",
        "👩\u200d👩\u200d👧 family",
        "می\u200cخواهم",
        "क्\u200dष",
        "１.２　ＡＢＣ",
    ],
)
def test_good_text_stays_as_it_is(text: str) -> None:
    assert normalise(text) == text


def test_joiners_without_effect_are_removed() -> None:
    assert clean("研\u200d墨 a\u200cb") == "研墨 ab"


@pytest.mark.parametrize(
    "text", ["l’été à Zürich — “déjà vu”", "研墨：笔墨纸砚", "Ёжик в тумане", "señor"]
)
def test_mojibake_is_repaired(text: str) -> None:
    broken = text.encode().decode("latin-1")
    assert repair_mojibake(clean(broken)) == text


def test_chinese_poems_are_not_taken_for_mojibake(poems: str) -> None:
    assert repair_mojibake(poems) == poems
