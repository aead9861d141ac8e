"""Figures on all test items, on those that the training text holds, and on those that it does not.

In come, for each test item, how many passages (n-grams) it has and how many of them were found in
the training text, and the numbers of each metric; out come the figures of all, clean and dirty
items with their intervals (as Brown et al. 2020, appendix C, report them). Searching is the affair
of `corpus.decontamination`, which is handed in as counts. Knows no texts and no files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yanmo.evaluation.report_parts import figure_on
from yanmo.evaluation.significance import NUM_DRAWS
from yanmo.evaluation.task_report import Contamination
from yanmo.tasks.metrics.metric import Metric

_MAX_LISTED = 1_000


@dataclass(frozen=True)
class FoundPassages:
    """What of some test items a training text holds.

    Args:
        corpus: what was searched, for the report.
        num_documents: texts searched.
        ngram_words, ngram_characters: the length of a passage, in words and, for scripts without
            spaces, in characters.
        num_passages: (D,) int64, passages of each item; 0 where it is too short to be looked for.
        num_found: (D,) int64, how many of them were found.
    """

    corpus: str
    num_documents: int
    ngram_words: int
    ngram_characters: int
    num_passages: NDArray[np.int64]
    num_found: NDArray[np.int64]

    def is_dirty(self, max_found_frac: float = 0.0) -> NDArray[np.bool_]:
        """(D,) whether more than this share of an item's passages was found, 0..1."""
        is_dirty: NDArray[np.bool_] = self.num_found > max_found_frac * self.num_passages
        return is_dirty

    @property
    def is_unchecked(self) -> NDArray[np.bool_]:
        """(D,) whether an item is too short to be looked for."""
        is_unchecked: NDArray[np.bool_] = self.num_passages == 0
        return is_unchecked


def clean_and_dirty_scores(
    found: FoundPassages,
    metrics: Sequence[Metric],
    numbers: Mapping[str, NDArray[np.float64]],
    ids: Sequence[str],
    *,
    max_found_frac: float = 0.0,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> Contamination:
    """The figures of a model on all, clean and dirty items.

    Args:
        found: what was found of the items.
        metrics: what is measured; the first is the metric of the task.
        numbers: (D, Q) of each metric by name, as `Metric.items` gives them.
        ids: names of the items, in the same order.
        max_found_frac: items of which a larger share was found are dirty, 0..1.
        num_draws, seed: of the bootstrap.
    """
    is_dirty = found.is_dirty(max_found_frac)
    assert len(ids) == len(is_dirty), f"{len(ids)} ids, {len(is_dirty)} items searched"
    everything = np.ones(len(ids), dtype=np.bool_)
    all_items, clean, dirty = (
        tuple(
            figure_on(metric, numbers[metric.name][chosen], num_draws=num_draws, seed=seed)
            for metric in metrics
        )
        for chosen in (everything, ~is_dirty, is_dirty)
    )
    return Contamination(
        corpus=found.corpus,
        num_documents=found.num_documents,
        ngram_words=found.ngram_words,
        ngram_characters=found.ngram_characters,
        max_found_frac=max_found_frac,
        num_clean=int((~is_dirty & ~found.is_unchecked).sum()),
        num_dirty=int(is_dirty.sum()),
        num_unchecked=int(found.is_unchecked.sum()),
        all=all_items,
        clean=clean,
        dirty=dirty,
        dirty_ids=tuple(ids[place] for place in np.flatnonzero(is_dirty)[:_MAX_LISTED]),
    )
