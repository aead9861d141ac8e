"""Texts as batches, and three small steps that keep an account as the engine does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yanmo.corpus.document import DOCUMENT_SCHEMA, document_id
from yanmo.corpus.report.account import Account
from yanmo.corpus.steps import Rewritten

STEPS = ("privacy", "length", "exact_duplicates")


def make_batch(
    texts: Sequence[str],
    source: str = "web",
    language: str | None = None,
    domain: str | None = None,
    split: str | None = "train",
) -> pa.RecordBatch:
    """Texts as a batch of documents."""
    rows = [
        {
            "id": document_id(text),
            "text": text,
            "source": source,
            "url": None,
            "language": language,
            "domain": domain,
            "metadata": "{}",
            "split": split,
        }
        for text in texts
    ]
    return pa.RecordBatch.from_pylist(rows, schema=DOCUMENT_SCHEMA)


def count(batches: Iterable[pa.RecordBatch], account: Account | None = None) -> Account:
    """Take batches through small steps, each for itself, and keep the account."""
    account = account or Account(STEPS)
    for batch in batches:
        account.count_read(batch)
        masked = pc.replace_substring_regex(batch["text"], "[^ ]+@[^ ]+", "<EMAIL>")
        hits = pc.sum(pc.count_substring(masked, "<EMAIL>")).as_py() or 0
        after = batch.set_column(1, batch.schema.field("text"), masked)
        account.count_changed("privacy", batch, Rewritten(after, {"email": hits}))
        ids = [document_id(text) for text in masked.to_pylist()]
        after = after.set_column(0, after.schema.field("id"), pa.array(ids, pa.string()))
        lengths = np.asarray(pc.utf8_length(after["text"]), dtype=np.float64)
        account.count_measures("length", {"characters": lengths})
        is_short = pc.less(pc.utf8_length(after["text"]), 20)
        short = after.filter(is_short)
        reasons = pa.array(["too_short"] * short.num_rows, pa.string())
        account.count_rejected("length", short.append_column("reason", reasons))
        account.count_kept(after.filter(pc.invert(is_short)))
    return account
