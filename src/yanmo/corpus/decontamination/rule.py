"""The rule `decontamination`: documents that hold passages of test sets are rejected.

Comes in: a batch of documents. Goes out: `contains:<test set>` for each that shares more passages
with the test sets than is allowed. The test sets are read when the first batch comes, once in a
process.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa

from yanmo.corpus.decontamination.config import DecontaminationConfig
from yanmo.corpus.decontamination.index import ItemIndex, build_index, count_passages
from yanmo.corpus.decontamination.items import read_items
from yanmo.corpus.steps import Verdict


class Decontamination:
    """Rejects documents in which test items were found.

    Args:
        config: the test sets, and what counts as a passage of them.
    """

    name = "decontamination"

    def __init__(self, config: DecontaminationConfig) -> None:
        self._config = config

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """`contains:<test set>` or null for each document; measures the passages it shares.

        Raises:
            DataError: a test set cannot be read.
            ConfigError: no record of a test set has a field that is named.
        """
        index = load_index(self._config)
        is_found = np.zeros(len(index.ngrams.keys), np.bool_)
        counts, sets = count_passages(index, batch["text"], is_found)
        names = np.array([f"contains:{name}" for name in index.set_names], dtype=object)
        reasons = np.full(batch.num_rows, None, dtype=object)
        is_wrong = counts > self._config.max_shared_ngrams
        reasons[is_wrong] = names[sets[is_wrong]]
        measures = {"shared_ngrams": counts.astype(np.float64)}
        return Verdict(pa.array(reasons, pa.string()), measures)


def load_index(config: DecontaminationConfig) -> ItemIndex:
    """The index of the test sets of a configuration; read once in a process.

    Raises:
        DataError: a test set cannot be read.
        ConfigError: no record of a test set has a field that is named.
    """
    return _load_index(config.model_dump_json())


@lru_cache(maxsize=2)
def _load_index(config_json: str) -> ItemIndex:
    config = DecontaminationConfig.model_validate_json(config_json)
    return build_index(list(read_items(config.sets)), config)
