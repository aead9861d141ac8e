"""Token ids from disk.

In: the files that `shard_writer` describes. Out: ids by document or by range, through memory maps,
so that a split larger than memory can be read anywhere. Sizes are checked when a split is opened,
ids when they are read; `check_content` reads everything once and compares it with what was written,
and `check_unchanged` asks the file system whether anyone has written since.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tokens.checksums import check_files, remake_hint
from yanmo.tokens.shard_writer import Ids, dtype_of_ids, shard_name

_VERIFY_TOKENS = 1 << 22


class TokenSplit:
    """One split of a token folder.

    Args:
        directory: the token folder.
        split: `train`, `validation` or `test`.
        vocab_size: V of the tokenizer; decides the width of an id, and every id is below it.

    Raises:
        DataError: a file is missing, cut off, left over, or of another width.
    """

    def __init__(self, directory: Path, split: str, vocab_size: int) -> None:
        self.directory = directory
        self.split = split
        self.vocab_size = vocab_size
        # Offsets are below 2**63: the same bits, read as signed numbers, mix with int64 exactly,
        # where numpy would turn uint64 with int64 into float64.
        self.document_ends: npt.NDArray[np.int64] = _map_file(
            directory / f"{split}.index", np.dtype("<i8")
        )
        self.document_bytes: npt.NDArray[np.int64] = _map_file(
            directory / f"{split}.bytes", np.dtype("<i8")
        )
        self._check_index()
        self._paths = _shard_paths(directory, split)
        dtype = dtype_of_ids(vocab_size)
        self._check_sizes(dtype.itemsize)
        self._shards: list[Ids] = [_map_file(path, dtype) for path in self._paths]
        self._shard_ends = np.cumsum([len(shard) for shard in self._shards], dtype=np.int64)
        self._stamps = self._read_stamps()

    @property
    def num_documents(self) -> int:
        """Documents in the split."""
        return len(self.document_ends)

    @property
    def num_tokens(self) -> int:
        """Tokens in the split, the first token of every document included."""
        return int(self.document_ends[-1]) if len(self.document_ends) else 0

    @property
    def num_bytes(self) -> int:
        """UTF-8 bytes of the texts in the split."""
        return int(self.document_bytes.sum())

    def document(self, index: int) -> Ids:
        """The ids of one document (from 0), its first end-of-text token included."""
        assert 0 <= index < self.num_documents, f"no document {index} of {self.num_documents}"
        start = int(self.document_ends[index - 1]) if index else 0
        return self.slice(start, int(self.document_ends[index]))

    def slice(self, start: int, end: int) -> Ids:
        """The ids at offsets `start` to `end - 1`, copied, over shard borders where need be.

        Raises:
            DataError: an id is not in the vocabulary: the file is damaged.
        """
        assert 0 <= start <= end <= self.num_tokens, f"no tokens {start} to {end} in this split"
        first = int(np.searchsorted(self._shard_ends, start, side="right"))
        parts: list[Ids] = []
        while start < end:
            shard = self._shards[first]
            begin = int(self._shard_ends[first]) - len(shard)
            parts.append(shard[start - begin : end - begin])
            start = int(self._shard_ends[first])
            first += 1
        if len(parts) == 1:
            ids = parts[0].copy()
        else:
            ids = np.concatenate([np.empty(0, dtype_of_ids(self.vocab_size)), *parts])
        if len(ids) and ids.max() >= self.vocab_size:
            self._raise_bad_id(end - len(ids), ids)
        return ids

    def document_ids_of(self, start: int, end: int) -> npt.NDArray[np.int64]:
        """The number of the document that each token at `start` to `end - 1` belongs to."""
        offsets = np.arange(start, end, dtype=np.int64)
        return np.searchsorted(self.document_ends, offsets, side="right").astype(np.int64)

    def check_content(self, *, part: int = 0, num_parts: int = 1) -> str:
        """Compare the files with the checksums that were made when they were written.

        Args:
            part: of `num_parts` equal parts of the work, so that processes can share it.

        Returns:
            A hash of the content: the same for the same tokens and for no others.

        Raises:
            DataError: a file was changed or is missing; with file and byte.
        """
        return check_files(self.directory, self.split, part=part, num_parts=num_parts)

    def check_unchanged(self) -> None:
        """Ask the file system whether a file was written or replaced since this split was opened.

        Raises:
            DataError: naming the file; what was read since may be wrong.
        """
        for path, stamp in self._read_stamps().items():
            if self._stamps[path] != stamp:
                raise DataError(
                    t("this token file was changed while it was in use"),
                    where=str(path),
                    why=t("its size, time or place on the disk is another one"),
                    hint=t(
                        "Make the tokens again, then run the same command: it goes on from the"
                        " last checkpoint."
                    ),
                )

    def _read_stamps(self) -> dict[Path, tuple[int, ...] | None]:
        """Size, time of the last change and inode of every file; None where it is gone."""
        names = [f"{self.split}.index", f"{self.split}.bytes"]
        stamps: dict[Path, tuple[int, ...] | None] = {}
        for path in [*self._paths, *(self.directory / name for name in names)]:
            try:
                found = path.stat()
            except FileNotFoundError:
                stamps[path] = None
            else:
                stamps[path] = (found.st_size, found.st_mtime_ns, found.st_ino)
        return stamps

    def verify(self, eot_id: int) -> None:
        """Read the whole split: every id is in the vocabulary, every document begins with `eot_id`.

        Raises:
            DataError: naming the file and the offset.
        """
        for start in range(0, self.num_tokens, _VERIFY_TOKENS):
            end = min(start + _VERIFY_TOKENS, self.num_tokens)
            ids = self.slice(start, end)
            firsts = self._document_starts_within(start, end)
            wrong = firsts[ids[firsts - start] != eot_id]
            if len(wrong):
                raise DataError(
                    t("a document does not begin with the end-of-text token"),
                    where=self._place_of(int(wrong[0])),
                    why=t("the file is damaged, or was made with another tokenizer"),
                    hint=remake_hint(),
                )

    def _document_starts_within(self, start: int, end: int) -> npt.NDArray[np.int64]:
        """Offsets of first tokens of documents in a range."""
        low, high = np.searchsorted(self.document_ends, [start, end], side="left")
        starts = self.document_ends[low:high]
        starts = starts[starts < end]
        return np.concatenate([np.zeros(1, np.int64), starts]) if start == 0 else starts

    def _check_index(self) -> None:
        path = self.directory / f"{self.split}.index"
        if len(self.document_bytes) != len(self.document_ends):
            raise DataError(
                t(
                    "{bytes_file} counts {found} documents, {index_file} {expected}",
                    bytes_file=f"{self.split}.bytes",
                    found=len(self.document_bytes),
                    index_file=f"{self.split}.index",
                    expected=len(self.document_ends),
                ),
                where=str(self.directory / f"{self.split}.bytes"),
                hint=remake_hint(),
            )
        starts = np.concatenate([np.zeros(1, np.int64), self.document_ends[:-1]])
        wrong = np.flatnonzero(self.document_ends <= starts[: len(self.document_ends)])
        if len(wrong):
            raise DataError(
                t("document {number} does not end after it begins", number=int(wrong[0])),
                where=f"{path}, {t('byte {offset}', offset=8 * int(wrong[0]))}",
                why=t("the file is damaged"),
                hint=remake_hint(),
            )

    def _check_sizes(self, width: int) -> None:
        """Compare the shards with the index: each full but the last, and all of them together."""
        sizes = [path.stat().st_size for path in self._paths]
        expected = self.num_tokens * width
        other_width = 6 - width
        if sum(sizes) != expected and sum(sizes) == self.num_tokens * other_width:
            raise DataError(
                t(
                    "ids take {found} bytes here, and {expected} with this vocabulary",
                    found=other_width,
                    expected=width,
                ),
                where=str(self._paths[0]),
                why=t("the shards were made with another tokenizer"),
                hint=remake_hint(),
            )
        for path, size in zip(self._paths[:-1], sizes, strict=False):
            if size != max(sizes):
                raise _wrong_size(path, size, max(sizes))
        if sum(sizes) != expected and self._paths:
            found_before = sum(sizes[:-1])
            raise _wrong_size(self._paths[-1], sizes[-1], expected - found_before)
        if sum(sizes) != expected:
            raise DataError(
                t("this shard is missing"),
                where=str(self.directory / shard_name(self.split, 0)),
                hint=remake_hint(),
            )

    def _raise_bad_id(self, start: int, ids: Ids) -> None:
        index = int(np.flatnonzero(ids >= self.vocab_size)[0])
        raise DataError(
            t(
                "token id {id} is not in the vocabulary of {size} entries",
                id=int(ids[index]),
                size=self.vocab_size,
            ),
            where=self._place_of(start + index),
            why=t("the file is damaged, or was made with another tokenizer"),
            hint=remake_hint(),
        )

    def _place_of(self, offset: int) -> str:
        """File and byte of the token at `offset`, for messages."""
        number = int(np.searchsorted(self._shard_ends, offset, side="right"))
        shard = self._shards[number]
        begin = int(self._shard_ends[number]) - len(shard)
        place = t("byte {offset}", offset=(offset - begin) * shard.itemsize)
        return f"{self._paths[number]}, {place}"


def _shard_paths(directory: Path, split: str) -> list[Path]:
    """The shards of a split in order; numbers must run from 0 without a gap."""
    found = sorted(directory.glob(f"{split}-[0-9][0-9][0-9][0-9][0-9].bin"))
    for number, path in enumerate(found):
        expected = directory / shard_name(split, number)
        if path != expected:
            raise DataError(t("this shard is missing"), where=str(expected), hint=remake_hint())
    return found


def _wrong_size(path: Path, found: int, expected: int) -> DataError:
    if found < expected:
        why = t(
            "the file is cut off at byte {offset}, or shards after it are missing", offset=found
        )
    else:
        why = t("bytes from {offset} on, or this shard, belong to no document", offset=expected)
    return DataError(
        t("the shard holds {found} bytes where {expected} belong", found=found, expected=expected),
        where=str(path),
        why=why,
        hint=remake_hint(),
    )


def _map_file(path: Path, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """The content of a file as a read-only array of `dtype`, mapped rather than read."""
    try:
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise DataError(
            t("this token file is missing"), where=str(path), hint=remake_hint()
        ) from error
    if size % dtype.itemsize:
        whole = size - size % dtype.itemsize
        raise DataError(
            t("the file ends in the middle of an entry, at byte {offset}", offset=whole),
            where=str(path),
            why=t("the file is cut off"),
            hint=remake_hint(),
        )
    if size == 0:  # an empty file cannot be mapped
        return np.empty(0, dtype)
    return np.asarray(np.memmap(path, dtype=dtype, mode="r"))
