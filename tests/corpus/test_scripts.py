"""Scripts and the languages they give away."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from yanmo.corpus.scripts import SCRIPTS, count_scripts, language_by_script, major_category


def test_every_code_point_has_its_category() -> None:
    found = major_category().tobytes().decode()
    assert found == "".join(unicodedata.category(chr(i))[0] for i in range(sys.maxunicode + 1))


def test_letters_are_counted_by_script() -> None:
    text = "abc é 研墨吧 かなカナ 한글 Жук سلام αβ 123 ，。\U00020000"
    counts = dict(zip(SCRIPTS, count_scripts(text).tolist(), strict=True))
    assert counts == {
        "Latin": 4,
        "Han": 4,
        "Kana": 4,
        "Hangul": 2,
        "Cyrillic": 3,
        "Arabic": 4,
        "Other": 2,
    }


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("春眠不觉晓，处处闻啼鸟。", "zh"),
        ("用 PyTorch 训练一个小模型，只要几分钟", "zh"),
        ("これは日本語の文章です。", "ja"),
        ("이것은 한국어 문장입니다", "ko"),
        ("An English sentence that quotes 研墨 once.", None),
        ("Русский текст", None),
        ("", None),
        ("123 456", None),
    ],
)
def test_language_by_script(text: str, language: str | None) -> None:
    assert language_by_script(count_scripts(text)) == language


def test_poems_are_chinese(poems: str) -> None:
    assert language_by_script(count_scripts(poems)) == "zh"
