"""What evaluation asks of a model: a score for every target of every document.

A neural engine scores in batches of windows and has a scorer of its own; a count-based model is
wrapped by `NgramScorer`. Knows neither kind of model, only these methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from yanmo.inference.target_scores import TargetScores


class Scorer(Protocol):
    """Anything that can score documents."""

    def score(self, documents: Sequence[NDArray[np.integer]]) -> list[TargetScores]:
        """Scores of each document's targets: the next token of each position, end-of-text last.

        Args:
            documents: 1-D arrays of token ids, each beginning with the end-of-text id.
        """
        ...


class NgramModel(Protocol):
    """What `NgramScorer` needs of a model that scores one document at a time."""

    def log_probs(self, document: NDArray[np.integer]) -> NDArray[np.float64]:
        """Natural logarithm of each target's probability, (n,)."""
        ...

    def target_ranks(self, document: NDArray[np.integer]) -> NDArray[np.int64]:
        """How many other tokens are at least as probable as each target, (n,)."""
        ...


class NgramScorer:
    """A count-based model as a `Scorer`."""

    def __init__(self, model: NgramModel) -> None:
        self._model = model

    def score(self, documents: Sequence[NDArray[np.integer]]) -> list[TargetScores]:
        """Scores of each document's targets."""
        return [
            TargetScores(self._model.log_probs(document), self._model.target_ranks(document))
            for document in documents
        ]
