"""Texts to terms, and BM25 over them: which texts share rare words with a query.

In: texts, once; then queries. Out: a score for every text. English is searched by words in lower
case, Chinese by characters and pairs of neighbouring ones, which need no dictionary. Knows no
model.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|[^\W_{_HAN}]+(?:['’][^\W_{_HAN}]+)*")


def terms_of(text: str) -> list[str]:
    """The terms of a text: words, and of each run of Han characters its characters and its pairs.
    Width, case and ligatures do not count (NFKC)."""
    terms: list[str] = []
    for match in _RUN.finditer(unicodedata.normalize("NFKC", text).lower()):
        run = match.group()
        if match["han"] is None:
            terms.append(run.replace("’", "'"))
        else:
            terms += run
            terms += [run[place : place + 2] for place in range(len(run) - 1)]
    return terms


@dataclass(frozen=True)
class BM25Settings:
    """The two constants of the formula.

    Attributes:
        k1: how soon more of the same term stops to count.
        b: how far a long text is discounted: 0 not at all, 1 fully.
    """

    k1: float = 1.5
    b: float = 0.75


class TermIndex:
    """An inverted index of D texts, scored by BM25 (Robertson & Zaragoza 2009, eq. 3.15), with the
    weight of a term `ln(1 + (D - n + 0.5) / (n + 0.5))`, which is never below zero.

    Args:
        texts: what is searched.
        settings: the constants.
    """

    def __init__(self, texts: Sequence[str], settings: BM25Settings | None = None) -> None:
        settings = settings or BM25Settings()
        self.num_texts = len(texts)
        counts = [Counter(terms_of(text)) for text in texts]
        lengths = np.array([sum(count.values()) for count in counts], np.float64)
        mean_length = max(float(lengths.mean()) if len(lengths) else 0.0, 1.0)
        postings: dict[str, list[tuple[int, int]]] = {}
        for number, count in enumerate(counts):
            for term, times in count.items():
                postings.setdefault(term, []).append((number, times))
        discount = settings.k1 * (1 - settings.b + settings.b * lengths / mean_length)
        self._postings: dict[str, tuple[npt.NDArray[np.int64], Scores]] = {}
        for term, found in postings.items():
            numbers = np.array([number for number, _ in found], np.int64)
            often = np.array([times for _, times in found], np.float64)
            weight = np.log1p((self.num_texts - len(found) + 0.5) / (len(found) + 0.5))
            worth = weight * often * (settings.k1 + 1) / (often + discount[numbers])
            self._postings[term] = (numbers, worth)

    @property
    def num_terms(self) -> int:
        """Distinct terms of all texts."""
        return len(self._postings)

    def scores(self, query: str) -> Scores:
        """(D,) the score of every text; a term that a query has twice counts twice."""
        scores = np.zeros(self.num_texts)
        for term, times in Counter(terms_of(query)).items():
            if term in self._postings:
                numbers, worth = self._postings[term]
                scores[numbers] += times * worth
        return scores
