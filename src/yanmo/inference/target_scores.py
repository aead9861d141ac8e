"""What scoring a document gives: how probable each target was, and how many tokens were ahead.

Plain arrays, the same whether a neural model or an n-gram model made them. Knows no model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TargetScores:
    """Scores of the n targets of a document of n tokens (the next tokens, end-of-text last).

    Attributes:
        log_probs: (n,) float64, natural logarithm of each target's probability.
        ranks: (n,) int64, how many other tokens of the vocabulary are at least as probable as the
            target; 0 is the best. A tie counts against the target, so that a model which finds
            everything equally probable gets nothing right.
    """

    log_probs: NDArray[np.float64]
    ranks: NDArray[np.int64]

    def __post_init__(self) -> None:
        assert self.log_probs.ndim == 1, "log_probs is (n,)"
        assert self.log_probs.shape == self.ranks.shape, "one rank for each log-probability"
        assert self.log_probs.dtype == np.float64, "log_probs is float64"
        assert self.ranks.dtype == np.int64, "ranks is int64"
