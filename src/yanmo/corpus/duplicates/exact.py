"""Documents whose texts are equal.

Comes in: batches of documents. Goes out: a reason for every document but one of those whose
normalised texts have the same 128-bit hash. White space never counts; case, width and punctuation
count unless the configuration says otherwise. Texts without anything that counts, such as empty
ones, are copies of each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.duplicates.characters import text_table
from yanmo.corpus.duplicates.config import ExactConfig, Keep
from yanmo.corpus.duplicates.linking import clusters_of, link_equal, new_forest
from yanmo.corpus.duplicates.survivors import reject_copies
from yanmo.corpus.duplicates.text_hashes import hash_texts
from yanmo.corpus.steps import Decision, Rewritten, WholeCorpus
from yanmo.corpus.text_column import text_buffers


class ExactDuplicates:
    """Rejects all but one of the documents with equal texts; the reason is `duplicate`.

    Args:
        config: what makes texts equal.
        keep: which copy stays.
    """

    name = "exact_duplicates"

    def __init__(self, config: ExactConfig, keep: Keep) -> None:
        self._config = config
        self._keep = keep

    def fingerprint(self, batch: pa.RecordBatch) -> Mapping[str, NDArray[Any]]:
        """`hash_a` and `hash_b`, (n,) uint64: the two halves of the hash of each text."""
        config = self._config
        table = text_table(config.ignore_case, config.ignore_width, config.ignore_punctuation)
        texts = text_buffers(batch["text"])
        hash_a, hash_b = (np.zeros(len(texts), dtype=np.uint64) for _ in range(2))
        hash_texts(texts.data, texts.offsets, table, hash_a, hash_b)
        return {"hash_a": np.maximum(hash_a, np.uint64(1)), "hash_b": hash_b}

    def decide(self, corpus: WholeCorpus) -> Decision:
        """One document of each set of equal ones stays."""
        forest = new_forest(len(corpus.table))
        link_equal(
            forest,
            corpus.table.is_alive,
            lambda: corpus.fingerprints("hash_a"),
            corpus.fingerprints("hash_b"),
        )
        return reject_copies(clusters_of(forest), corpus.table, self._keep, "duplicate")

    def apply(
        self,
        batch: pa.RecordBatch,
        cuts: NDArray[np.int64],  # noqa: ARG002
        shared: Mapping[str, NDArray[Any]],  # noqa: ARG002
    ) -> Rewritten:
        """The batch as it is: nothing is cut out."""
        return Rewritten(batch)
