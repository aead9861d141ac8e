"""The input embedding of a model, begun with word vectors instead of noise.

Comes in: word vectors, the text of every token, and the rows that the model's own initialisation
drew. Goes out: those rows, with vectors in the place of noise wherever a token is a word. Knows no
tokenizer and no model; numpy only.

The rules:

1. A token is the word that its bytes spell, one leading space left out. fastText also composes
   tokens of letters and digits that are no word of its own.
2. The mean of the vectors that are used is taken away: a part that all rows share says nothing,
   and in trained vectors it is large.
3. Vectors wider than the model are turned onto its width: the principal components, the greatest
   first. Of narrower ones every column is used, and the model's own numbers stay in the others.
4. All are scaled by one factor, to the standard deviation of the model's own rows: layers behind
   the embedding meet the scale that they were made for, and common words keep their lengths.
5. Every other row stays as it was drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.models.word_vectors.vectors import WordVectors

MIN_TOKENS = 2


@dataclass(frozen=True)
class InitialEmbedding:
    """What an embedding begins with.

    Attributes:
        matrix: (V, D) float32.
        is_covered: (V,) bool, the rows that hold a word vector.
        num_composed: of those, the ones that fastText composed.
        kept_variance_frac: 0..1, how much of the vectors' variance fits into the model's width.
    """

    matrix: NDArray[np.float32]
    is_covered: NDArray[np.bool_]
    num_composed: int
    kept_variance_frac: float

    @property
    def num_covered(self) -> int:
        """Rows that hold a word vector."""
        return int(self.is_covered.sum())


def initial_embedding(
    vectors: WordVectors, token_texts: Sequence[bytes], own: NDArray[np.float32]
) -> InitialEmbedding:
    """Put word vectors into the rows of an embedding.

    Args:
        vectors: the vectors.
        token_texts: the bytes of each token, by id; empty for special tokens. There may be fewer
            than rows: the others only fill up the matrix.
        own: (V, D) float32, what the model's own initialisation drew; it is not changed.

    Raises:
        DataError: the vectors cover fewer than two tokens.
    """
    assert own.ndim == 2 and len(token_texts) <= len(own), "a row for each token"
    found: dict[int, NDArray[np.float32]] = {}
    num_composed = 0
    for row, token in enumerate(token_texts):
        word = _word_of(token)
        if word and (vectors.has(word) or word.isalnum()):
            vector = vectors.find(word)
            if vector is not None:
                found[row] = vector
                num_composed += not vectors.has(word)
    if len(found) < MIN_TOKENS:
        raise DataError(
            t(
                "{count} of {tokens:,} tokens are words that have a vector",
                count=len(found),
                tokens=len(token_texts),
            ),
            hint=t("Learn the word vectors from the corpus that the tokenizer learned from."),
        )
    rows = np.array(list(found))
    fitted, kept_frac = _fit_width(np.stack(list(found.values())), own.shape[1])
    scale = float(own.std()) / max(float(np.sqrt(np.mean(fitted**2))), 1e-30)
    matrix = own.astype(np.float32, copy=True)
    matrix[rows, : fitted.shape[1]] = fitted * np.float32(scale)
    is_covered = np.zeros(len(own), np.bool_)
    is_covered[rows] = True
    return InitialEmbedding(matrix, is_covered, num_composed, kept_frac)


def _word_of(token: bytes) -> str:
    """The text of a token without one leading space; empty where its bytes are no whole text."""
    try:
        return token.decode("utf-8").removeprefix(" ")
    except UnicodeDecodeError:
        return ""


def _fit_width(chosen: NDArray[np.float32], d_model: int) -> tuple[NDArray[np.float32], float]:
    """The vectors (n, D') about their mean, at most `d_model` wide, and the variance that is kept.

    Pearson 1901; the components are the eigenvectors of the covariance, each with its entry of
    greatest magnitude positive, so that the outcome does not hang on the routine that finds them.
    """
    centred = chosen - chosen.mean(axis=0, dtype=np.float64)
    if chosen.shape[1] <= d_model:
        return centred.astype(np.float32), 1.0
    variances, directions = np.linalg.eigh(centred.T @ centred)  # ascending
    components = directions[:, ::-1][:, :d_model]
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=0)[None], axis=0)
    components = components * np.where(largest < 0, -1.0, 1.0)
    kept_frac = float(variances[::-1][:d_model].sum() / max(variances.sum(), 1e-30))
    return (centred @ components).astype(np.float32), min(kept_frac, 1.0)
