"""Words, phrases and scripts are those that a plain reading of the text finds."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.report.distinct_count import NUM_REGISTERS, DistinctCount
from yanmo.corpus.report.survey import PHRASE_WORDS, survey, words_of
from yanmo.corpus.scripts import SCRIPTS, count_scripts
from yanmo.corpus.text_column import text_buffers

_ALONE = re.compile("[\u3005-\u3007\u2e80-\u2fdf\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
                    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af]")  # fmt: skip


def _plain_words(text: str) -> list[str]:
    """Words by the definition, slowly."""
    words, word = [], ""
    for character in text:
        is_part = unicodedata.category(character)[0] in "LNM"
        is_alone = bool(_ALONE.match(character)) and character.isalpha()
        if is_part and not is_alone:
            word += character.lower() if character.isascii() else character
            continue
        if word:
            words.append(word)
            word = ""
        if is_alone:
            words.append(character)
    return [*words, word] if word else words


def _check(texts: list[str]) -> None:
    column = text_buffers(pa.array(texts, pa.string()))
    words, phrases = DistinctCount(), DistinctCount()
    found = survey(column, words.registers, phrases.registers)
    plain = [_plain_words(text) for text in texts]
    assert found.words == sum(len(each) for each in plain)
    expected = sum(max(1, len(each) - PHRASE_WORDS + 1) for each in plain if each)
    assert found.phrases == expected
    hashes, rows = words_of(column)
    assert len(hashes) == found.words
    assert np.bincount(rows, minlength=len(texts)).tolist() == [len(each) for each in plain]
    assert len(np.unique(hashes)) == len({word for each in plain for word in each})
    scripts = sum((count_scripts(text) for text in texts), np.zeros(len(SCRIPTS), np.int64))
    assert found.scripts.tolist() == scripts.tolist()


def test_english_pages(english: list[str]) -> None:
    _check(english)


def test_chinese_paragraphs(chinese: list[str]) -> None:
    _check(chinese[:500])


@settings(max_examples=150)
@given(st.lists(st.text(st.sampled_from("aB9 ,研墨のé\u0301한-\n𠮷"), max_size=60), max_size=5))
def test_any_text(texts: list[str]) -> None:
    _check(texts)


@pytest.mark.parametrize("number", [4095, 4096, 4097, 9000])
def test_long_documents_are_read_in_fillings_without_a_seam(number: int) -> None:
    text = " ".join(f"w{index}" for index in range(number))
    _check([text, text + "!", "研" * number])
    phrases = DistinctCount()
    survey(
        text_buffers(pa.array([text], pa.string())),
        np.zeros(NUM_REGISTERS, np.uint8),
        phrases.registers,
    )
    assert phrases.estimate() == pytest.approx(number - PHRASE_WORDS + 1, rel=0.025)


def test_the_same_phrase_is_the_same_wherever_it_stands() -> None:
    passage = " ".join(f"w{index}" for index in range(40))
    texts = [passage, "before. " + passage + " and after", "X " * 4090 + passage]
    phrases = DistinctCount()
    for text in texts[1:]:
        column = text_buffers(pa.array([text], pa.string()))
        survey(column, np.zeros(NUM_REGISTERS, np.uint8), phrases.registers)
    before = phrases.registers.copy()
    survey(
        text_buffers(pa.array([passage], pa.string())),
        np.zeros(NUM_REGISTERS, np.uint8),
        phrases.registers,
    )
    assert (phrases.registers == before).all()
