"""Equal documents are found, whatever the white space; one of them stays."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanmo.corpus.duplicates.config import ExactConfig
from yanmo.corpus.duplicates.exact import ExactDuplicates

from .corpus_in_memory import CorpusInMemory, run

TEXTS = st.lists(st.text("ab B 研墨\n\t　\u00a0é。,Ａ😀", max_size=6), max_size=30)


def kept_by(texts: list[str], **config: bool) -> list[str]:
    """The texts that stay."""
    return list(
        run(CorpusInMemory(texts), [ExactDuplicates(ExactConfig(**config), "first")]).kept.values()
    )


@given(TEXTS)
@settings(max_examples=200)
def test_first_of_the_texts_with_equal_words_stays(texts: list[str]) -> None:
    expected: dict[str, str] = {}
    for text in texts:
        expected.setdefault(" ".join(text.split()), text)
    assert kept_by(texts) == list(expected.values())


@given(TEXTS)
@settings(max_examples=100)
def test_folding_is_that_of_unicode(texts: list[str]) -> None:
    def fold(text: str) -> str:
        text = unicodedata.normalize("NFKC", text).lower()
        return "".join(c for c in text if unicodedata.category(c)[0] not in "PZC")

    expected: dict[str, str] = {}
    for text in texts:
        expected.setdefault(fold(text), text)
    kept = kept_by(texts, ignore_case=True, ignore_width=True, ignore_punctuation=True)
    assert kept == list(expected.values())


@pytest.mark.parametrize(
    ("one", "other", "option"),
    [
        ("Tea and Ink", "tea AND ink", "ignore_case"),
        ("ＡＢＣ，１２３", "ABC,123", "ignore_width"),
        ("ｶﾀｶﾅ", "カタカナ", "ignore_width"),
        ("春眠不觉晓，处处闻啼鸟。", "春眠不觉晓 处处闻啼鸟", "ignore_punctuation"),
        ("It's so.", "Its so", "ignore_punctuation"),
    ],
)
def test_differences_count_unless_told_otherwise(one: str, other: str, option: str) -> None:
    assert kept_by([one, other]) == [one, other]
    assert kept_by([one, other], **{option: True}) == [one]


def test_empty_texts_are_copies_of_each_other() -> None:
    assert kept_by(["", "a", " \n", "　"]) == ["", "a"]


def test_corpus_ten_times_over_is_what_it_was(poems: str) -> None:
    texts = list(dict.fromkeys(poems.split("\n")))
    outcome = run(CorpusInMemory(texts * 10), [ExactDuplicates(ExactConfig(), "first")])
    assert list(outcome.kept.values()) == texts
    assert set(outcome.rejected.values()) == {"duplicate"}


def test_clusters_hold_the_equal_documents() -> None:
    corpus = CorpusInMemory(["a", "b", "a ", "c", "b", "a"])
    clusters = corpus.compare(ExactDuplicates(ExactConfig(), "first")).clusters
    assert clusters is not None
    assert clusters.tolist() == [0, 1, 0, -1, 1, 0]


def test_no_documents_are_no_problem() -> None:
    assert kept_by([]) == []
