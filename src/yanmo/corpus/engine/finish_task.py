"""The second half of a task: its shard, with what was decided, to finished documents.

Comes in: the shard that `read_task` wrote and the decisions about the whole corpus. Goes out:
Parquet files of kept and of rejected documents, and the account. Knows nothing of other tasks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yanmo.core.files import write_json
from yanmo.corpus.document import part_files
from yanmo.corpus.engine.decisions import load_decision
from yanmo.corpus.engine.job import ACCOUNT_NAME, Job
from yanmo.corpus.engine.mixing import load_repeats
from yanmo.corpus.engine.read_task import DOCUMENTS_NAME, REJECTED_DIR, Progress
from yanmo.corpus.engine.step_list import list_comparisons, list_finishing_steps
from yanmo.corpus.engine.stepping import (
    WriteRejected,
    note_rewritten,
    reject,
    take_through,
    with_column,
)
from yanmo.corpus.engine.stored_corpus import first_document, read_shard
from yanmo.corpus.report.account import Account
from yanmo.corpus.shards import ShardWriter
from yanmo.corpus.splits.assign import assign_splits
from yanmo.corpus.steps import Comparison, Decision

KEPT_DIR = "kept"
_ROW = "row"


def finish_task(job: Job, index: int, progress: Progress) -> None:
    """Apply the decisions to the shard of a task, unless that has been done."""
    if job.is_done("finish", index):
        return
    with job.making("finish", index) as directory:
        finishing = _Finishing(job, index)
        with (
            ShardWriter(directory / KEPT_DIR, job.config.shard_bytes, f"{index:05d}-") as kept,
            ShardWriter(
                directory / REJECTED_DIR, job.config.shard_bytes, f"{index:05d}-compared-"
            ) as rejected,
        ):
            for batch in read_shard(job.task_dir("read", index) / DOCUMENTS_NAME):
                progress(batch.num_rows, pc.sum(pc.binary_length(batch["text"])).as_py() or 0)
                kept.write(finishing.finish(batch, rejected.write))
        finishing.write_copies(directory / KEPT_DIR, f"{index:05d}-copies-")
        write_json(directory / ACCOUNT_NAME, finishing.account.to_json())


class _Finishing:
    """Batches on their way to the finished corpus. They carry the number of each document along."""

    def __init__(self, job: Job, index: int) -> None:
        self.account = Account()
        self._config = job.config
        comparisons = list_comparisons(job.config)
        self._decided = [(each, load_decision(job, each)) for each in comparisons]
        self._steps = list_finishing_steps(job.config)
        self._repeats = load_repeats(job)
        self._copies: list[NDArray[np.int32]] = []
        self._next_row = first_document(job, index)

    def finish(self, batch: pa.RecordBatch, write_rejected: WriteRejected) -> pa.RecordBatch:
        """What is left of a batch after every decision, with its splits."""
        first, self._next_row = self._next_row, self._next_row + batch.num_rows
        batch = batch.append_column(_ROW, pa.array(range(first, self._next_row), pa.int64()))
        for comparison, decision in self._decided:
            if decision.reason_of is not None:
                reasons = _reasons(decision, batch[_ROW])
                batch = reject(comparison.name, batch, reasons, self.account, write_rejected)
        # Places to cut are counted in the text as it was compared, so they come first.
        for comparison, decision in sorted(self._decided, key=lambda pair: pair[1].cuts is None):
            batch = self._cut(comparison, decision, batch)
        if self._repeats is not None:
            is_out = pa.array(self._repeats[np.asarray(batch[_ROW])] == 0)
            reasons = pc.if_else(is_out, "over_its_share", pa.scalar(None, pa.string()))
            batch = reject("mixture", batch, reasons, self.account, write_rejected)
        batch = take_through(batch, self._steps, self.account, write_rejected)
        batch = with_column(batch, "split", assign_splits(batch, self._config.split))
        if self._repeats is not None:
            is_train = np.asarray(pc.equal(batch["split"], "train"))
            copies = np.where(is_train, self._repeats[np.asarray(batch[_ROW])], 1)
            self._copies.append(copies.astype(np.int32))
        documents = batch.drop_columns([_ROW])
        self.account.count_kept(documents)
        return documents

    def write_copies(self, kept_dir: Path, prefix: str) -> None:
        """Write the further copies of documents of which a mixture wants more than one."""
        copies = np.concatenate(self._copies) if self._copies else np.zeros(0, np.int32)
        if not len(copies) or copies.max() < 2:
            return
        parts = part_files(kept_dir)
        with ShardWriter(kept_dir, self._config.shard_bytes, prefix) as writer:
            for number in range(2, int(copies.max()) + 1):
                row = 0
                for part in parts:
                    for batch in read_shard(part):
                        wanted = copies[row : row + batch.num_rows] >= number
                        row += batch.num_rows
                        again = batch.filter(pa.array(wanted))
                        self.account.count_repeated(again)
                        writer.write(again)

    def _cut(
        self, comparison: Comparison, decision: Decision, batch: pa.RecordBatch
    ) -> pa.RecordBatch:
        """The batch without what a comparison cuts out of its texts."""
        if not batch.num_rows or (decision.cuts is None and not decision.shared):
            return batch
        rows = np.asarray(batch[_ROW])
        cuts = np.zeros((0, 3), dtype=np.int64)
        if decision.cuts is not None:
            documents = decision.cuts[:, 0]
            begin, end = np.searchsorted(documents, [rows[0], rows[-1] + 1])
            cuts = np.array(decision.cuts[begin:end], dtype=np.int64)
            places = np.searchsorted(rows, cuts[:, 0])
            cuts = cuts[rows[np.minimum(places, len(rows) - 1)] == cuts[:, 0]]
            cuts[:, 0] = np.searchsorted(rows, cuts[:, 0])
        after = comparison.apply(batch, cuts, decision.shared)
        return note_rewritten(comparison.name, batch, after, self.account)


def _reasons(decision: Decision, rows: pa.Int64Array) -> pa.StringArray:
    """Why each of these documents is rejected, or null."""
    assert decision.reason_of is not None, "this decision rejects nothing"
    codes = np.asarray(decision.reason_of[np.asarray(rows)], dtype=np.int64)
    names = pa.array(list(decision.reasons), pa.string())
    return names.take(pa.array(codes - 1, mask=codes == 0))


def documents_dir(job: Job, index: int) -> Path:
    """Where the finished documents of a task are."""
    return job.task_dir("finish", index) / KEPT_DIR
