"""Arrow batches in, numbered Parquet files out.

The same batches give the same bytes. Knows nothing of what the columns mean, except that `text`
measures how full a file is.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


class ShardWriter:
    """Writes `part-<prefix>00000.parquet` and so on; use it in a `with` statement.

    Args:
        directory: where to write; it is made when the first batch comes.
        shard_bytes: a new file is begun when the current one holds this many bytes of text.
        prefix: stands between `part-` and the number.
    """

    def __init__(self, directory: Path, shard_bytes: int, prefix: str = "") -> None:
        self._directory = directory
        self._shard_bytes = shard_bytes
        self._prefix = prefix
        self._num_files = 0
        self._bytes_in_file = 0
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close_file()

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch as one row group. Batches without rows are passed over."""
        if not batch.num_rows:
            return
        if self._writer is None:
            self._directory.mkdir(parents=True, exist_ok=True)
            path = self._directory / f"part-{self._prefix}{self._num_files:05d}.parquet"
            self._writer = pq.ParquetWriter(path, batch.schema, compression="zstd")
            self._num_files += 1
        self._writer.write_batch(batch)
        self._bytes_in_file += pc.sum(pc.binary_length(batch["text"])).as_py()
        if self._bytes_in_file >= self._shard_bytes:
            self._close_file()

    def _close_file(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._bytes_in_file = 0
