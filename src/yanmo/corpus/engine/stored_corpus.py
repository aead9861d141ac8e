"""The corpus between its two halves: shards on disk, seen as one.

Comes in: the directories that `read_task` wrote. Goes out: the table of all documents,
memory-mapped fingerprints, and the documents themselves, in the order of the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from yanmo.corpus.engine.job import Job
from yanmo.corpus.engine.read_task import DOCUMENTS_NAME
from yanmo.corpus.steps import DocumentTable


class StoredCorpus:
    """Implements `WholeCorpus` over the shards of a job.

    Args:
        job: the build, with every task read.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._dirs = [job.task_dir("read", index) for index in range(len(job.tasks))]
        sizes = [self._load(index, "table.num_bytes") for index in range(len(job.tasks))]
        counts = [0 if array is None else len(array) for array in sizes]
        self.starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        """(tasks + 1,) the number of the first document of each task."""
        total = int(self.starts[-1])
        sources = [task.source for task in job.tasks]
        self.table = DocumentTable(
            num_bytes=self._column("table.num_bytes", np.int64),
            time=self._column("table.time", np.int64),
            source=np.repeat(np.array(sources, dtype=np.int32), counts),
            is_alive=np.ones(total, dtype=np.bool_),
        )

    def order_keys(self) -> NDArray[np.uint64]:
        """(n,) a number for each document that is as good as random, but always the same."""
        return self._column("table.order", np.uint64)

    def fingerprints(self, name: str) -> Iterator[NDArray[Any]]:
        """See `WholeCorpus`; `name` is that of the comparison, a dot, and that of the array."""
        for index in range(len(self._dirs)):
            array = self._load(index, name)
            if array is not None:
                yield array

    def batches(self, columns: tuple[str, ...] = ("id", "text")) -> Iterator[pa.RecordBatch]:
        """The documents, in order."""
        for directory in self._dirs:
            yield from read_shard(directory / DOCUMENTS_NAME, columns)

    def _column(self, name: str, kind: type[np.generic]) -> NDArray[Any]:
        arrays = list(self.fingerprints(name))
        return np.concatenate(arrays) if arrays else np.zeros(0, dtype=kind)

    def _load(self, index: int, name: str) -> NDArray[Any] | None:
        """An array of one shard, or None where the shard has no documents."""
        path = self._dirs[index] / f"{name}.npy"
        if not path.exists():
            return None
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return array


def first_document(job: Job, index: int) -> int:
    """The number of the first document of a task."""
    first = 0
    for earlier in range(index):
        path = job.task_dir("read", earlier) / "table.num_bytes.npy"
        if path.exists():
            first += len(np.load(path, mmap_mode="r", allow_pickle=False))
    return first


def read_shard(path: Any, columns: tuple[str, ...] | None = None) -> Iterator[pa.RecordBatch]:
    """The batches of a shard, as they were written: one for each row group."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=list(columns) if columns else None)
            yield from table.combine_chunks().to_batches()
