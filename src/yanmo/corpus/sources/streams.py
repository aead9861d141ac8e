"""Files as streams of bytes, unpacked on the way and bounded in memory.

Comes in: a path, maybe of a packed file (gzip, zstd, bzip2, xz). Goes out: blocks of bytes of at
most a megabyte, however much a few packed bytes unpack to. A damaged file gives everything before
the damage, then `Damaged`; so does a file that unpacks without end. Knows nothing of text.
"""

from __future__ import annotations

import bz2
import lzma
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

import zstandard

from yanmo.core.messages import t

PACKED = (".gz", ".zst", ".bz2", ".xz")
"""The endings of file names that say that a file is packed."""

BLOCK_BYTES = 1_048_576
"""The largest block of unpacked bytes."""

FREE_BYTES = 268_435_456
"""How much any packed file may unpack to."""

MAX_EXPANSION = 250
"""How many times its packed size a stream may unpack to, beyond `FREE_BYTES`. Text packs to a
third or a tenth, logs to a fiftieth; a bomb packs to a thousandth and less."""

_READ_BYTES = 131_072
_ZSTD_BITE_BYTES = 1_024
_GZIP_WINDOW_BITS = 31
_LZMA_MEMORY_BYTES = 268_435_456
_MAGIC = {
    b"\x1f\x8b\x08": ".gz",
    b"\x28\xb5\x2f\xfd": ".zst",
    b"BZh": ".bz2",
    b"\xfd7zXZ\x00": ".xz",
}


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


def packing_of(path: Path) -> str | None:
    """How a file is packed: one of `PACKED`, or None. Its name says so, else its first bytes.

    Raises:
        OSError: the file cannot be opened.
    """
    suffix = path.suffix.lower()
    if suffix in PACKED:
        return suffix
    with path.open("rb") as file:
        start = file.read(6)
    return next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)


def read_blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, unpacked where it is packed, in blocks of at most `BLOCK_BYTES`.

    Raises:
        Damaged: the file cannot be opened, is truncated or is corrupt, or unpacks to more than
            `FREE_BYTES` and `MAX_EXPANSION` times what was read of it.
    """
    num_bytes = 0
    try:
        packing = packing_of(path)
        with path.open("rb") as file:
            if packing is None:
                while block := file.read(BLOCK_BYTES):
                    num_bytes += len(block)
                    yield block
                return
            for block in _unpack(file, packing):
                num_bytes += len(block)
                if num_bytes > FREE_BYTES + MAX_EXPANSION * file.tell():
                    raise Damaged(
                        t("the file unpacks to over {times} times its size", times=MAX_EXPANSION),
                        num_bytes,
                        t("If this is no mistake, unpack it and name the unpacked file."),
                    )
                yield block
    except OSError as error:
        raise Damaged(_reason(error), num_bytes or None) from error
    except (zlib.error, zstandard.ZstdError, lzma.LZMAError) as error:
        raise Damaged(t("the compressed data is corrupt"), num_bytes) from error
    except EOFError as error:
        raise Damaged(t("the compressed file is truncated"), num_bytes) from error


def seekable_file(path: Path) -> IO[bytes]:
    """A file opened for reading at any place; a packed one is unpacked into a temporary file.

    Raises:
        Damaged: as for `read_blocks`.
    """
    try:
        if packing_of(path) is None:
            return path.open("rb")
    except OSError as error:
        raise Damaged(_reason(error)) from error
    unpacked = tempfile.TemporaryFile()  # noqa: SIM115 the caller closes it
    try:
        for block in read_blocks(path):
            unpacked.write(block)
        unpacked.seek(0)
    except BaseException:
        unpacked.close()
        raise
    return unpacked


def _reason(error: OSError) -> str:
    """What an `OSError` says. bz2 reports corrupt data as one, without a reason of the system."""
    if error.errno is None:
        return t("the compressed data is corrupt")
    return error.strerror or str(error)


class _Unpacker(Protocol):
    """What the decompression objects have in common once they are wrapped."""

    @property
    def eof(self) -> bool:
        """The end of the packed stream was reached."""

    @property
    def unused_data(self) -> bytes:
        """What came after that end."""

    def unpack(self, data: bytes) -> bytes:
        """Up to `BLOCK_BYTES` unpacked bytes; called with b"" for more of what is waiting."""


class _Zlib:
    """gzip."""

    def __init__(self) -> None:
        self._object = zlib.decompressobj(_GZIP_WINDOW_BITS)

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data

    def unpack(self, data: bytes) -> bytes:
        return self._object.decompress(self._object.unconsumed_tail + data, BLOCK_BYTES)


class _Bounded:
    """bzip2 and xz, which keep what is waiting themselves."""

    def __init__(self, packing: str) -> None:
        self._object: bz2.BZ2Decompressor | lzma.LZMADecompressor = (
            bz2.BZ2Decompressor()
            if packing == ".bz2"
            else lzma.LZMADecompressor(memlimit=_LZMA_MEMORY_BYTES)
        )

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data

    def unpack(self, data: bytes) -> bytes:
        return self._object.decompress(data, BLOCK_BYTES)


def _unpack(file: IO[bytes], packing: str) -> Iterator[bytes]:
    """The unpacked blocks; several packed streams may follow each other in one file."""
    if packing == ".zst":
        yield from _unpack_zstd(file)
        return
    unpacker: _Unpacker | None = None
    data = b""
    while data or (data := file.read(_READ_BYTES)):
        if unpacker is None:
            data = data.lstrip(b"\0")  # padding after a stream
            if not data:
                continue
            unpacker = _Zlib() if packing == ".gz" else _Bounded(packing)
        block = unpacker.unpack(data)
        data = b""
        while block and not unpacker.eof:
            yield block
            block = unpacker.unpack(b"")
        if block:
            yield block
        if unpacker.eof:
            data, unpacker = unpacker.unused_data, None
    if unpacker is not None:
        raise EOFError


def _unpack_zstd(file: IO[bytes]) -> Iterator[bytes]:
    """The unpacked blocks of zstd frames. They are fed in small bites, because this library unpacks
    all that it is given, and four bytes can stand for 128 KiB."""
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    is_inside = False
    waiting = bytearray()
    try:
        while data := file.read(_ZSTD_BITE_BYTES):
            while data:
                is_inside = True
                waiting += unpacker.decompress(data)
                data = b""
                if unpacker.eof:
                    data, is_inside = unpacker.unused_data, False
                    unpacker = zstandard.ZstdDecompressor().decompressobj()
            if len(waiting) >= BLOCK_BYTES // 4:
                yield from _blocks_of(waiting)
                waiting.clear()
    except zstandard.ZstdError:
        yield from _blocks_of(waiting)
        raise
    yield from _blocks_of(waiting)
    if is_inside:
        raise EOFError


def _blocks_of(data: bytearray) -> Iterator[bytes]:
    """Bytes as blocks of at most `BLOCK_BYTES`."""
    for start in range(0, len(data), BLOCK_BYTES):
        yield bytes(data[start : start + BLOCK_BYTES])
