"""The runner and its account."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yanmo.corpus.document import document_id, read_documents
from yanmo.corpus.report.tally import Tally
from yanmo.corpus.runner import REJECTED_SCHEMA, run_steps
from yanmo.corpus.sources.reading import RawDocument, batch_documents


class _Upper:
    name = "upper"

    def transform(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        position = batch.schema.get_field_index("text")
        field = batch.schema.field("text")
        return batch.set_column(position, field, pc.utf8_upper(batch["text"]))


class _NoB:
    name = "no_b"

    def judge(self, batch: pa.RecordBatch) -> pa.StringArray:
        has_b = pc.match_substring(batch["text"], "B")
        return pc.if_else(has_b, "has_b", pa.scalar(None, pa.string()))


def _run(tmp_path: Path, texts: list[str]) -> Tally:
    tally = Tally()
    run_steps(
        batch_documents(RawDocument(text, "here") for text in texts),
        [_Upper(), _NoB()],
        tmp_path,
        tally=tally,
        split_of_id=lambda _: "train",
        shard_bytes=1000,
    )
    return tally


def test_kept_and_rejected_are_written_and_counted(tmp_path: Path) -> None:
    report = _run(tmp_path, ["a", "研墨", "b", "BB"] + ["b"] * 9).as_report()
    kept = [row for batch in read_documents(tmp_path) for row in batch.to_pylist()]
    assert [row["text"] for row in kept] == ["A", "研墨"]
    assert [row["language"] for row in kept] == [None, "zh"]
    rejected = pq.read_table(tmp_path / "rejected" / "part-00000.parquet")
    assert rejected.schema.names == REJECTED_SCHEMA.names
    assert rejected["reason"].to_pylist() == ["has_b"] * 11
    assert rejected["split"].null_count == 11
    assert report["read"]["documents"] == 13
    assert report["kept"] == {"documents": 2, "bytes": 7, "characters": 3}
    assert report["rejected"]["documents"] == 11
    assert report["changed"] == [{"step": "upper", "documents": 11}]
    (reason,) = report["reasons"]
    assert (reason["step"], reason["reason"], reason["documents"]) == ("no_b", "has_b", 11)
    assert len(reason["examples"]) == 5
    assert sum(report["length_histogram"]["counts"]) == 2


def test_id_is_always_the_hash_of_the_text_beside_it(tmp_path: Path) -> None:
    _run(tmp_path, ["a", "b", "C"])
    for folder in (tmp_path, tmp_path / "rejected"):
        for row in pq.read_table(folder / "part-00000.parquet").to_pylist():
            assert row["id"] == document_id(row["text"])


def test_nothing_to_reject_writes_no_folder(tmp_path: Path) -> None:
    report = _run(tmp_path, ["a"]).as_report()
    assert not (tmp_path / "rejected").exists()
    assert report["reasons"] == []
