"""Classes that are not alike in number: weights on their loss, or their rows more often.

In: the labels of a task's rows. Out: a weight for each class, or an order of rows. Which of two
rows of one class comes more often is decided by a seed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from yanmo.finetuning.head_rows import HeadRows
from yanmo.models.task_head import HeadSpec
from yanmo.tokens.rows import IGNORED_LABEL

Ids = npt.NDArray[np.int64]


def class_weights(rows: HeadRows, head: int, spec: HeadSpec) -> npt.NDArray[np.float64]:
    """(C,) weights `n / (C n_c)`, as scikit-learn's "balanced": rows together weigh as much as
    before. A class without rows weighs nothing."""
    labels = [
        np.atleast_1d(np.asarray(row.label, np.int64)) for row in rows.rows if row.head == head
    ]
    flat = np.concatenate(labels)
    counts = np.bincount(flat[flat != IGNORED_LABEL], minlength=len(spec.labels))
    present = int((counts > 0).sum())
    return np.where(counts > 0, counts.sum() / (present * np.maximum(counts, 1)), 0.0)


def balanced_order(rows: HeadRows, specs: Sequence[HeadSpec], seed: int) -> Ids:
    """The places of rows, those of rarer classes repeated until all classes of a head that
    classifies are as frequent as its most frequent one."""
    generator = np.random.default_rng(seed)
    order = [np.arange(len(rows.rows))]
    for head, spec in enumerate(specs):
        if spec.kind != "classification":
            continue
        places = np.array([i for i, row in enumerate(rows.rows) if row.head == head])
        labels = np.array([rows.rows[place].label for place in places.tolist()], np.int64)
        most = int(np.bincount(labels).max())
        for label in np.unique(labels):
            own = places[labels == label]
            order.append(_repeated(own, most - len(own), generator))
    return np.concatenate(order)


def draw_examples(labels: Sequence[object], count: int, seed: int) -> list[int]:
    """Which `count` of labelled examples to take, classes in turn, in the order of the file;
    labels that are None or all alike are one class."""
    by_label = _shuffled_by_label(labels, seed)
    queues = [by_label[label] for label in sorted(by_label, key=repr)]
    chosen: list[int] = []
    while len(chosen) < min(count, len(labels)):
        for queue in queues:
            if queue and len(chosen) < count:
                chosen.append(queue.pop())
    return sorted(chosen)


def draw_of_each_class(labels: Sequence[object], count: int, seed: int) -> list[int]:
    """`count` places of every class, all of a class that has fewer, in the order of the file;
    labels that are None or all alike are one class."""
    by_label = _shuffled_by_label(labels, seed)
    return sorted(place for places in by_label.values() for place in places[:count])


def _shuffled_by_label(labels: Sequence[object], seed: int) -> dict[object, list[int]]:
    by_label: dict[object, list[int]] = {}
    for place in np.random.default_rng(seed).permutation(len(labels)).tolist():
        by_label.setdefault(labels[place], []).append(place)
    return by_label


def _repeated(places: Ids, count: int, generator: np.random.Generator) -> Ids:
    """`count` of `places`, each as often as any other or once more."""
    whole, rest = divmod(count, len(places))
    return np.concatenate([np.tile(places, whole), generator.permutation(places)[:rest]])
