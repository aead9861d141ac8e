"""What the duplicate clusters of a corpus look like, for the report.

Comes in: what a comparison decided. Goes out: JSON values for `Account.note_comparison`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from yanmo.corpus.steps import Decision


def describe_decision(decision: Decision) -> dict[str, Any]:
    """The documents and bytes that a comparison takes out, and its clusters by size.

    `clusters.sizes` counts clusters of 2, 3-4, 5-8, ... documents: `edges` are the least sizes.
    """
    facts: dict[str, Any] = {}
    if decision.reason_of is not None:
        counts = np.bincount(decision.reason_of, minlength=len(decision.reasons) + 1)[1:]
        facts["rejected"] = dict(zip(decision.reasons, counts.tolist(), strict=True))
    if decision.removed_bytes is not None:
        facts["removed_bytes"] = int(decision.removed_bytes.sum())
        facts["shortened_documents"] = int(np.count_nonzero(decision.removed_bytes))
    if decision.clusters is not None:
        clusters = np.asarray(decision.clusters)
        _, sizes = np.unique(clusters[clusters >= 0], return_counts=True)
        facts["clusters"] = _describe_sizes(sizes[sizes > 1])
    return facts


def _describe_sizes(sizes: np.ndarray[Any, np.dtype[Any]]) -> dict[str, Any]:
    if not len(sizes):
        return {"number": 0, "documents": 0, "largest": 0, "sizes": {"edges": [], "counts": []}}
    powers = np.ceil(np.log2(sizes)).astype(np.int64) - 1  # 2 is 0; 3 and 4 are 1; 5 to 8 are 2
    counts = np.bincount(powers)
    edges = [2, *(2**power + 1 for power in range(1, len(counts) + 1))]
    return {
        "number": len(sizes),
        "documents": int(sizes.sum()),
        "largest": int(sizes.max()),
        "sizes": {"edges": edges, "counts": counts.tolist()},
    }
