"""An embedding that begins with word vectors: which rows, in which width, at which scale."""

from __future__ import annotations

import numpy as np
import pytest
from tests.models.word_vectors.texts import made_up_sentences

from yanmo.core.errors import DataError
from yanmo.models.initial_embedding import initial_embedding
from yanmo.models.word_vectors.config import WordVectorsConfig
from yanmo.models.word_vectors.train import train_word_vectors
from yanmo.models.word_vectors.vectors import WordVectors, cosine

STD = 0.02
WORDS = [f"w{number}" for number in range(200)]


def made_up_vectors(width: int) -> WordVectors:
    """Vectors with a large common part, whose columns differ in size."""
    generator = np.random.default_rng(3)
    matrix = generator.normal(size=(200, width)) * np.geomspace(3, 0.1, width) + 5
    return WordVectors(WORDS, matrix.astype(np.float32))


def own_rows(count: int, d_model: int) -> np.ndarray:
    return np.random.default_rng(1).normal(0, STD, (count, d_model)).astype(np.float32)


TOKENS = [b"", b"!", b"\xe4\xb8", *(f" {word}".encode() for word in WORDS), b"w7", b"  w7"]


def test_a_token_is_a_word_with_or_without_one_leading_space() -> None:
    start = initial_embedding(made_up_vectors(16), TOKENS, own_rows(256, 16))
    assert np.flatnonzero(start.is_covered).tolist() == list(range(3, 204))
    assert start.num_covered == 201
    np.testing.assert_array_equal(start.matrix[3 + 7], start.matrix[203])


@pytest.mark.parametrize("d_model", [8, 16, 40])
def test_other_rows_stay_as_they_were_drawn(d_model: int) -> None:
    own = own_rows(256, d_model)
    before = own.copy()
    start = initial_embedding(made_up_vectors(16), TOKENS, own)
    np.testing.assert_array_equal(own, before)
    np.testing.assert_array_equal(start.matrix[~start.is_covered], own[~start.is_covered])
    assert start.matrix.dtype == np.float32


@pytest.mark.parametrize("d_model", [8, 16, 40])
def test_the_scale_is_that_of_the_model_and_nothing_is_common_to_all(d_model: int) -> None:
    own = own_rows(256, d_model)
    start = initial_embedding(made_up_vectors(16), TOKENS, own)
    rows = start.matrix[start.is_covered][:, : min(16, d_model)]
    assert np.sqrt(np.mean(rows**2)) == pytest.approx(own.std(), rel=1e-5)
    assert np.abs(rows.mean(axis=0)).max() < 1e-7


def test_equal_widths_keep_every_difference_between_words() -> None:
    vectors = made_up_vectors(16)
    start = initial_embedding(vectors, TOKENS, own_rows(256, 16))
    ours = start.matrix[3:203] - start.matrix[3]
    theirs = vectors.matrix - vectors.matrix[0]
    ratios = np.linalg.norm(ours[1:], axis=1) / np.linalg.norm(theirs[1:], axis=1)
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-4)
    assert cosine(ours[5], theirs[5]) == pytest.approx(1, abs=1e-5)
    assert start.kept_variance_frac == 1


def test_wider_vectors_keep_their_principal_components() -> None:
    vectors = made_up_vectors(16)
    start = initial_embedding(vectors, TOKENS[:203], own_rows(256, 5))
    rows = start.matrix[start.is_covered].astype(np.float64)
    centred = vectors.matrix - vectors.matrix.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False)
    ours = np.linalg.svd(rows, compute_uv=False)
    np.testing.assert_allclose(ours / ours[0], singular[:5] / singular[0], rtol=1e-4)
    expected = float((singular[:5] ** 2).sum() / (singular**2).sum())
    assert start.kept_variance_frac == pytest.approx(expected, rel=1e-4)
    assert rows.var(axis=0).argmax() == 0


def test_narrower_vectors_leave_the_models_own_numbers_in_the_other_columns() -> None:
    own = own_rows(256, 40)
    start = initial_embedding(made_up_vectors(16), TOKENS, own)
    np.testing.assert_array_equal(start.matrix[:, 16:], own[:, 16:])
    assert (start.matrix[3:203, :16] != own[3:203, :16]).all()


def test_fasttext_composes_tokens_of_letters_and_nothing_else() -> None:
    config = WordVectorsConfig(method="fasttext", d_model=8, epochs=1, num_buckets=500)
    vectors = train_word_vectors(made_up_sentences(100), config).vectors
    tokens = [b" topic1word0", b" topic9", b" topic.", b"<|topic|>", b" "]
    start = initial_embedding(vectors, tokens, own_rows(5, 8))
    assert start.is_covered.tolist() == [True, True, False, False, False]
    assert start.num_composed == 1


@pytest.mark.parametrize("tokens", [[], [b"x", b"y"], [b" w1", b"x"]])
def test_vectors_that_fit_no_tokens_are_refused(tokens: list[bytes]) -> None:
    with pytest.raises(DataError, match=rf"of {len(tokens)} tokens are words that have a vector"):
        initial_embedding(made_up_vectors(4), tokens, own_rows(5, 8))
