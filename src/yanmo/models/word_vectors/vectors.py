"""Word vectors and the questions one asks of them.

Comes in: words, a matrix with a row for each, and for fastText the vectors of n-grams. Goes out:
vectors, similarities, neighbours, analogies. Needs numpy only. Knows nothing of training, of files
and of how text is cut into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import similarity as spelling_similarity
from yanmo.models.word_vectors.ngrams import Subwords

_MAX_COMPARED = 200_000  # words looked through for a near spelling, the commonest first
_MAX_CANDIDATES = 50
_NEAR_SPELLING = 0.6


@dataclass(frozen=True)
class Neighbour:
    """A word and the cosine of its vector with what was asked for, -1..1."""

    word: str
    similarity: float


class WordVectors:
    """Words and their vectors.

    Args:
        words: N different words, the commonest first.
        matrix: (N, D) float32, a row for each.
        is_lowercase: words were learned in lower case; what is looked up is lowered too.
        subwords: vectors of n-grams, from which other words are composed.
        method: how they were made: `skipgram`, `cbow`, `fasttext` or `imported`.
        training: the settings of the training, where they are known.
    """

    def __init__(
        self,
        words: Sequence[str],
        matrix: NDArray[np.float32],
        *,
        is_lowercase: bool = False,
        subwords: Subwords | None = None,
        method: str = "imported",
        training: Mapping[str, Any] | None = None,
    ) -> None:
        assert matrix.ndim == 2 and len(words) == len(matrix), "a row for each word"
        self.words = list(words)
        self.matrix = matrix
        self.is_lowercase = is_lowercase
        self.subwords = subwords
        self.method = method
        self.training = training
        self._row_of = {word: row for row, word in enumerate(self.words)}
        assert len(self._row_of) == len(self.words), "no word stands twice"

    def __len__(self) -> int:
        """The number of words that have a row."""
        return len(self.words)

    @property
    def d_model(self) -> int:
        """Width D of a vector."""
        return int(self.matrix.shape[1])

    def folded(self, word: str) -> str:
        """The word as it is looked up: in lower case where the words were learned so."""
        return word.lower() if self.is_lowercase else word

    def has(self, word: str) -> bool:
        """Whether the word was learned as a whole."""
        return self.folded(word) in self._row_of

    def find(self, word: str) -> NDArray[np.float32] | None:
        """The vector (D,) of a word, composed of n-grams where it was not learned as a whole; None
        where there is neither."""
        folded = self.folded(word)
        row = self._row_of.get(folded)
        if row is not None:
            vector: NDArray[np.float32] = self.matrix[row]
            return vector
        return self.subwords.compose(folded) if self.subwords is not None and folded else None

    def vector(self, word: str) -> NDArray[np.float32]:
        """The vector (D,) of a word.

        Raises:
            DataError: the word is unknown and cannot be composed; near spellings are named.
        """
        found = self.find(word)
        if found is not None:
            return found
        near = self.near_spellings(word)
        if near:
            hint = t("Spelled nearly so: {words}.", words=listed(near))
        elif self.subwords is None:
            hint = t("Only fastText makes vectors for words that are not in its text.")
        else:
            hint = t("No part of its spelling is in the text that was learned from.")
        raise DataError(
            t("the word '{word}' is not among the {count:,} known", word=word, count=len(self)),
            hint=hint,
        )

    def similarity(self, a: str, b: str) -> float:
        """The cosine of two words' vectors, -1..1; 0 where one of them is the zero vector.

        Raises:
            DataError: a word is unknown.
        """
        return cosine(self.vector(a), self.vector(b))

    def nearest(self, word: str, k: int = 10) -> list[Neighbour]:
        """The `k` words with the greatest cosine, the nearest first, the word itself left out.

        Raises:
            DataError: the word is unknown.
        """
        return self._nearest_to(self.vector(word), k, [word])

    def analogy(self, a: str, b: str, c: str, k: int = 10) -> list[Neighbour]:
        """What is to `c` as `b` is to `a`: the words nearest to b - a + c, those three left out.

        3CosAdd over vectors of length one (Levy & Goldberg 2014, "Linguistic regularities in sparse
        and explicit word representations", equation 2).

        Raises:
            DataError: a word is unknown.
        """
        start, end, other = (_to_unit(self.vector(word)) for word in (a, b, c))
        return self._nearest_to(end - start + other, k, [a, b, c])

    def mean_vector(self, words: Iterable[str]) -> NDArray[np.float32] | None:
        """The mean (D,) of the vectors of those words that have one; None where none has."""
        found = [vector for word in words if (vector := self.find(word)) is not None]
        return np.mean(found, axis=0, dtype=np.float32) if found else None

    def near_spellings(self, word: str, limit: int = 3) -> list[str]:
        """Known words that are spelled nearly like `word`, the nearest first."""
        grams = _letter_grams(word)
        if not grams:
            return []
        overlaps = []
        for row, other in enumerate(self.words[:_MAX_COMPARED]):
            theirs = _letter_grams(other)
            overlap = 2 * len(grams & theirs) / (len(grams) + len(theirs))
            if overlap > 0:
                overlaps.append((-overlap, row))
        candidates = [self.words[row] for _, row in sorted(overlaps)[:_MAX_CANDIDATES]]
        scores = {other: spelling_similarity(word, other) for other in candidates}
        near = [other for other in candidates if scores[other] >= _NEAR_SPELLING]
        return sorted(near, key=lambda other: -scores[other])[:limit]

    def _nearest_to(
        self, wanted: NDArray[np.float32], k: int, excluded: Iterable[str]
    ) -> list[Neighbour]:
        assert k >= 1, "at least one neighbour"
        similarities = self._unit_matrix @ _to_unit(wanted)
        rows = {self._row_of.get(self.folded(word)) for word in excluded} - {None}
        similarities[[row for row in rows if row is not None]] = -np.inf
        k = min(k, len(self) - len(rows))
        # Equal similarities come in the order of the words, whatever the sort.
        order = np.argsort(-similarities, kind="stable")[:k]
        return [Neighbour(self.words[row], float(similarities[row])) for row in order]

    @cached_property
    def _unit_matrix(self) -> NDArray[np.float32]:
        norms: NDArray[np.float32] = np.linalg.norm(self.matrix, axis=1, keepdims=True)
        norms[norms == 0] = 1
        return self.matrix / norms


def cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """The cosine of two vectors (D,), -1..1; 0 where one of them is zero."""
    return float(np.clip(_to_unit(a) @ _to_unit(b), -1.0, 1.0))


def _to_unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    norm = np.float32(np.linalg.norm(vector))
    return vector / norm if norm > 0 else vector


def _letter_grams(word: str) -> set[str]:
    """A word's characters and pairs of characters, without regard to case."""
    folded = word.casefold()
    return {*folded, *(folded[i : i + 2] for i in range(len(folded) - 1))}
