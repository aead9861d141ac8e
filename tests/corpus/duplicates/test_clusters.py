"""Clusters can be looked into: who is in them, who stays, how alike they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from yanmo.corpus.document import document_id
from yanmo.corpus.duplicates.clusters import estimate_similarity, survivors_of, write_clusters
from yanmo.corpus.duplicates.config import NearConfig
from yanmo.corpus.duplicates.near import NearDuplicates

from .conftest import Planted
from .corpus_in_memory import CorpusInMemory


def test_file_names_every_member_and_the_survivor(tmp_path: Path, planted: Planted) -> None:
    config = NearConfig()
    one, other, alone = planted.documents[:3]
    texts = [alone, one, other, planted.edited(one, 0.01, 1) + " and more", one + ".", "", other]
    corpus = CorpusInMemory(texts, shards=[[2], [3, 2]])
    decision = corpus.compare(NearDuplicates(config, "longest"))
    similarity = estimate_similarity(corpus, decision, config)
    ids = (batch["id"] for batch in corpus.batches())
    assert write_clusters(tmp_path / "clusters.parquet", ids, decision, similarity) == 2
    rows = pq.read_table(tmp_path / "clusters.parquet").to_pylist()
    assert [row["cluster"] for row in rows] == [1, 1, 1, 2, 2]
    assert [row["document"] for row in rows] == [3, 1, 4, 2, 6]
    assert [row["survivor"] for row in rows] == [True, False, False, True, False]
    assert all(row["id"] == document_id(texts[row["document"]]) for row in rows)
    assert rows[0]["similarity"] == rows[3]["similarity"] == rows[4]["similarity"] == 1
    assert 0.7 < rows[1]["similarity"] < 1
    assert survivors_of(decision).tolist() == [-1, 3, 2, 3, 3, -1, 2]


def test_estimated_similarity_is_near_the_counted_one(planted: Planted) -> None:
    config = NearConfig(num_bands=64, num_rows=4)
    originals = planted.documents[:100]
    texts = originals + [planted.edited(text, 0.02, 7) for text in originals]
    corpus = CorpusInMemory(texts)
    decision = corpus.compare(NearDuplicates(config, "first"))
    estimated = estimate_similarity(corpus, decision, config)[100:]
    counted = [
        planted.similarity(*pair, length=5) for pair in zip(texts, texts[100:], strict=False)
    ]
    errors = np.abs(estimated - np.array(counted))
    assert np.nanmean(errors) < 0.04


def test_corpus_without_clusters_makes_an_empty_file(tmp_path: Path) -> None:
    corpus = CorpusInMemory(["one text", "and another"])
    decision = corpus.compare(NearDuplicates(NearConfig(), "first"))
    ids = (batch["id"] for batch in corpus.batches())
    assert write_clusters(tmp_path / "clusters.parquet", ids, decision) == 0
    assert pq.read_table(tmp_path / "clusters.parquet").num_rows == 0
