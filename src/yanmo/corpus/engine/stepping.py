"""A batch taken through steps, with the account kept.

Comes in: a batch of documents and steps. Goes out: the documents that stay; those that are rejected
go to a writer, with the step and the reason. Knows no particular step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from yanmo.corpus.document import DOCUMENT_SCHEMA, document_id
from yanmo.corpus.report.account import Account
from yanmo.corpus.steps import Rewritten, Rule, Transform

REJECTED_SCHEMA = DOCUMENT_SCHEMA.append(pa.field("step", pa.string(), nullable=False)).append(
    pa.field("reason", pa.string(), nullable=False)
)
"""The columns of the rejected documents: the document, the rule's name and its reason."""

WriteRejected = Callable[[pa.RecordBatch], None]
"""Takes a batch in `REJECTED_SCHEMA`."""


def take_through(
    batch: pa.RecordBatch,
    steps: Sequence[Transform | Rule],
    account: Account,
    write_rejected: WriteRejected,
) -> pa.RecordBatch:
    """The documents of a batch that pass every step, rewritten by the transforms on their way."""
    for step in steps:
        if not batch.num_rows:
            break
        if isinstance(step, Transform):
            batch = note_rewritten(step.name, batch, step.transform(batch), account)
        else:
            verdict = step.judge(batch)
            account.count_measures(step.name, verdict.measures)
            batch = reject(step.name, batch, verdict.reasons, account, write_rejected)
    return batch


def note_rewritten(
    name: str, before: pa.RecordBatch, after: Rewritten, account: Account
) -> pa.RecordBatch:
    """The rewritten batch, with new ids where the text changed."""
    batch = after.batch
    assert batch.num_rows == before.num_rows, f"the transform {name} lost or added documents"
    account.count_changed(name, before, after)
    if batch["text"].equals(before["text"]):
        return batch
    is_changed = pc.not_equal(batch["text"], before["text"])
    ids = [
        document_id(batch["text"][row].as_py()) if changed else old
        for row, (changed, old) in enumerate(
            zip(is_changed.to_pylist(), before["id"].to_pylist(), strict=True)
        )
    ]
    return with_column(batch, "id", pa.array(ids, pa.string()))


def reject(
    name: str,
    batch: pa.RecordBatch,
    reasons: pa.StringArray,
    account: Account,
    write_rejected: WriteRejected,
) -> pa.RecordBatch:
    """The documents without a reason; the others are counted and written."""
    assert len(reasons) == batch.num_rows, f"the rule {name} skipped documents"
    if reasons.null_count == len(reasons):
        return batch
    is_kept = pc.is_null(reasons)
    rows = batch.filter(pc.invert(is_kept))
    steps = pa.array([name] * rows.num_rows, pa.string())
    columns = [*(rows[name] for name in DOCUMENT_SCHEMA.names), steps, pc.drop_null(reasons)]
    rejected = pa.RecordBatch.from_arrays(columns, schema=REJECTED_SCHEMA)
    account.count_rejected(name, rejected)
    write_rejected(rejected)
    return batch.filter(is_kept)


def with_column(batch: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    """The batch with one column replaced."""
    position = batch.schema.get_field_index(name)
    return batch.set_column(position, batch.schema.field(name), column)
