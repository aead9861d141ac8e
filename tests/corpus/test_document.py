"""The document format."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from yanmo.core.errors import DataError
from yanmo.corpus.document import DOCUMENT_SCHEMA, document_id, read_documents
from yanmo.corpus.shards import ShardWriter


def _batch(texts: list[str], split: str) -> pa.RecordBatch:
    columns = {
        "id": [document_id(text) for text in texts],
        "text": texts,
        "source": ["here"] * len(texts),
        "url": [None] * len(texts),
        "language": [None] * len(texts),
        "domain": [None] * len(texts),
        "metadata": ["{}"] * len(texts),
        "split": [split] * len(texts),
    }
    return pa.RecordBatch.from_pydict(columns, schema=DOCUMENT_SCHEMA)


def test_id_is_32_hex_digits_of_the_text() -> None:
    assert document_id("研墨") == document_id("研墨") != document_id("研墨 ")
    assert len(document_id("")) == 32
    assert int(document_id("a"), 16) >= 0


def test_documents_come_back_in_order_from_all_shards(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, shard_bytes=4) as writer:
        writer.write(_batch(["春", "夏"], "train"))
        writer.write(_batch(["秋"], "test"))
        writer.write(_batch(["冬", "autumn"], "train"))
    assert len(list(tmp_path.glob("part-*.parquet"))) == 2
    texts = [t for batch in read_documents(tmp_path) for t in batch["text"].to_pylist()]
    assert texts == ["春", "夏", "秋", "冬", "autumn"]


def test_split_and_columns_are_selected(tmp_path: Path) -> None:
    with ShardWriter(tmp_path, shard_bytes=100) as writer:
        writer.write(_batch(["春", "夏"], "train"))
        writer.write(_batch(["秋"], "test"))
    (batch,) = read_documents(tmp_path, split="test", columns=["text", "id"])
    assert batch.schema.names == ["text", "id"]
    assert batch.to_pylist() == [{"text": "秋", "id": document_id("秋")}]
    assert list(read_documents(tmp_path, split="validation")) == []


def test_folder_without_documents_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no documents"):
        next(read_documents(tmp_path))
