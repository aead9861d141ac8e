"""What a comparison decided, in numbers."""

from __future__ import annotations

import numpy as np

from yanmo.corpus.report.clusters import describe_decision
from yanmo.corpus.steps import Decision


def test_clusters_are_counted_by_size() -> None:
    clusters = np.array([-1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, -1, 9])
    reason_of = np.array([0, 0, 1, 0, 1, 2] + [0] * 11, dtype=np.uint8)
    facts = describe_decision(
        Decision(reason_of=reason_of, reasons=("near", "exact"), clusters=clusters)
    )
    assert facts["rejected"] == {"near": 2, "exact": 1}
    assert facts["clusters"]["number"] == 4  # one that is alone is no cluster
    assert facts["clusters"]["documents"] == 14
    assert facts["clusters"]["largest"] == 5
    assert facts["clusters"]["sizes"] == {"edges": [2, 3, 5, 9], "counts": [1, 2, 1]}


def test_cuts_are_counted() -> None:
    facts = describe_decision(Decision(removed_bytes=np.array([0, 10, 5])))
    assert facts == {"removed_bytes": 15, "shortened_documents": 2}


def test_no_clusters_are_no_clusters() -> None:
    facts = describe_decision(Decision(clusters=np.full(4, -1)))
    assert facts["clusters"]["number"] == 0
