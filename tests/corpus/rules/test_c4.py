"""C4's lines: the rule and the transform together are C4's one filter, in any script."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.corpus.rules import published_rules

from yanmo.corpus.rules.c4 import C4Lines, C4Rule, settings_of
from yanmo.corpus.rules.c4_lines import C4Settings
from yanmo.corpus.rules.config import C4Config

STRICT = settings_of(C4Config(), ends_in_punctuation=True)
LAX = settings_of(
    C4Config(min_words_per_line=None, max_word_characters=5), ends_in_punctuation=False
)
WORDS = """a|word.|Mr.|J.|said!|why?|春眠不觉晓。|处处|闻啼鸟！
[1]|[edit]|[citation needed]|[12 ]|...|"|'|”
JavaScript|lorem|Lorem Ipsum|privacy policy|use|of|cookies|use of cookies|İ|{|uses|Dr.Who|।"""
SPACES = [
    " ",
    " ",
    " ",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "\u3000",
    "\u00a0",
    "\x85",
    "\u2028",
    "\x0b",
    "\x1f",
]
PIECES = st.sampled_from([*WORDS.replace("\n", "|").split("|"), "use coo\u212aies", *SPACES])
TEXTS = st.one_of(
    st.lists(PIECES, max_size=40).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)


def batch_of(*texts: str, **columns: list[str | None]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"text": pa.array(texts, pa.string()), **columns})


@given(st.lists(TEXTS, min_size=1, max_size=3), st.sampled_from([STRICT, LAX]))
@settings(max_examples=500)
def test_decisions_and_texts_equal_the_definition(texts: list[str], asked: C4Settings) -> None:
    batch = batch_of(*texts)
    reasons = C4Rule(asked, 2).judge(batch).reasons.to_pylist()
    rewritten = C4Lines(asked).transform(batch).batch["text"].to_pylist()
    for text, reason, new in zip(texts, reasons, rewritten, strict=True):
        condemned, sentences, kept = published_rules.c4(text, asked)
        too_few = "too_few_sentences" if sentences < 2 else None
        assert reason == (condemned or too_few)
        assert new == kept


def test_wide_spaces_that_indent_chinese_paragraphs_are_stripped() -> None:
    text = "\u3000\u3000春眠不觉晓。处处闻啼鸟。\u3000\n\u3000\u3000夜来风雨声。\u3000\n"
    step = C4Lines(settings_of(C4Config(min_words_per_line=None), ends_in_punctuation=False))
    new = step.transform(batch_of(text)).batch["text"].to_pylist()
    assert new == ["春眠不觉晓。处处闻啼鸟。\n夜来风雨声。"]


def test_dropped_lines_are_counted_by_what_was_wrong() -> None:
    text = "A good line it is.\nno mark at the end\nShort one.\nYou need JavaScript for this.\n"
    text += "Read our privacy policy before that.\n" + "x" * 1001 + " a b."
    rewritten = C4Lines(STRICT).transform(batch_of(text))
    assert rewritten.batch["text"].to_pylist() == ["A good line it is."]
    assert rewritten.counts == {
        "line_too_long_word": 1,
        "line_no_terminal_punct": 1,
        "line_too_few_words": 1,
        "line_javascript": 1,
        "line_policy": 1,
    }


def test_documents_of_other_languages_are_left_alone() -> None:
    texts = ["no mark", "没有标点"]
    batch = batch_of(*texts, language=["en", "zh"])
    assert C4Rule(STRICT, 1, "other").judge(batch).reasons.to_pylist() == [
        "too_few_sentences",
        None,
    ]
    assert C4Lines(STRICT, "other").transform(batch).batch["text"].to_pylist() == ["", "没有标点"]


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ("One. Two! Three?", 3),
        ("J. R. Smith met Mr.X at 3.5 km.", 1),
        ('He said "no." Then left.', 2),
        ("春眠不觉晓。处处闻啼鸟！夜来", 3),
        ("www.example.com is. A site", 2),
    ],
)
def test_sentences_are_counted_in_both_scripts(line: str, sentences: int) -> None:
    asked = settings_of(C4Config(min_words_per_line=None), ends_in_punctuation=False)
    verdict = C4Rule(asked, None).judge(batch_of(line))
    assert verdict.measures["num_sentences"].tolist() == [sentences]
