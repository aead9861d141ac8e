"""Phrases are found where a regular expression finds them; lists come from the user."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.core.errors import DataError
from yanmo.corpus.rules.boilerplate import BoilerplateRule, built_in_phrases
from yanmo.corpus.rules.config import BoilerplateConfig, WordListConfig
from yanmo.corpus.rules.phrases import build_tree, find_phrases
from yanmo.corpus.rules.reading import _LONE
from yanmo.corpus.rules.word_list import WordListRule
from yanmo.corpus.text_column import text_buffers

PHRASES = st.lists(
    st.sampled_from(["a", "ab", "ab c", "b", "春眠", "春", "不a", "c.", "é", "A b", "眠不"]),
    min_size=1,
    max_size=5,
)
TEXTS = st.lists(
    st.sampled_from([*"aAbBcé春眠不. ", " ", "\n", "ab c", "_"]), max_size=40
).map("".join)  # fmt: skip


def batch_of(*texts: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"text": pa.array(texts, pa.string())})


def regular_expression(phrases: list[str]) -> re.Pattern[str]:
    """Leftmost, longest; a letter of an alphabet at an end of a phrase is at the end of a word."""
    letter = rf"[^\W{_LONE}]"
    parts = []
    for phrase in sorted(set(phrases), key=len, reverse=True):
        first = rf"(?<!{letter})" if re.match(letter, phrase) else ""
        last = rf"(?!{letter})" if re.match(letter, phrase[-1]) else ""
        folded = "".join(
            f"[{c.lower()}{c.upper()}]" if c.isascii() and c.isalpha() else re.escape(c)
            for c in phrase
        )
        parts.append(first + folded + last)
    return re.compile("|".join(parts))


@given(PHRASES, TEXTS)
@settings(max_examples=400)
def test_hits_are_those_of_a_regular_expression(phrases: list[str], text: str) -> None:
    texts = text_buffers(pa.array([text, text], pa.string()))
    found = find_phrases(texts, np.array([True, False]), build_tree(phrases))
    matches = [match[0] for match in regular_expression(phrases).finditer(text)]
    assert found.hits.tolist() == [len(matches), 0]
    assert found.covered[0] == sum(len("".join(match.split())) for match in matches)
    assert found.visible[0] == len("".join(text.split()))


def test_lines_count_when_phrases_cover_enough_of_them() -> None:
    text = "版权所有 某某公司\n春眠不觉晓，处处闻啼鸟。夜来风雨声，版权所有知多少。一二三四五六七八"
    texts = text_buffers(pa.array([text], pa.string()))
    found = find_phrases(texts, np.array([True]), build_tree(["版权所有"]), 0.25)
    assert found.hits[0] == 2 and found.in_lines[0] == 8


def test_a_page_of_links_is_boilerplate_and_prose_is_not() -> None:
    links = "首页\n关于我们\n联系我们\n版权所有\n上一篇\n下一篇\nPrivacy Policy\nRead more"
    prose = "他点击查看更多之后，发现相关阅读里没有自己要找的文章，只好关掉网页，回去睡觉。"
    rule = BoilerplateRule(BoilerplateConfig())
    assert rule.judge(batch_of(links, prose, "")).reasons.to_pylist() == ["boilerplate", None, None]


def test_more_phrases_can_be_given() -> None:
    rule = BoilerplateRule(BoilerplateConfig(extra_phrases=("本台记者报道",)))
    assert rule.judge(batch_of("本台记者报道")).reasons.to_pylist() == ["boilerplate"]


def test_built_in_phrases_are_of_both_languages_and_none_stands_twice() -> None:
    phrases = built_in_phrases()
    assert len(phrases) == len(set(phrases)) > 250
    assert {"责任编辑", "all rights reserved"} <= set(phrases)


def test_a_word_list_limits_hits_and_share(tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text("# words\ncasino\n澳门 赌场\n赌博\n\n", encoding="utf-8")
    batch = batch_of("Casino, casino!", "casinos are fine", "赌博害人，赌博害己", "赌博")
    by_hits = WordListRule(WordListConfig(path=str(path), name="gambling", max_hits=1))
    verdict = by_hits.judge(batch)
    assert verdict.reasons.to_pylist() == ["gambling", None, "gambling", None]
    assert verdict.measures["gambling_hits"].tolist() == [2, 0, 2, 1]
    by_share = WordListRule(WordListConfig(path=str(path), max_frac=0.9))
    assert by_share.judge(batch).reasons.to_pylist() == [None, None, None, "word_list"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff", b"# nothing\n"])
def test_an_unreadable_or_empty_list_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "list.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"list\.txt"):
        WordListRule(WordListConfig(path=str(path), max_hits=0))
