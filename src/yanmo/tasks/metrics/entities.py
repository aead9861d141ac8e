"""Entities that are found exactly: precision, recall and F1 over spans of BIO tags.

In come sequences of tags. Reading is lenient, as CoNLL-2000's script and seqeval's default are: an
`I-` that follows `O` or another type begins an entity. An entity counts when its start, end and
type are all right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.core.tag_spans import TagSpan, spans_of
from yanmo.tasks.metrics.counts import Average, CountedMetric, Quantity, quantity_of


def entity_counts(gold: Sequence[Any], predicted: Sequence[Any]) -> NDArray[np.float64]:
    """Right, said and true entities of each type, (D, 3C); C is at least 1."""
    return _counts(*_spans(gold, predicted))


def entity_metric(quantity: Quantity, average: Average = "micro") -> CountedMetric:
    """`entity_f1` and its like; with an average other than micro, `entity_f1_macro`."""
    suffix = "" if average == "micro" else f"_{average}"
    return CountedMetric(
        f"entity_{quantity}{suffix}",
        quantity,
        average,
        entity_counts,
        "exact spans of BIO, lenient",
    )


def table_of_types(gold: Sequence[Any], predicted: Sequence[Any]) -> dict[str, dict[str, float]]:
    """Precision, recall, f1 and the number of true entities of each type, for a report."""
    true, said = _spans(gold, predicted)
    sums = _counts(true, said).sum(axis=0).reshape(-1, 3)
    quantities: tuple[Quantity, ...] = ("precision", "recall", "f1")
    return {
        kind: {quantity: float(quantity_of(row, quantity)) for quantity in quantities}
        | {"items": int(row[2])}
        for kind, row in zip(_types(true, said), sums, strict=False)
    }


def _spans(
    gold: Sequence[Any], predicted: Sequence[Any]
) -> tuple[list[set[TagSpan]], list[set[TagSpan]]]:
    for g, p in zip(gold, predicted, strict=True):
        assert len(g) == len(p), f"{len(g)} tokens have {len(p)} predicted tags"
    return [set(spans_of(tags)) for tags in gold], [set(spans_of(tags)) for tags in predicted]


def _types(true: list[set[TagSpan]], said: list[set[TagSpan]]) -> list[str]:
    return sorted({span[0] for spans in (*true, *said) for span in spans})


def _counts(true: list[set[TagSpan]], said: list[set[TagSpan]]) -> NDArray[np.float64]:
    place = {kind: index for index, kind in enumerate(_types(true, said))}
    counts = np.zeros((len(true), max(1, len(place)), 3))
    for row, (t, s) in enumerate(zip(true, said, strict=True)):
        for column, spans in enumerate((t & s, s, t)):
            for span in spans:
                counts[row, place[span[0]], column] += 1
    return counts.reshape(len(true), -1)
