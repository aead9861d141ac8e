"""The first half of a task: its files, through the steps, to a shard with fingerprints.

Comes in: the files of a task. Goes out: `documents.parquet` with what passed the steps,
`rejected-*.parquet` with what did not, the numbers and fingerprints of the documents as .npy, and
the account. Knows nothing of other tasks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from yanmo.core.files import write_json
from yanmo.corpus.document import DOCUMENT_SCHEMA
from yanmo.corpus.engine.job import ACCOUNT_NAME, TASK_NAME, Job
from yanmo.corpus.engine.record_watch import RecordWatch
from yanmo.corpus.engine.step_list import list_comparisons, list_local_steps
from yanmo.corpus.engine.stepping import take_through
from yanmo.corpus.report.account import Account
from yanmo.corpus.shards import ShardWriter
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.kinds import make_ready, read_source_file
from yanmo.corpus.sources.reading import RawDocument, Skipped, Unreadable, batch_documents
from yanmo.corpus.splits.assign import id_numbers
from yanmo.corpus.splits.dates import document_times
from yanmo.corpus.steps import Comparison

DOCUMENTS_NAME = "documents.parquet"
REJECTED_DIR = "rejected"

Progress = Callable[[int, int], None]
"""Told how many more documents and bytes of text have been read."""


def read_task(job: Job, index: int, progress: Progress, *, is_watched: bool) -> None:
    """Read the files of a task, unless that has been done.

    Args:
        job: the build.
        index: the task.
        progress: told how far it is.
        is_watched: a record that hangs may end this process, which must be a worker.
    """
    if job.is_done("read", index):
        return
    with ExitStack() as stack:
        directory = stack.enter_context(job.making("read", index))
        watch = None
        if is_watched:
            make_ready(job.config.sources[job.tasks[index].source])
            diary = job.work_dir / f"diary-{index:05d}"
            watch = stack.enter_context(RecordWatch(diary, job.config.engine.max_record_s))
        reading = _Reading(job, index, watch)
        fingerprints = _Fingerprints(list_comparisons(job.config))
        steps = list_local_steps(job.config, job.config.sources[job.tasks[index].source])
        rejected = stack.enter_context(
            ShardWriter(directory / REJECTED_DIR, job.config.shard_bytes, prefix=f"{index:05d}-")
        )
        documents = stack.enter_context(
            pq.ParquetWriter(
                directory / DOCUMENTS_NAME,
                DOCUMENT_SCHEMA,
                compression="zstd",
                compression_level=1,
            )
        )
        for batch in batch_documents(reading.documents()):
            reading.account.count_read(batch)
            progress(batch.num_rows, pc.sum(pc.binary_length(batch["text"])).as_py() or 0)
            kept = take_through(batch, steps, reading.account, rejected.write)
            if kept.num_rows:
                documents.write_batch(kept)
                fingerprints.add(kept)
        fingerprints.save(directory)
        reading.save(directory)


class _Reading:
    """The documents of a task, and the notes on what could not be read."""

    def __init__(self, job: Job, index: int, watch: RecordWatch | None) -> None:
        self.account = Account()
        self._task = job.tasks[index]
        self._source = job.config.sources[self._task.source]
        self._watch = watch
        self._num_texts = 0
        self._first_problem: Unreadable | None = None

    def documents(self) -> Iterator[RawDocument]:
        """The documents of all files in order."""
        for file in self._task.files:
            for item in read_source_file(self._source, self._watched(file)):
                if self._watch is not None:
                    self._watch.close_record()
                if isinstance(item, RawDocument):
                    self._num_texts += bool(item.text) and not item.text.isspace()
                    yield item
                elif isinstance(item, Skipped):
                    self.account.count_skipped(item)
                else:
                    self._first_problem = self._first_problem or item
                    self.account.count_unreadable(item)

    def save(self, directory: Path) -> None:
        """Write the account, and what the check for empty paths needs."""
        problem = self._first_problem
        write_json(directory / ACCOUNT_NAME, self.account.to_json())
        write_json(
            directory / TASK_NAME,
            {
                "num_texts": self._num_texts,
                "first_problem": problem
                and [problem.file, problem.offset, problem.error, problem.hint],
            },
        )

    def _watched(self, file: FileToRead) -> FileToRead:
        if self._watch is None:
            return file
        return replace(file, may_read=partial(self._watch.may_read, file.name))


class _Fingerprints:
    """The numbers and fingerprints of a shard, gathered batch by batch."""

    def __init__(self, comparisons: Sequence[Comparison]) -> None:
        self._comparisons = comparisons
        self._arrays: defaultdict[str, list[NDArray[Any]]] = defaultdict(list)

    def add(self, batch: pa.RecordBatch) -> None:
        """Note the documents of a batch."""
        num_bytes = pc.binary_length(batch["text"])
        self._arrays["table.num_bytes"].append(np.asarray(num_bytes, dtype=np.int64))
        self._arrays["table.time"].append(document_times(batch["metadata"]))
        self._arrays["table.order"].append(id_numbers(batch["id"]))
        for comparison in self._comparisons:
            for name, array in comparison.fingerprint(batch).items():
                self._arrays[f"{comparison.name}.{name}"].append(array)

    def save(self, directory: Path) -> None:
        """Write each array to a file of its name."""
        for name, arrays in self._arrays.items():
            np.save(directory / f"{name}.npy", np.concatenate(arrays))
