"""The step that applies rules of measures: every document is measured once for all of them.

Comes in: a batch of documents. Goes out: for each the first reason against it, and its measures.
Knows nothing of what the measures mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.rules.checks import Check, RuleChecks
from yanmo.corpus.rules.languages import wanted_rows
from yanmo.corpus.rules.measure import COLUMN, GROUPS_OF_MEASURE, measure
from yanmo.corpus.steps import Verdict
from yanmo.corpus.text_column import text_buffers


class QualityRules:
    """Rejects documents by what is measured in them; the rules are asked in order.

    A reason is the rule's name and the check's, such as `gopher_repetition/top_2_gram`.

    Args:
        rules: what is asked of which documents.
        name: under which the report counts.
        stop_words: at most 63, for Gopher's quality rule.
        short_line_characters: up to which length a line is short, for FineWeb's rule.
    """

    def __init__(
        self,
        rules: Sequence[RuleChecks],
        *,
        name: str = "quality",
        stop_words: tuple[str, ...] = (),
        short_line_characters: int = 30,
    ) -> None:
        self.name = name
        self._rules = tuple(rules)
        self._stop_words = stop_words
        self._short_line_characters = short_line_characters
        self._reasons = pa.array(
            [f"{rule.name}/{check.reason}" for rule in rules for check in rule.checks], pa.string()
        )
        groups = int(np.bitwise_or.reduce([rule.groups for rule in rules], initial=0))
        self._measures = [m for m, needed in GROUPS_OF_MEASURE.items() if needed & groups]

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """The first reason against each document, or null, and everything that was measured."""
        rows = {
            documents: wanted_rows(batch, documents)
            for documents in {rule.documents for rule in self._rules}
        }
        groups = np.zeros(batch.num_rows, np.uint8)
        for rule in self._rules:
            groups |= np.where(rows[rule.documents], np.uint8(rule.groups), np.uint8(0))
        texts = text_buffers(batch["text"])
        values = measure(texts, groups, self._stop_words, self._short_line_characters)
        found = np.full(batch.num_rows, -1, np.int32)
        index = 0
        for rule in self._rules:
            is_asked = rows[rule.documents]
            for check in rule.checks:
                is_failed = is_asked & (found < 0) & fails(check, values[:, COLUMN[check.measure]])
                found[is_failed] = index
                index += 1
        reasons = self._reasons.take(pa.array(found, pa.int32(), mask=found < 0))
        measures = {name: values[:, COLUMN[name]].copy() for name in self._measures}
        return Verdict(reasons, measures)


def fails(check: Check, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values a check rejects; NaN passes."""
    is_failed = np.zeros(len(values), np.bool_)
    if check.min is not None:
        is_failed |= values < check.min
    if check.max is not None:
        is_failed |= values > check.max
    return is_failed & (values != 0) if check.keeps_zero else is_failed
