"""What the kernels measure is what the definitions say, on any text."""

from __future__ import annotations

import gzip
import json
import math
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.corpus.rules import published_rules

from yanmo.corpus.rules.characters import _LAST_LETTER, HAN, SPACE, WORD, character_classes
from yanmo.corpus.rules.measure import COLUMN, MAX_BYTES, MEASURES, measure
from yanmo.corpus.text_column import text_buffers

EVERYTHING = 31
STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")

WORDS = """a b ab the and of to A. Mr. U.S. x1 _ # ... … • - -- ! ? 。 ， 、 的 之 春 眠 不觉 晓 カ
ー １ é ß İ ( ) “ ” { [ ] 锟斤拷 烫烫烫 â€™ Ã©"""
SPACES = [" ", " ", "\n", "\n", "\n\n", "\n\n\n", "\t", "\u3000", "\u00a0", "\u2028", "\r", "\x1c"]
PIECES = st.sampled_from([*WORDS.split(), "\ufffd", *SPACES])
TEXTS = st.one_of(
    st.lists(PIECES, max_size=60).map("".join),
    st.lists(st.sampled_from(["a ", "b ", "ab", "\n"]), max_size=80).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)


def measured(*texts: str, groups: int = EVERYTHING) -> list[dict[str, float]]:
    batch = text_buffers(pa.array(texts, pa.string()))
    values = measure(batch, np.full(len(texts), groups, np.uint8), STOP_WORDS, 30)
    return [dict(zip(MEASURES, row.tolist(), strict=True)) for row in values]


def expected(text: str) -> dict[str, float]:
    return {
        "num_characters": len(text),
        **published_rules.gopher_repetition(text),
        **published_rules.gopher_quality(text, STOP_WORDS),
        **published_rules.fineweb_quality(text),
    }


@given(TEXTS)
@settings(max_examples=400)
def test_published_measures_equal_their_definitions(text: str) -> None:
    found = measured(text)[0]
    if not text:
        assert found["num_characters"] == found["num_no_symbol_words"] == found["num_lines"] == 0
        return
    for name, value in expected(text).items():
        assert found[name] == value, name


@given(TEXTS)
@settings(max_examples=200)
def test_chinese_repetition_is_over_words_without_symbols(text: str) -> None:
    found = measured(text)[0]
    words = [w for w in published_rules.WORD.findall(text) if w[0].isalnum() or w[0] == "_"]
    for size in (4, 6, 8):
        value = published_rules.top_run(words, size, min_count=3)
        name = f"top_{size}_character_frac"
        assert not text or found[name] == value / len(text), name
    for size in (8, 10, 12, 14, 16):
        value = published_rules.repeated_runs(words, size)
        name = f"duplicated_{size}_character_frac"
        assert not text or found[name] == value / len(text), name


@given(TEXTS)
@settings(max_examples=100)
def test_shares_lie_between_0_and_1(text: str) -> None:
    for name, value in measured(text)[0].items():
        if name.endswith("_frac") and not name.startswith("top_") and not math.isnan(value):
            assert 0 <= value <= 1, name


def test_real_texts_equal_their_definitions(shared_data: Path) -> None:
    folder = shared_data / "text"
    lines = (folder / "c4-demo" / "c4_demo.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines[:60]]
    packed = folder / "clue-corpus-small" / "CLUECorpusSmall_sampled.txt.gz"
    with gzip.open(packed, "rt", encoding="utf-8") as clue:
        texts += [next(clue) for _ in range(60)]
    for text, found in zip(texts, measured(*texts), strict=True):
        assert {name: found[name] for name in expected(text)} == expected(text)


def test_rows_do_not_depend_on_their_neighbours() -> None:
    texts = ["the cat. " * 30, "", "春眠不觉晓，处处闻啼鸟。" * 5, "x"]
    alone = [measured(text)[0] for text in texts]
    for one, other in zip(measured(*texts), alone, strict=True):
        assert str(one) == str(other)


def test_a_slice_of_a_column_is_measured_by_itself() -> None:
    column = pa.array(["first text", "春眠不觉晓", "third"], pa.string()).slice(1, 1)
    values = measure(text_buffers(column), np.full(1, EVERYTHING, np.uint8), (), 30)
    assert values[0, COLUMN["num_characters"]] == 5


def test_groups_that_are_not_asked_for_stay_nan() -> None:
    found = measured("The cat sat on the mat.", groups=2)[0]
    assert found["mean_word_length"] == 17 / 6
    assert math.isnan(found["dup_line_frac"]) and math.isnan(found["han_frac"])


def test_a_very_long_document_is_judged_by_its_beginning() -> None:
    text = "春" * (MAX_BYTES // 3 + 1000)
    assert measured(text, groups=8)[0]["num_characters"] == MAX_BYTES // 3


@pytest.mark.parametrize(
    "text",
    ["锟斤拷" * 9, "烫烫烫烫", "\ufffd" * 5, "ä¸\xadæ–‡", "ÖÐ¹ú", "donâ€™", "\ue000"],
    ids=["U+FFFD in GBK", "memory", "U+FFFD", "UTF-8", "GBK in Latin-1", "quote", "private use"],
)
def test_broken_encodings_are_seen(text: str) -> None:
    assert measured(text, groups=8)[0]["broken_frac"] > 0.3


@pytest.mark.parametrize("text", ["Café à Nîmes, où ça?", "«Ünïcödé» – naïve", "锟 is tin; 烫手。"])
def test_sound_text_is_not_called_broken(text: str) -> None:
    assert measured(text, groups=8)[0]["broken_frac"] == 0


def test_classical_and_modern_chinese_are_told_apart() -> None:
    classical = "学而时习之，不亦说乎？有朋自远方来，不亦乐乎？人不知而不愠，不亦君子乎？" * 2
    modern = "我们的工作是把这些事情做好了，你们看着吧。" * 3
    one, other = measured(classical, modern)
    assert one["classical_frac"] == 1 and other["classical_frac"] == 0
    assert one["function_frac"] > 0.2 and other["function_frac"] > 0.2


def test_utf8_read_as_gbk_is_full_of_rare_characters() -> None:
    text = "今天的天气非常好，我们一起去公园散步，看见了很多漂亮的花。" * 4
    broken = text.encode("utf-8").decode("gb18030", "replace")
    one, other = measured(text, broken)
    assert one["rare_han_frac"] == 0 and other["rare_han_frac"] > 0.3


def test_half_width_punctuation_counts_only_in_chinese() -> None:
    found = measured("你好,世界。Hello, world! 再见。")[0]
    assert found["half_width_frac"] == pytest.approx(1 / 3)


def test_gaps_are_pauses_where_they_stand_far_apart() -> None:
    prose = "今天点单等了很长时间 服务员的态度也不太好 味道还是可以的 下次不来了"
    menu = "首页 新闻 体育 财经 娱乐 科技 汽车 房产 教育 健康"
    one, other = measured(prose, menu)
    assert one["unpunctuated_frac"] == 0 and other["unpunctuated_frac"] == 1


def test_classes_say_what_python_says_of_every_character() -> None:
    table = character_classes()
    for point in range(0, sys.maxunicode + 1, 7):
        character = chr(point)
        assert bool(table[point] & WORD) == (character.isalnum() or character == "_"), hex(point)
        assert bool(table[point] & SPACE) == character.isspace(), hex(point)
    assert not any(chr(p).isalnum() for p in range(_LAST_LETTER, sys.maxunicode + 1, 3))
    assert table[ord("研")] & HAN and not table[ord("の")] & HAN
