"""The rule for documents that are one pair of translations.

Comes in: batches of documents. Goes out: a reason for each pair that is of no use for training. All
other documents, and those with several pairs, are let through. Knows nothing of files.
"""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yanmo.corpus.profiles.config import PairConfig
from yanmo.corpus.profiles.pairs import clean_pair
from yanmo.corpus.steps import Verdict

_MARK = '"pairs":'


class PairRule:
    """Rejects pairs with an empty, overlong or mismatched side.

    Args:
        config: which pairs are kept.
    """

    name = "pair"

    def __init__(self, config: PairConfig) -> None:
        self._config = config

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """`empty`, `too_short`, `too_long`, `length_ratio`, `copy` or null for each document."""
        reasons: list[str | None] = [None] * batch.num_rows
        may_hold = pc.match_substring(batch["metadata"], _MARK).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(may_hold).tolist():
            pairs = json.loads(batch["metadata"][row].as_py()).get("pairs")
            if isinstance(pairs, list) and len(pairs) == 1:
                source, target = pairs[0]
                reasons[row] = clean_pair(source, target, self._config).reason
        return Verdict(pa.array(reasons, pa.string()))
