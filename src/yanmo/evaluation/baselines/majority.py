"""What can be said without looking: the most frequent class, the mean number.

In come the labels of the training data, out comes one answer for every item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np


def majority_class(labels: Sequence[str]) -> str:
    """The most frequent label; of equally frequent ones the first in sorted order."""
    counts = Counter(labels)
    assert counts, "there is no label to count"
    return min(counts, key=lambda label: (-counts[label], label))


def mean_score(scores: Sequence[float]) -> float:
    """The mean of the training scores. It has no correlation with anything."""
    assert scores, "there is no score to average"
    return float(np.mean(scores))
