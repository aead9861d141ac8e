"""The document: the row that the whole engine passes on, and how a finished corpus is read.

Comes in: a folder of Parquet files. Goes out: Arrow batches of documents. A document's id is the
hash of its text, so equal texts have equal ids on every machine. Knows nothing of where documents
come from. This module is the part of the package that later stages may import.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yanmo.core.errors import DataError
from yanmo.core.messages import t

SPLITS = ("train", "validation", "test")
"""The names that the `split` column may hold."""

DOCUMENT_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("url", pa.string()),
        pa.field("language", pa.string()),
        pa.field("domain", pa.string()),
        pa.field("metadata", pa.string(), nullable=False),
        pa.field("split", pa.string()),
    ]
)
"""The columns of a corpus. `metadata` is a JSON object as text; `split` is null until a document
has been kept."""


def document_id(text: str) -> str:
    """The id of the document with this text: 32 hex digits, 16 bytes of BLAKE2b of its UTF-8."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).hexdigest()


def part_files(corpus_dir: Path) -> list[Path]:
    """The Parquet files of documents directly in `corpus_dir`, in reading order."""
    return sorted(corpus_dir.glob("part-*.parquet"))


def read_documents(
    corpus_dir: Path, split: str | None = None, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """The documents of a corpus, batch by batch, always in the same order.

    Args:
        corpus_dir: the folder that the corpus stage wrote.
        split: only the documents of this split; None reads all of them.
        columns: only these columns, in this order; None reads all of them.

    Raises:
        DataError: there is no corpus in `corpus_dir`.
    """
    assert split is None or split in SPLITS, f"unknown split {split!r}"
    parts = part_files(corpus_dir)
    if not parts:
        raise DataError(
            t("there are no documents here"),
            where=str(corpus_dir),
            why=t("no file is named part-*.parquet"),
            hint=t("Make the corpus first: yanmo corpus RECIPE"),
        )
    wanted = list(columns) if columns is not None else DOCUMENT_SCHEMA.names
    unknown = [name for name in wanted if name not in DOCUMENT_SCHEMA.names]
    assert not unknown, f"documents have no columns {unknown}"
    return _read_parts(parts, split, wanted)


def _read_parts(
    parts: Sequence[Path], split: str | None, wanted: list[str]
) -> Iterator[pa.RecordBatch]:
    """The batches of `parts`, cut down to one split and the wanted columns."""
    read = wanted if split is None or "split" in wanted else [*wanted, "split"]
    for part in parts:
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(batch_size=4096, columns=read):
                kept = batch if split is None else batch.filter(pc.equal(batch["split"], split))
                if kept.num_rows:
                    yield kept.select(wanted)
