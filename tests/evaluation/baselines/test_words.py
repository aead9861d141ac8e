"""Words, sentences and joined text of English, Chinese and mixtures."""

from __future__ import annotations

import pytest

from yanmo.evaluation.baselines.words import (
    characters_of,
    join_words,
    sentences_of,
    split_text,
    words_of,
)


def test_words_of_mixed_text() -> None:
    assert words_of("It's well-known: BERT 理解自然语言!") == [
        "it's",
        "well-known",
        "bert",
        "理解",
        "自然语言",
    ]
    assert split_text("Ein Mann, (alt).") == ["Ein", "Mann", ",", "(", "alt", ")", "."]
    assert characters_of("用BERT分类") == ["用", "bert", "分", "类"]
    assert words_of("") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two? Three", ["One.", "Two?", "Three"]),
        ("他说：“好。”然后走了。真的？！是", ["他说：“好。”", "然后走了。", "真的？！", "是"]),
        ("提出新的方法.仿真结果为3.5倍", ["提出新的方法.", "仿真结果为3.5倍"]),
        ("#Person1#: Hi.\n#Person2#: Hello", ["#Person1#: Hi.", "#Person2#: Hello"]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences_of(text) == expected


def test_joined_words_read_as_one_writes() -> None:
    assert join_words(["Ein", "Mann", ",", "(", "alt", ")", "."], language="de") == (
        "Ein Mann, (alt)."
    )
    assert (
        join_words(["我", "用", "deep", "learning", "。"], language="zh") == "我用deep learning。"
    )
