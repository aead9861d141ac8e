"""Word and character error rate: edits from what was said to what is right, by the length of that.

In come texts; out come rates that can be over 1. Summed over the test set, so that long texts weigh
more. Text is compared as it stands: whoever wants case or marks ignored removes them before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.tasks.metrics.metric import SummedMetric, ratio


@dataclass(frozen=True)
class ErrorRate(SummedMetric):
    """Substitutions, deletions and insertions by the number of units in the gold."""

    name: str
    cut: Callable[[str], Sequence[str]]
    signature: str
    is_higher_better: bool = False

    def items(self, gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
        """(D, 2): edits, and units of the gold."""
        pairs = [(self.cut(g), self.cut(p)) for g, p in zip(gold, predicted, strict=True)]
        return np.array([(edit_distance(true, said), len(true)) for true, said in pairs], float)

    def figure(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """All edits by all units; edits of nothing count as 1."""
        edits, length = sums[..., 0], sums[..., 1]
        return np.where(length == 0, (edits > 0).astype(float), ratio(edits, length))


def word_error_rate() -> ErrorRate:
    """WER over words between spaces."""
    return ErrorRate("wer", str.split, "words between spaces, case and marks kept; over all items")


def character_error_rate() -> ErrorRate:
    """CER over all characters but spaces."""
    return ErrorRate("cer", _characters, "characters without spaces, case kept; over all items")


def edit_distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Fewest substitutions, deletions and insertions that make one into the other."""
    previous = list(range(len(second) + 1))
    for row, unit in enumerate(first, start=1):
        current = [row]
        for column, other in enumerate(second, start=1):
            current.append(
                min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (unit != other))
            )
        previous = current
    return previous[-1]


def _characters(text: str) -> list[str]:
    return [character for character in text if not character.isspace()]
