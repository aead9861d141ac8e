"""Test items that leaked into the training text are found, in both languages."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yanmo.corpus.document import DOCUMENT_SCHEMA
from yanmo.pipeline.contamination import find_in_corpus, find_in_texts, passages_of_length
from yanmo.pipeline.contamination import texts_to_find as to_find
from yanmo.tasks.example import (
    Answer,
    ChoiceExample,
    ConversationExample,
    KeywordExample,
    PairExample,
    QuestionExample,
    TaggedExample,
    TextExample,
)

BETWEEN = re.compile(r" |(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])")
"""Where white space may change: at spaces, and between Chinese characters."""


def reviews(
    folder: Path, language: Literal["en", "zh"], limit: int | None = 3000
) -> tuple[list[str], list[str]]:
    """Training texts, the first so many, and a tenth as many test texts."""
    num_test = None if limit is None else limit // 10
    folder = folder / "classification"
    if language == "en":
        train, test = (
            [line[2:] for line in (folder / "sst" / f"stsa.binary.{name}").read_text().splitlines()]
            for name in ("train", "test")
        )
        return train[:limit], test[:num_test]
    folder = folder / "chnsenticorp"
    packed = gzip.decompress((folder / "train.tsv.gz").read_bytes()).decode("utf-8")
    train, test = (
        [line.split("\t", 1)[1] for line in text.splitlines()[1:]]
        for text in (packed, (folder / "test.tsv").read_text(encoding="utf-8"))
    )
    return train[:limit], test[:num_test]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_planted_leaks_are_found_and_little_else(
    shared_data: Path, language: Literal["en", "zh"]
) -> None:
    train, test = reviews(shared_data, language)
    items = [(text,) for text in test]
    before = find_in_texts(items, train, name="train").is_dirty()
    long = [
        place
        for place, text in enumerate(test)
        if len(text.split() if language == "en" else text) >= (24 if language == "en" else 60)
        and not before[place]
    ][:30]
    exact, spaced, half = long[:10], long[10:20], long[20:30]
    leaks = [f"Before it. {test[place]} After it." for place in exact]
    leaks += [BETWEEN.sub("  \n ", test[place]) for place in spaced]
    leaks += [test[place][: len(test[place]) // 2] for place in half]
    found = find_in_texts(items, [*train, *leaks], name="train and leaks")
    is_dirty = found.is_dirty()
    assert is_dirty[long].all()
    assert (is_dirty & ~before).sum() == 30, "nothing else was marked"
    assert (found.num_found[exact] == found.num_passages[exact]).all()
    assert (found.num_found[spaced] == found.num_passages[spaced]).all()
    assert (found.num_found[half] < found.num_passages[half]).all()
    assert found.num_documents == 3030


def test_the_corpus_of_a_run_is_searched(tmp_path: Path) -> None:
    leaked = "研墨者取水于砚徐徐推之使墨色渐浓方可下笔急则墨粗缓则墨匀"
    held_out = "the quick brown fox jumps over the lazy dog and never asks why it is lazy"
    rows = [
        {"id": "a", "text": f"从前有人说：{leaked}。", "split": "train"},
        {"id": "b", "text": held_out, "split": "test"},
    ]
    table = pa.Table.from_pylist(
        [row | {"source": "notes", "metadata": "{}"} for row in rows], DOCUMENT_SCHEMA
    )
    pq.write_table(table, tmp_path / "part-00000.parquet")
    found = find_in_corpus([(leaked,), (held_out,), ("ink",)], tmp_path)
    assert found.is_dirty().tolist() == [True, False, False]
    assert found.is_unchecked.tolist() == [False, False, True]
    assert found.num_documents == 1 and found.corpus == "corpus"


def test_passages_follow_the_length_of_the_items() -> None:
    short = [(" ".join(["word"] * number),) for number in (5, 9, 9, 9, 10)]
    assert passages_of_length(short).ngram_words == 8
    assert passages_of_length([(" ".join(["word"] * 40),)]).ngram_words == 13
    chinese = passages_of_length([("研" * 17,)] * 10)
    assert (chinese.ngram_characters, chinese.ngram_words) == (17, 13)


def test_each_kind_of_example_says_what_to_look_for() -> None:
    assert to_find(TextExample("1", "a", "b")) == ("a", "b")
    assert to_find(TaggedExample("1", ("研", "墨"), joiner="")) == ("研墨",)
    assert to_find(QuestionExample("1", "Who?", "He did.", (Answer("He", 0),))) == ("Who?",)
    assert to_find(PairExample("1", "s", ("t", "u"))) == ("s", "t", "u")
    assert to_find(ChoiceExample("1", "c", ("d", "e"), 0)) == ("c", "d", "e")
    assert to_find(KeywordExample("1", "k", ("x",))) == ("k",)
    assert to_find(ConversationExample("1", ())) == ()


def test_a_leak_in_a_published_split_is_found(shared_data: Path) -> None:
    """More than a quarter of the test texts of ChnSentiCorp stand in its training split."""
    train, test = reviews(shared_data, "zh", limit=None)
    found = find_in_texts([(text,) for text in test], train, name="train")
    known = set(train)
    verbatim = [place for place, text in enumerate(test) if text in known]
    assert len(verbatim) > 0.25 * len(test)
    is_checked = ~found.is_unchecked[verbatim]
    assert found.is_dirty()[verbatim][is_checked].all() and is_checked.mean() > 0.99
    assert found.is_dirty().sum() < 1.15 * len(verbatim)
