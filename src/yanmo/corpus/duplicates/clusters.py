"""Clusters of duplicates as a file that people can look into.

Comes in: a corpus and what a comparison decided about it. Goes out: Parquet with a row for each
document of a cluster, cluster by cluster, the one that stays first. Knows nothing of how clusters
are found.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from yanmo.corpus.duplicates.config import NearConfig
from yanmo.corpus.duplicates.near import band_name
from yanmo.corpus.steps import Decision, WholeCorpus

CLUSTER_SCHEMA = pa.schema(
    [
        pa.field("cluster", pa.int64(), nullable=False),
        pa.field("document", pa.int64(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("survivor", pa.bool_(), nullable=False),
        pa.field("similarity", pa.float32()),
    ]
)
"""The columns: the number of the cluster (that of its first document), the number of the document
in the corpus, its id, whether it stays, and its estimated similarity to the one that stays."""


def survivors_of(decision: Decision) -> NDArray[np.int64]:
    """(n,) the document of the same cluster that stays; -1 for documents in no cluster."""
    assert decision.clusters is not None, "this decision makes no clusters"
    assert decision.reason_of is not None, "this decision rejects nothing"
    clusters = np.asarray(decision.clusters)
    stays = np.flatnonzero((clusters >= 0) & (np.asarray(decision.reason_of) == 0))
    of_cluster = np.full(len(clusters), -1, dtype=np.int64)
    of_cluster[clusters[stays]] = stays
    return np.where(clusters >= 0, of_cluster[clusters], -1)


def estimate_similarity(
    corpus: WholeCorpus, decision: Decision, config: NearConfig
) -> NDArray[np.float32]:
    """(n,) the Jaccard similarity of each document to the one that stays, from the share of bands
    that agree; NaN for documents in no cluster. 0 means that no band agrees: the two are linked by
    documents between them.

    Args:
        corpus: with the fingerprints of `NearDuplicates`.
        decision: what `NearDuplicates` decided.
        config: its configuration.
    """
    survivors = survivors_of(decision)
    documents = np.flatnonzero(survivors >= 0)
    num_equal = np.zeros(len(documents), dtype=np.int64)
    for band in range(config.num_bands):
        hashes = np.concatenate(
            [np.zeros(0, np.uint64), *corpus.fingerprints(band_name(band))], dtype=np.uint64
        )
        num_equal += hashes[documents] == hashes[survivors[documents]]
    similarity = np.full(len(survivors), np.nan, dtype=np.float32)
    similarity[documents] = (num_equal / config.num_bands) ** (1 / config.num_rows)
    return similarity


def write_clusters(
    path: Path,
    ids: Iterable[pa.StringArray],
    decision: Decision,
    similarity: NDArray[np.float32] | None = None,
) -> int:
    """Write the documents that are in clusters, in `CLUSTER_SCHEMA`; gives the number of clusters.

    Args:
        path: the Parquet file.
        ids: the ids of all documents, in pieces, in order.
        decision: one with clusters.
        similarity: (n,) what `estimate_similarity` gave; None writes nulls.
    """
    survivors = survivors_of(decision)
    documents = np.flatnonzero(survivors >= 0)
    wanted = [pa.array([], pa.string())]
    first = 0
    for piece in ids:
        begin, end = np.searchsorted(documents, [first, first + len(piece)])
        wanted.append(piece.take(pa.array(documents[begin:end] - first)))
        first += len(piece)
    survivor = survivors[documents] == documents
    clusters = np.asarray(decision.clusters)[documents]
    values = np.full(len(documents), np.nan) if similarity is None else similarity[documents]
    order = pa.array(np.lexsort((documents, ~survivor, clusters)))
    columns = [
        pa.array(clusters, pa.int64()),
        pa.array(documents, pa.int64()),
        pa.concat_arrays(wanted),
        pa.array(survivor, pa.bool_()),
        pa.array(values, pa.float32(), from_pandas=True),
    ]
    table = pa.Table.from_arrays(columns, schema=CLUSTER_SCHEMA).take(order)
    pq.write_table(table, path, compression="zstd")
    return int(np.count_nonzero(survivor))
