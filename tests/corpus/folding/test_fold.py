"""Folding of width, variants, traditional and simplified characters."""

from __future__ import annotations

import itertools

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.document import DOCUMENT_SCHEMA
from yanmo.corpus.folding.config import FoldingConfig
from yanmo.corpus.folding.fold import FoldChinese, fold
from yanmo.corpus.folding.opencc import converted_characters, converter_to
from yanmo.corpus.folding.variants import VARIANTS, variants_in

WIDTH = FoldingConfig(width="letters")
ANY_VARIANTS = FoldingConfig(variants=True)
SIMPLIFIED = FoldingConfig(characters="simplified")
SIMPLIFIED_ALL = FoldingConfig(width="letters", variants=True, characters="simplified")
TRADITIONAL = FoldingConfig(characters="traditional")
TRADITIONAL_VARIANTS = FoldingConfig(characters="traditional", variants=True)

PAIRS = [
    (WIDTH, "ＧＰＴ－４　模型", "GPT-4　模型"),
    (WIDTH, "２０２４年１月３１日", "2024年1月31日"),
    (WIDTH, "增长１２．５％，共３：１", "增长12.5%，共3:1"),
    (WIDTH, "你好，世界！（真的？）", "你好，世界！（真的？）"),
    (WIDTH, "“引号”、『书名』——……", "“引号”、『书名』——……"),
    (WIDTH, "ﾃﾞｰﾀﾍﾞｰｽ", "データベース"),
    (WIDTH, "ｶﾞﾝﾊﾞﾚ｡", "ガンバレ。"),
    (WIDTH, "ａ＋ｂ＝ｃ＆ｄ", "a+b=c&d"),
    (WIDTH, "　　段首缩进", "　　段首缩进"),
    (WIDTH, "価格は￥５００", "価格は￥500"),
    (WIDTH, "ＡＢＣ．", "ABC．"),
    (WIDTH, "plain ASCII stays", "plain ASCII stays"),
    (ANY_VARIANTS, "山峯與羣山", "山峰與群山"),
    (ANY_VARIANTS, "牀前明月光", "床前明月光"),
    (ANY_VARIANTS, "往徃畧畧", "往往略略"),
    (ANY_VARIANTS, "煙花三月下揚州", "煙花三月下揚州"),
    (ANY_VARIANTS, "简体不变", "简体不变"),
    (SIMPLIFIED, "繁體中文", "繁体中文"),
    (SIMPLIFIED, "電腦軟體", "电脑软体"),
    (SIMPLIFIED, "頭髮發白", "头发发白"),
    (SIMPLIFIED, "皇后在後面", "皇后在后面"),
    (SIMPLIFIED, "乾坤與乾淨", "乾坤与干净"),
    (SIMPLIFIED, "一目瞭然", "一目了然"),
    (SIMPLIFIED, "著作等身", "著作等身"),
    (SIMPLIFIED, "萬里長城，千里之行", "万里长城，千里之行"),
    (SIMPLIFIED, "已经是简体了", "已经是简体了"),
    (SIMPLIFIED, "兩岸猿聲啼不住", "两岸猿声啼不住"),
    (SIMPLIFIED, "憂鬱的臺灣烏龜", "忧郁的台湾乌龟"),
    (SIMPLIFIED, "ＡＢＣ漢字", "ＡＢＣ汉字"),
    (SIMPLIFIED_ALL, "ＡＢＣ漢字３．１４", "ABC汉字3.14"),
    (SIMPLIFIED_ALL, "羣峯並峙，煙霧瀰漫", "群峰并峙，烟雾弥漫"),
    (SIMPLIFIED_ALL, "艣聲欸乃", "橹声欸乃"),
    (TRADITIONAL, "头发发现", "頭髮發現"),
    (TRADITIONAL, "皇后在后面", "皇后在後面"),
    (TRADITIONAL, "干部干燥", "幹部乾燥"),
    (TRADITIONAL, "萬里長城永不倒", "萬里長城永不倒"),
    (TRADITIONAL, "计算机软件", "計算機軟件"),
    (TRADITIONAL, "中文 and English", "中文 and English"),
    (TRADITIONAL_VARIANTS, "群峰", "群峰"),
    (TRADITIONAL_VARIANTS, "为了群众", "為了群眾"),
    (FoldingConfig(), "ＡＢＣ 峯 體 ﾃﾞ", "ＡＢＣ 峯 體 ﾃﾞ"),
    (SIMPLIFIED, "", ""),
]
EVERY_CONFIG = [
    FoldingConfig(width=width, variants=variants, characters=characters)
    for width, variants, characters in itertools.product(
        ("keep", "letters"), (False, True), ("keep", "simplified", "traditional")
    )
]


@pytest.mark.parametrize(("config", "before", "after"), PAIRS)
def test_table_of_foldings(config: FoldingConfig, before: str, after: str) -> None:
    assert fold(before, config) == after
    assert fold(after, config) == after


def _hard_characters() -> str:
    converted = converted_characters("simplified") | converted_characters("traditional")
    forms = [*VARIANTS, *VARIANTS.values(), *map(chr, variants_in("any"))]
    return "".join(sorted(converted)) + "".join(forms) + "，。Ａａ１．：ﾃﾞｶ゛か ab1"


texts = st.lists(
    st.one_of(
        st.text(alphabet=_hard_characters(), max_size=12),
        st.sampled_from(sorted(converter_to("traditional").phrases)),
        st.sampled_from(sorted(converter_to("simplified").phrases)),
    ),
    max_size=6,
).map("".join)


@settings(max_examples=300)
@given(texts, st.sampled_from(EVERY_CONFIG))
def test_folding_twice_changes_nothing(text: str, config: FoldingConfig) -> None:
    once = fold(text, config)
    assert fold(once, config) == once


@settings(max_examples=100)
@given(st.lists(texts, max_size=8), st.sampled_from(EVERY_CONFIG))
def test_the_step_folds_as_the_function_does(some: list[str], config: FoldingConfig) -> None:
    columns = {name: ["{}"] * len(some) for name in DOCUMENT_SCHEMA.names} | {"text": some}
    batch = pa.RecordBatch.from_pydict(columns, schema=DOCUMENT_SCHEMA)
    result = FoldChinese(config).transform(batch)
    folded = [fold(text, config) for text in some]
    assert result.batch["text"].to_pylist() == folded
    changed = sum(a != b for a, b in zip(some, folded, strict=True))
    assert result.counts == ({"folded": changed} if changed else {})


@pytest.mark.parametrize(("name", "direction"), [("t2s", "simplified"), ("s2t", "traditional")])
def test_one_pass_agrees_with_opencc(name: str, direction: str, poems: str) -> None:
    opencc = pytest.importorskip("opencc")
    text = poems[:8_000]
    assert converter_to(direction).convert(text) == opencc.OpenCC(name).convert(text)


def test_no_form_in_common_use_is_itself_a_variant() -> None:
    for kind in ("any", "simplified"):
        pairs = variants_in(kind)
        assert not {ord(form) for form in pairs.values()} & pairs.keys()
