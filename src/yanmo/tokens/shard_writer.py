"""Token ids onto disk.

In: the ids of documents. Out, for a split named `train`: `train-00000.bin` ... with raw
little-endian ids (two bytes where the vocabulary allows, else four), every shard full but the
last, documents running on from shard to shard; `train.index`, for each document the offset in
tokens over the whole split at which it ends; and `train.bytes`, the UTF-8 bytes of each document's
text. Both are little-endian uint64. `train.sums` has the checksums of them all (`checksums`). Knows
no text.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from yanmo.core.files import fsync_directory
from yanmo.tokens.checksums import SummedFile, save_checksums

Ids = npt.NDArray[np.unsignedinteger[Any]]


def dtype_of_ids(vocab_size: int) -> np.dtype[np.unsignedinteger[Any]]:
    """How ids of a vocabulary are stored: uint16 up to 65,536 entries, uint32 above."""
    return np.dtype("<u2" if vocab_size <= 65_536 else "<u4")


def shard_name(split: str, number: int) -> str:
    """File name of a shard."""
    return f"{split}-{number:05d}.bin"


@dataclass(frozen=True)
class SplitCounts:
    """What a split holds. `num_bytes` counts the UTF-8 bytes of the texts."""

    num_documents: int
    num_tokens: int
    num_bytes: int
    num_shards: int


class ShardWriter:
    """Writes one split; call `close` when all documents are in.

    Args:
        directory: the token folder, which must exist.
        split: name of the split, used as prefix.
        vocab_size: V; decides the width of an id.
        shard_tokens: tokens in one shard.
    """

    def __init__(self, directory: Path, split: str, vocab_size: int, shard_tokens: int) -> None:
        assert shard_tokens >= 1, "a shard holds at least one token"
        self._directory = directory
        self._split = split
        self._vocab_size = vocab_size
        self._shard_tokens = shard_tokens
        self._dtype = dtype_of_ids(vocab_size)
        self._file: SummedFile | None = None
        self._sums: dict[str, list[int]] = {}
        self._num_shards = 0
        self._room_tokens = 0
        self._num_documents = 0
        self._num_tokens = 0
        self._num_bytes = 0
        self._index = SummedFile(directory / f"{split}.index")
        self._bytes = SummedFile(directory / f"{split}.bytes")

    def add(
        self,
        tokens: Ids,
        token_counts: npt.NDArray[np.int64],
        byte_counts: npt.NDArray[np.int64],
    ) -> None:
        """Append documents, given end to end.

        Args:
            tokens: the ids of all documents; every document begins with the end-of-text token.
            token_counts: tokens of each document; they sum to the length of `tokens`.
            byte_counts: UTF-8 bytes of each document's text.
        """
        assert len(token_counts) == len(byte_counts), "one byte count for each document"
        assert int(token_counts.sum()) == len(tokens), "the documents do not add up to the tokens"
        assert (token_counts >= 1).all(), "a stored document has at least its first token"
        assert not len(tokens) or int(tokens.max()) < self._vocab_size, "id beyond the vocabulary"
        self._write_tokens(tokens.astype(self._dtype))
        ends = self._num_tokens + np.cumsum(token_counts)
        self._index.write(ends.astype("<u8").tobytes())
        self._bytes.write(byte_counts.astype("<u8").tobytes())
        self._num_documents += len(token_counts)
        self._num_tokens += len(tokens)
        self._num_bytes += int(byte_counts.sum())

    def close(self) -> SplitCounts:
        """Finish the files and make them durable. An empty split has an index and no shard."""
        self._close_shard()
        self._sums[f"{self._split}.index"] = self._index.close()
        self._sums[f"{self._split}.bytes"] = self._bytes.close()
        save_checksums(self._directory, self._split, self._sums)
        fsync_directory(self._directory)
        return SplitCounts(self._num_documents, self._num_tokens, self._num_bytes, self._num_shards)

    def _write_tokens(self, tokens: Ids) -> None:
        while len(tokens):
            if self._file is None or self._room_tokens == 0:
                self._close_shard()
                name = shard_name(self._split, self._num_shards)
                self._file = SummedFile(self._directory / name)
                self._num_shards += 1
                self._room_tokens = self._shard_tokens
            part = tokens[: self._room_tokens]
            self._file.write(part.tobytes())
            self._room_tokens -= len(part)
            tokens = tokens[len(part) :]

    def _close_shard(self) -> None:
        if self._file is not None:
            name = shard_name(self._split, self._num_shards - 1)
            self._sums[name] = self._file.close()
            self._file = None
