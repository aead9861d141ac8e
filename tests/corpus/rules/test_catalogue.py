"""Presets, their order, and what each step of them decides."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from yanmo.core.toml_text import to_toml
from yanmo.corpus.rules.catalogue import build_rules
from yanmo.corpus.rules.config import (
    PRESETS,
    RULES,
    C4Config,
    ChineseConfig,
    GopherQualityConfig,
    GopherRepetitionConfig,
    RulesConfig,
)
from yanmo.corpus.rules.descriptions import list_rules
from yanmo.corpus.steps import Rule, Step, Transform

ENGLISH = (
    "The committee met on Monday to discuss the plans that had been made for the old bridge. "
    "Nobody could say with certainty what it would cost, and the engineers asked for more time. "
    "In the end they agreed to wait until spring. A second report will be written by then. "
    "It is expected to answer the questions of those who live near the river and have doubts. "
)
CHINESE = (
    "这座桥建于上个世纪初，是城里最老的桥。每天早上，来往的人很多，有的去上班，有的去买菜。"
    "前几年有人提议把它拆掉，另修一座新的，可是居民们不同意。后来请来工程师看过，说只要好好修补，"
    "还可以再用五十年。大家听了都很高兴，于是凑了钱，请了工匠，用了两个月时间，把桥修好了。"
)


def batch_of(*texts: str, languages: list[str | None] | None = None) -> pa.RecordBatch:
    columns: dict[str, Any] = {"text": pa.array(texts, pa.string())}
    if languages is not None:
        columns["language"] = pa.array(languages, pa.string())
    return pa.RecordBatch.from_pydict(columns)


def run(steps: list[Step], batch: pa.RecordBatch) -> list[str | None]:
    """The reason against each document; edits are made along the way."""
    reasons: list[str | None] = [None] * batch.num_rows
    for step in steps:
        if isinstance(step, Transform):
            batch = step.transform(batch).batch
            continue
        assert isinstance(step, Rule)
        found = step.judge(batch).reasons.to_pylist()
        reasons = [old or new for old, new in zip(reasons, found, strict=True)]
    return reasons


@pytest.mark.parametrize(
    ("preset", "names"),
    [
        ("none", ["length"]),
        ("gopher", ["length", "quality"]),
        ("c4", ["length", "c4", "c4_lines"]),
        ("fineweb", ["length", "quality", "c4", "c4_lines", "quality_after_c4"]),
        ("chinese", ["length", "boilerplate", "quality"]),
        (
            "bilingual",
            ["length", "boilerplate", "quality", "c4", "c4_lines", "quality_after_c4"],
        ),
    ],
)
def test_presets_are_these_steps_in_this_order(preset: Any, names: list[str]) -> None:
    steps = build_rules(RulesConfig(preset=preset))
    assert [step.name for step in steps] == names
    assert all(isinstance(step, Transform) != isinstance(step, Rule) for step in steps)


def test_fineweb_rules_share_the_pass_where_no_line_is_dropped() -> None:
    config = RulesConfig(preset="fineweb", c4=C4Config(documents="none"))
    assert [step.name for step in build_rules(config)] == ["length", "quality"]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_empty_documents_divide_nothing_by_zero(preset: Any) -> None:
    everything = build_rules(RulesConfig(preset=preset, min_characters=None))
    reasons = run(everything, batch_of("", " ", "\n\n", "。", "#"))
    assert preset in ("none", "c4") or reasons[0] is not None
    run(everything, batch_of())


def test_bilingual_judges_each_language_by_its_own_rules() -> None:
    steps = build_rules(RulesConfig(preset="bilingual"))
    assert run(steps, batch_of(ENGLISH, CHINESE)) == [None, None]
    given = batch_of(ENGLISH, CHINESE, languages=["en", "zh"])
    assert run(steps, given) == [None, None]
    swapped = run(steps, batch_of(ENGLISH, CHINESE, languages=["zh", "en"]))
    assert swapped[0] == "chinese/too_few_han"
    assert (swapped[1] or "").startswith("gopher_quality/")


def test_english_rules_lose_chinese_that_chinese_rules_keep() -> None:
    english = run(build_rules(RulesConfig(preset="fineweb")), batch_of(CHINESE))
    assert english == ["gopher_quality/gopher_below_avg_threshold"]
    assert run(build_rules(RulesConfig(preset="chinese")), batch_of(CHINESE)) == [None]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CHINESE.encode("utf-8").decode("gbk", "ignore"), "chinese/rare_han"),
        ("春眠不觉晓，处处闻啼鸟。\n" * 6, "chinese/dup_line_frac"),
        ("这家公司的产品质量很好，" * 12 + "。", "chinese/top_4_characters"),
        (CHINESE.replace("，", "").replace("。", ""), "chinese/too_few_pauses"),
        ("他们、我们、天空、大地、山上、水里、花儿、虫子、书本、你来", "chinese/too_many_marks"),
        (
            "苹果香蕉橙子葡萄西瓜芒果，桃李杏梅枣栗，鱼虾蟹贝鸡鸭鹅牛羊，松柏杨柳桐桂，"
            "红黄蓝绿紫黑白灰，春夏秋冬风霜雨雪，琴棋书画诗酒茶。",
            "chinese/no_function_characters",
        ),
        ("你好，世界。", "chinese/too_few_han"),
        ("2024 12.5 33.1 17.0 95.2 的是在" * 20, "characters/too_many_digits"),
        (CHINESE + "锟斤拷" * 3, "characters/broken_encoding"),
    ],
)  # fmt: skip
def test_chinese_junk_is_rejected_for_what_it_is(text: str, reason: str) -> None:
    quality = [s for s in build_rules(RulesConfig(preset="chinese")) if s.name == "quality"]
    assert run(quality, batch_of(text)) == [reason]


def test_thresholds_can_be_set_and_switched_off() -> None:
    text = ENGLISH.replace(". ", ". # ").replace(" the ", " #the ").replace(" and ", " #and ")
    text = text.replace(" of ", " #of ").replace(" it ", " #it ").replace(" to ", " #to ")
    published = build_rules(RulesConfig(preset="gopher"))
    assert run(published, batch_of(text)) == ["gopher_quality/gopher_too_many_hashes"]
    quality = GopherQualityConfig(max_hashes_per_word=None, min_alpha_word_frac=None)
    lenient = RulesConfig(
        preset="gopher",
        gopher_quality=quality,
        gopher_repetition=GopherRepetitionConfig(documents="none"),
    )
    assert run(build_rules(lenient), batch_of(text)) == [None]


def test_length_has_two_ends() -> None:
    steps = build_rules(RulesConfig(min_characters=2, max_characters=3))
    assert run(steps, batch_of("", "研", "研墨", "研墨吧", "abcd")) == [
        "empty", "too_short", None, None, "too_long",
    ]  # fmt: skip


def test_measures_have_a_value_for_each_row_whatever_the_batch() -> None:
    rule = next(s for s in build_rules(RulesConfig(preset="bilingual")) if s.name == "quality")
    assert isinstance(rule, Rule)
    names = None
    for batch in (batch_of(ENGLISH), batch_of(CHINESE, ""), batch_of()):
        verdict = rule.judge(batch)
        assert names is None or names == list(verdict.measures)
        names = list(verdict.measures)
        assert all(len(values) == batch.num_rows for values in verdict.measures.values())
        assert all(str(values.dtype) == "float64" for values in verdict.measures.values())


def test_settings_of_a_rule_that_is_off_are_refused() -> None:
    with pytest.raises(ValidationError, match="the rule chinese has settings but is off"):
        RulesConfig(preset="gopher", chinese=ChineseConfig(min_han=5))
    RulesConfig(preset="gopher", chinese=ChineseConfig(min_han=5, documents="none"))
    RulesConfig(chinese=ChineseConfig(min_han=5, documents="all"))


def test_settings_survive_being_written() -> None:
    config = RulesConfig(preset="bilingual", c4=C4Config(documents="none", min_sentences=None))
    assert "none" in to_toml(config)
    assert RulesConfig.model_validate(config.model_dump()) == config


def test_every_rule_is_described() -> None:
    described = {rule.name for rule in list_rules()}
    assert described == {"length", "word_list", *RULES}
