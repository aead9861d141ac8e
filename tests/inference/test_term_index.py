"""BM25 is the published formula, and finds what it should in both languages."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.inference.term_index import BM25Settings, TermIndex, terms_of


def test_terms_are_words_and_characters_with_their_pairs() -> None:
    assert terms_of("The SEA, don’t! ＡＢＣ") == ["the", "sea", "don't", "abc"]
    assert terms_of("山高水") == ["山", "高", "水", "山高", "高水"]
    assert terms_of("在Google工作") == ["在", "google", "工", "作", "工作"]
    assert terms_of("…!") == []


@given(
    st.lists(st.text(alphabet="ab 山水", max_size=12), min_size=1, max_size=6),
    st.text(alphabet="ab 山水", max_size=6),
)
def test_scores_are_those_of_the_formula(texts: list[str], query: str) -> None:
    settings = BM25Settings(k1=1.2, b=0.6)
    documents = [Counter(terms_of(text)) for text in texts]
    lengths = [sum(document.values()) for document in documents]
    mean = max(sum(lengths) / len(lengths), 1.0)
    expected = []
    for document, length in zip(documents, lengths, strict=True):
        score = 0.0
        for term in terms_of(query):
            n = sum(term in other for other in documents)
            weight = math.log(1 + (len(texts) - n + 0.5) / (n + 0.5))
            tf = document[term]
            if tf:
                score += weight * tf * 2.2 / (tf + 1.2 * (0.4 + 0.6 * length / mean))
        expected.append(score)
    np.testing.assert_allclose(TermIndex(texts, settings).scores(query), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("query", "best"),
    [("where does the river end", 0), ("月亮", 2), ("欲穷", 1), ("山", 1)],
)
def test_the_right_text_is_first(query: str, best: int) -> None:
    texts = ["The river ends in the sea.", "白日依山尽。欲穷千里目。", "床前明月光，月亮。"]
    assert int(TermIndex(texts).scores(query).argmax()) == best


def test_an_index_of_nothing_scores_nothing() -> None:
    assert TermIndex([]).scores("a").shape == (0,)
    assert TermIndex(["", "…"]).scores("a").tolist() == [0.0, 0.0]
