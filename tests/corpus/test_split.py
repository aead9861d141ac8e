"""Which documents are held out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanmo.core.errors import DataError
from yanmo.corpus.document import document_id
from yanmo.corpus.split import check_splits, split_of

fractions = st.floats(0.01, 0.45)


@given(st.text(alphabet="0123456789abcdef", min_size=32, max_size=32), fractions, fractions)
def test_changing_one_fraction_leaves_the_other_split(key: str, low: float, high: float) -> None:
    is_test = split_of(key, low, 0.1) == "test"
    assert is_test == (split_of(key, high, 0.1) == "test")


def test_shares_are_as_asked() -> None:
    splits = [split_of(document_id(str(i)), 0.1, 0.2) for i in range(10_000)]
    assert splits.count("validation") == pytest.approx(1000, abs=120)
    assert splits.count("test") == pytest.approx(2000, abs=160)


def test_empty_split_is_an_error_that_gives_the_count() -> None:
    with pytest.raises(DataError, match="3 documents leaves nothing for validation, test"):
        check_splits({"train": 3, "validation": 0, "test": 0}, "corpus")
    check_splits({"train": 3, "validation": 1, "test": 1}, "corpus")


def test_corpus_without_documents_is_an_error() -> None:
    with pytest.raises(DataError, match="every document was rejected"):
        check_splits({"train": 0, "validation": 0, "test": 0}, "corpus")
