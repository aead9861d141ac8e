"""The runner: takes batches of documents through the steps and keeps the account.

Comes in: batches of documents with an id and without a split. Goes out: two folders of Parquet
files, the documents kept and the documents rejected. It knows what a transform and a rule are, and
nothing of any particular one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yanmo.corpus.document import DOCUMENT_SCHEMA, document_id
from yanmo.corpus.report.tally import Tally
from yanmo.corpus.scripts import SCRIPTS, count_scripts, language_by_script
from yanmo.corpus.shards import ShardWriter
from yanmo.corpus.steps import Rule, Step, Transform

REJECTED_SCHEMA = DOCUMENT_SCHEMA.append(pa.field("step", pa.string(), nullable=False)).append(
    pa.field("reason", pa.string(), nullable=False)
)
"""The columns of the rejected documents: the document, the rule's name and its reason."""

REJECTED_DIR = "rejected"
"""The folder of the rejected documents, inside the corpus folder."""


def run_steps(
    batches: Iterable[pa.RecordBatch],
    steps: Sequence[Step],
    out_dir: Path,
    *,
    tally: Tally,
    split_of_id: Callable[[str], str],
    shard_bytes: int,
) -> None:
    """Take every batch through `steps` in order and write what is kept and what is rejected.

    Args:
        batches: documents in `DOCUMENT_SCHEMA`.
        steps: transforms and rules, applied in this order.
        out_dir: gets `part-*.parquet` and `rejected/part-*.parquet`.
        tally: counts along.
        split_of_id: the split of a kept document.
        shard_bytes: see `ShardWriter`.
    """
    with (
        ShardWriter(out_dir, shard_bytes) as kept_writer,
        ShardWriter(out_dir / REJECTED_DIR, shard_bytes) as rejected_writer,
    ):
        for batch in batches:
            tally.count_read(batch)
            for step in steps:
                if isinstance(step, Transform):
                    batch = _apply_transform(step, batch, tally)
                else:
                    batch, rejected = _apply_rule(step, batch)
                    tally.count_rejected(step.name, rejected)
                    rejected_writer.write(rejected)
            kept_writer.write(_finish(batch, tally, split_of_id))


def _apply_transform(step: Transform, batch: pa.RecordBatch, tally: Tally) -> pa.RecordBatch:
    """The batch with new text, and new ids where the text changed."""
    after = step.transform(batch)
    assert after.num_rows == batch.num_rows, f"the transform {step.name} lost or added documents"
    is_changed = pc.not_equal(batch["text"], after["text"])
    tally.count_changed(step.name, pc.sum(is_changed).as_py() or 0)
    ids = [
        document_id(text) if changed else old
        for changed, text, old in zip(
            is_changed.to_pylist(), after["text"].to_pylist(), batch["id"].to_pylist(), strict=True
        )
    ]
    return _with_column(after, "id", ids)


def _apply_rule(step: Rule, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """The documents that the rule keeps, and those that it rejects with step and reason."""
    reasons = step.judge(batch)
    assert len(reasons) == batch.num_rows, f"the rule {step.name} skipped documents"
    is_kept = pc.is_null(reasons)
    rows = batch.filter(pc.invert(is_kept))
    steps = pa.array([step.name] * rows.num_rows, pa.string())
    columns = [*rows.columns, steps, pc.drop_null(reasons)]
    return batch.filter(is_kept), pa.RecordBatch.from_arrays(columns, schema=REJECTED_SCHEMA)


def _finish(
    batch: pa.RecordBatch, tally: Tally, split_of_id: Callable[[str], str]
) -> pa.RecordBatch:
    """The kept documents with their split, and with a language where the script gives it."""
    languages: list[str | None] = []
    scripts = np.zeros(len(SCRIPTS), dtype=np.int64)
    texts = batch["text"].to_pylist()
    for text, language in zip(texts, batch["language"].to_pylist(), strict=True):
        counts = count_scripts(text)
        scripts += counts
        languages.append(language if language is not None else language_by_script(counts))
    batch = _with_column(batch, "language", languages)
    batch = _with_column(batch, "split", [split_of_id(i) for i in batch["id"].to_pylist()])
    tally.count_kept(batch, scripts)
    return batch


def _with_column(batch: pa.RecordBatch, name: str, values: Sequence[str | None]) -> pa.RecordBatch:
    """The batch with the values of one text column replaced."""
    position = batch.schema.get_field_index(name)
    field = batch.schema.field(name)
    return batch.set_column(position, field, pa.array(values, pa.string()))
