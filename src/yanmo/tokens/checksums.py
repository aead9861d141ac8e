"""Checksums of token files, so that a changed one is named by file and byte.

A flipped bit mostly gives another id of the vocabulary, which nobody could tell from the right one.
So beside the files of a split named `train` lies `train.sums`: for each of them the CRC-32 of every
block of a mebibyte, as JSON. They are made while the files are written, and checked once, before a
run reads the first batch. Knows nothing of what the bytes mean.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from yanmo.core.errors import DataError
from yanmo.core.files import sha256_of_json, write_json
from yanmo.core.messages import t

BLOCK_BYTES = 1 << 20


class SummedFile:
    """A file that is written once, front to back, with a checksum for each block."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._sums: list[int] = []
        self._sum = 0
        self._room_bytes = BLOCK_BYTES

    def write(self, content: bytes) -> None:
        """Append `content`."""
        self._file.write(content)
        rest = memoryview(content)
        while rest:
            part = rest[: self._room_bytes]
            self._sum = zlib.crc32(part, self._sum)
            self._room_bytes -= len(part)
            rest = rest[len(part) :]
            if not self._room_bytes:
                self._end_block()

    def close(self) -> list[int]:
        """Make the file durable; returns the checksums of its blocks."""
        if self._room_bytes < BLOCK_BYTES:
            self._end_block()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._sums

    def _end_block(self) -> None:
        self._sums.append(self._sum)
        self._sum, self._room_bytes = 0, BLOCK_BYTES


def save_checksums(directory: Path, split: str, sums: Mapping[str, Sequence[int]]) -> None:
    """Write the checksums of a split, by name of file."""
    write_json(_path(directory, split), {"block_bytes": BLOCK_BYTES, "files": dict(sums)})


def check_files(directory: Path, split: str, *, part: int = 0, num_parts: int = 1) -> str:
    """Read the files of a split once and compare them with their checksums.

    Args:
        part: the blocks whose number is `part` modulo `num_parts` are read, so that several
            processes can share the work.

    Returns:
        A hash of all checksums: the same for the same tokens and for no others.

    Raises:
        DataError: a file is missing or was changed after it was written; with file and byte.
    """
    files = _load(directory, split)
    number = 0
    for name, sums in sorted(files.items()):
        path = directory / name
        try:
            with path.open("rb") as file:
                for index, expected in enumerate(sums):
                    if number % num_parts == part:
                        file.seek(index * BLOCK_BYTES)
                        found = file.read(BLOCK_BYTES)
                        if zlib.crc32(found) != expected:
                            raise _changed(path, index * BLOCK_BYTES, len(found))
                    number += 1
                if path.stat().st_size > len(sums) * BLOCK_BYTES:
                    raise _changed(path, len(sums) * BLOCK_BYTES, path.stat().st_size)
        except FileNotFoundError as error:
            raise _missing(path) from error
        except OSError as error:  # a broken disk reports it here
            raise DataError(
                t("this token file cannot be read"), where=str(path), why=str(error)
            ) from error
    return sha256_of_json(files)


def remake_hint() -> str:
    """What to do about a damaged token folder."""
    return t("Delete the token folder and make it again.")


def _load(directory: Path, split: str) -> dict[str, list[int]]:
    path = _path(directory, split)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        files: dict[str, list[int]] = content["files"]
        is_whole = content["block_bytes"] == BLOCK_BYTES and all(
            isinstance(number, int) for sums in files.values() for number in sums
        )
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(path, str(error)) from error
    if not is_whole:
        raise _unreadable(path, t("the file is damaged"))
    expected = {path.name for path in directory.glob(f"{split}-*.bin")}
    for name in sorted(expected - files.keys()):
        raise DataError(
            t("this shard is not one of the split's"),
            where=str(directory / name),
            hint=remake_hint(),
        )
    return files


def _path(directory: Path, split: str) -> Path:
    return directory / f"{split}.sums"


def _changed(path: Path, begin: int, num_bytes: int) -> DataError:
    return DataError(
        t("this token file was changed after it was written"),
        where=f"{path}, {t('bytes {begin} to {end}', begin=begin, end=begin + num_bytes)}",
        why=t("the checksum of these bytes is another one"),
        hint=remake_hint(),
    )


def _missing(path: Path) -> DataError:
    return DataError(t("this token file is missing"), where=str(path), hint=remake_hint())


def _unreadable(path: Path, why: str) -> DataError:
    return DataError(
        t("these checksums cannot be read"), where=str(path), why=why, hint=remake_hint()
    )
