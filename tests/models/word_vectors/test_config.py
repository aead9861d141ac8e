"""What a section [word_vectors] may say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from yanmo.models.word_vectors.config import WordVectorsConfig


def test_ngram_lengths_are_derived_for_fasttext() -> None:
    assert WordVectorsConfig(method="fasttext").ngram_chars == (3, 6)
    assert WordVectorsConfig(method="fasttext", min_ngram_chars=1).ngram_chars == (1, 6)


@pytest.mark.parametrize("name", ["min_ngram_chars", "max_ngram_chars", "num_buckets"])
@pytest.mark.parametrize("method", ["skipgram", "cbow"])
def test_settings_of_ngrams_are_refused_where_there_are_none(name: str, method: str) -> None:
    with pytest.raises(ValidationError, match=f"{name} has no effect in {method}"):
        WordVectorsConfig.model_validate({"method": method, name: 4})


@pytest.mark.parametrize("values", [{"min_ngram_chars": 7}, {"max_ngram_chars": 2}])
def test_the_shortest_ngram_is_not_longer_than_the_longest(values: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="is more than max_ngram_chars"):
        WordVectorsConfig.model_validate({"method": "fasttext", **values})


@pytest.mark.parametrize(
    "values",
    [{"window": 0}, {"epochs": 0}, {"subsample_threshold": 1.0}, {"method": "glove"}, {"size": 9}],
)
def test_values_out_of_range_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WordVectorsConfig.model_validate(values)
