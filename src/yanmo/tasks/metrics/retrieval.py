"""Search results against the texts that are right: reciprocal rank, and how often one is found.

In come for each query the keys of the right texts and the keys of those found, best first; out come
means over queries.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from yanmo.tasks.metrics.mean import MeanMetric
from yanmo.tasks.metrics.metric import Metric


def retrieval_metrics(limit: int) -> tuple[Metric, ...]:
    """The mean reciprocal rank among the first `limit` (Voorhees 1999), and the share of queries
    with a right text at the very top and among the first `limit`."""
    cuts = sorted({1, limit})
    return (
        MeanMetric(
            f"mrr_at_{limit}",
            partial(_reciprocal_rank, limit=limit),
            f"mean over queries; none right among the first {limit} = 0",
        ),
        *(
            MeanMetric(
                f"found_at_{cut}",
                partial(_is_found, limit=cut),
                f"share of queries with a right text among the first {cut}",
            )
            for cut in cuts
        ),
    )


def _reciprocal_rank(right: Collection[Any], found: Sequence[Any], *, limit: int) -> float:
    ranks = (rank for rank, key in enumerate(found[:limit], start=1) if key in right)
    return 1 / rank if (rank := next(ranks, 0)) else 0.0


def _is_found(right: Collection[Any], found: Sequence[Any], *, limit: int) -> float:
    return float(any(key in right for key in found[:limit]))
