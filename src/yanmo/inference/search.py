"""Search over texts: by the words they share with a query, by their vectors, or by both.

In: texts, once, and what makes vectors of them; then queries. Out: the best texts of each query and
their scores. Knows no files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from yanmo.inference.term_index import TermIndex

SearchKind = Literal["bm25", "dense", "both"]
Vectors = npt.NDArray[np.float32]
MakeVectors = Callable[[Sequence[str]], Vectors]
"""Texts to one row each, of any length; a row of zeros where there is nothing to embed."""
FUSION_CONSTANT = 60
"""k of reciprocal rank fusion (Cormack et al. 2009, section 2)."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One text that was found: its number, and how well it fits."""

    number: int
    score: float


class TextSearch:
    """Finds texts.

    Args:
        texts: what is searched.
        kind: `bm25`; `dense`, the cosine of vectors; or `both`, in which each ranks all texts and a
            text is worth the sum of `1 / (60 + rank)` (Cormack et al. 2009).
        make_vectors: needed for all but `bm25`.
        query_vectors: makes the vectors of queries where another model, or another form of the
            text, does that; `make_vectors` unless told.
    """

    def __init__(
        self,
        texts: Sequence[str],
        kind: SearchKind = "bm25",
        make_vectors: MakeVectors | None = None,
        query_vectors: MakeVectors | None = None,
    ) -> None:
        assert make_vectors is not None or kind == "bm25", f"{kind} search needs vectors"
        self.kind = kind
        self.num_texts = len(texts)
        self._terms = TermIndex(texts) if kind != "dense" else None
        self._query_vectors = query_vectors or make_vectors
        self._vectors = None
        if kind != "bm25" and make_vectors is not None and texts:
            self._vectors = _unit(make_vectors(texts))

    def search(self, queries: Sequence[str], limit: int) -> list[list[Hit]]:
        """The best `limit` texts for each query, best first; of equals the first one. By `bm25`, a
        text that shares no term with the query is not found."""
        assert limit >= 1, f"{limit} texts"
        dense = self._dense_scores(queries)
        found = []
        for place, query in enumerate(queries):
            scores = self._terms.scores(query) if self._terms is not None else dense[place]
            if self.kind == "both":
                scores = _fused(scores, dense[place])
            order = np.argsort(-scores, kind="stable")[:limit]
            is_found = scores[order] > 0 if self.kind == "bm25" else np.isfinite(scores[order])
            found.append([Hit(int(n), float(scores[n])) for n in order[is_found]])
        return found

    def _dense_scores(self, queries: Sequence[str]) -> npt.NDArray[np.float64]:
        """(Q, D) cosines; (Q, 0) where there are no vectors."""
        if self._vectors is None or self._query_vectors is None:
            return np.zeros((len(queries), 0))
        cosines: npt.NDArray[np.float64] = (
            _unit(self._query_vectors(queries)) @ self._vectors.T
        ).astype(np.float64)
        return cosines


def cosine(first: Vectors, second: Vectors) -> float:
    """The cosine of two vectors (D,); 0 where one of them is zero."""
    return float((_unit(first[None]) @ _unit(second[None]).T)[0, 0])


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)
    return unit


def _fused(
    by_terms: npt.NDArray[np.float64], by_vectors: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The worth of every text by its two ranks; a text without a term of the query has no rank by
    terms."""
    worth = np.zeros(len(by_terms))
    for scores, is_ranked in ((by_terms, by_terms > 0), (by_vectors, np.full(len(worth), True))):
        ranks = np.empty(len(worth))
        ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(worth) + 1)
        worth += np.where(is_ranked, 1 / (FUSION_CONSTANT + ranks), 0.0)
    return worth
