"""Files as streams of bytes, unpacked on the way and bounded in memory.

Comes in: a path, maybe of a .gz or .zst file. Goes out: blocks of bytes. A damaged file gives
everything before the damage, then `Damaged`. Knows nothing of text.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import zstandard

from yanmo.core.messages import t

PACKED = (".gz", ".zst")
"""The endings of file names that say that a file is packed."""

_BLOCK_BYTES = 262_144
_GZIP_WINDOW_BITS = 31


class Damaged(Exception):
    """The stream cannot be followed further; `offset` bytes (unpacked) came before.

    Args:
        error: what is wrong, for the user.
        offset: the byte at which reading stopped, or None where that says nothing.
        hint: what the user can do.
    """

    def __init__(self, error: str, offset: int | None = None, hint: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.offset = offset
        self.hint = hint


class _Unpacker(Protocol):
    """What zlib's and zstandard's decompression objects have in common."""

    @property
    def eof(self) -> bool:
        """The end of the packed stream was reached."""

    @property
    def unused_data(self) -> bytes:
        """What came after that end."""

    def decompress(self, data: bytes, /) -> bytes:
        """Unpack a block."""


def read_blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, unpacked where its name ends in .gz or .zst.

    Raises:
        Damaged: the file cannot be opened, is truncated or is corrupt.
    """
    suffix = path.suffix.lower()
    num_bytes = 0
    try:
        with path.open("rb") as file:
            blocks = iter(lambda: file.read(_BLOCK_BYTES), b"")
            for block in _unpack(blocks, suffix) if suffix in PACKED else blocks:
                num_bytes += len(block)
                yield block
    except OSError as error:
        raise Damaged(error.strerror or str(error), num_bytes or None) from error
    except (zlib.error, zstandard.ZstdError) as error:
        raise Damaged(t("the compressed data is corrupt"), num_bytes) from error
    except EOFError as error:
        raise Damaged(t("the compressed file is truncated"), num_bytes) from error


def _new_unpacker(suffix: str) -> _Unpacker:
    if suffix == ".gz":
        return zlib.decompressobj(_GZIP_WINDOW_BITS)
    return zstandard.ZstdDecompressor().decompressobj()


def _unpack(blocks: Iterator[bytes], suffix: str) -> Iterator[bytes]:
    """The blocks unpacked; several packed streams may follow each other in one file."""
    unpacker = _new_unpacker(suffix)
    is_inside = False
    for block in blocks:
        while block:
            is_inside = True
            unpacked = unpacker.decompress(block)
            if unpacked:
                yield unpacked
            block = b""
            if unpacker.eof:
                block, is_inside = unpacker.unused_data.lstrip(b"\0"), False
                unpacker = _new_unpacker(suffix)
    if is_inside:
        raise EOFError
