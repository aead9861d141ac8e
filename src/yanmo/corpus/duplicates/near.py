"""Documents that are nearly equal, found by MinHash and locality-sensitive hashing.

Comes in: batches of documents. Goes out: a reason for every document but one of each cluster, and
the clusters. Two documents are linked where the hashes of one of their bands are equal; a cluster
is what hangs together by links. Case, width, accents and punctuation do not count. Documents
without a single letter or digit are like no other. The pairs are not looked at a second time: what
the bands say, holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from yanmo.corpus.duplicates.characters import word_table
from yanmo.corpus.duplicates.config import Keep, NearConfig
from yanmo.corpus.duplicates.linking import clusters_of, link_equal, new_forest
from yanmo.corpus.duplicates.minhash import write_bands
from yanmo.corpus.duplicates.survivors import reject_copies
from yanmo.corpus.steps import Decision, Rewritten, WholeCorpus
from yanmo.corpus.text_column import TextBuffers, text_buffers

_SHINGLES_PER_PLACE = 16  # with so many distinct shingles no place stays empty (1 in e**16)


def band_name(band: int) -> str:
    """The name of the array that holds the hashes of a band."""
    return f"band_{band:03d}"


def band_hashes(texts: TextBuffers, config: NearConfig) -> NDArray[np.uint64]:
    """(num_bands, n) the hash of each band of each text; 0 for texts without tokens."""
    num_places = config.num_bands * config.num_rows
    capacity = 1 << (num_places * _SHINGLES_PER_PLACE).bit_length()
    bands = np.zeros((config.num_bands, len(texts)), dtype=np.uint64)
    write_bands(
        texts.data,
        texts.offsets,
        word_table(),
        config.num_words,
        config.num_characters,
        config.num_rows,
        np.zeros(2 * capacity, dtype=np.uint64),
        np.zeros(capacity, dtype=np.uint64),
        bands,
    )
    return bands


class NearDuplicates:
    """Rejects all but one of the documents of each cluster; the reason is `near_duplicate`.

    Args:
        config: shingles and bands.
        keep: which copy stays.
    """

    name = "near_duplicates"

    def __init__(self, config: NearConfig, keep: Keep) -> None:
        self._config = config
        self._keep = keep

    def fingerprint(self, batch: pa.RecordBatch) -> Mapping[str, NDArray[Any]]:
        """One array for each band, `band_000` and so on: (n,) uint64."""
        bands = band_hashes(text_buffers(batch["text"]), self._config)
        return {band_name(band): hashes for band, hashes in enumerate(bands)}

    def decide(self, corpus: WholeCorpus) -> Decision:
        """One document of each cluster stays. Looks at one band after the other."""
        forest = new_forest(len(corpus.table))
        for band in range(self._config.num_bands):
            name = band_name(band)
            link_equal(
                forest,
                corpus.table.is_alive,
                lambda name=name: corpus.fingerprints(name),  # type: ignore[misc]
            )
        return reject_copies(clusters_of(forest), corpus.table, self._keep, "near_duplicate")

    def apply(
        self,
        batch: pa.RecordBatch,
        cuts: NDArray[np.int64],  # noqa: ARG002
        shared: Mapping[str, NDArray[Any]],  # noqa: ARG002
    ) -> Rewritten:
        """The batch as it is: nothing is cut out."""
        return Rewritten(batch)
