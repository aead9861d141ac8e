"""The bytes of a web archive, to be walked through record by record.

Comes in: a file, packed or not. Goes out: bytes on demand, in bounded memory, with the place in the
file at which they were found. Where packed data is corrupt, the walk ends and can be resumed at the
next packed stream that holds a record. Knows nothing of records but how they begin.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yanmo.core.messages import t
from yanmo.corpus.sources.streams import BLOCK_BYTES, Damaged, packing_of, read_blocks

_GZIP_MAGIC = b"\x1f\x8b\x08"
_FIRST_BYTES = re.compile(rb"WARC/|[A-Za-z][A-Za-z0-9+.-]{1,20}://")
_PACKED_BYTES = 131_072
_MAX_LEADING_SPACE = 8


@dataclass(frozen=True, slots=True)
class _Damage:
    """Why packed data could not be followed, and where in the file."""

    error: str
    place: int


class ArchiveBytes:
    """A walk through one file.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.damage: str | None = None
        """Why the walk has ended before the end of the file; None while it goes on."""
        self._segments = _gzip_segments(path) if _is_gzip(path) else _plain_segments(path)
        self._damaged_at = 0
        self._buffer = bytearray()
        self._at = 0
        self._base = 0  # unpacked bytes before the buffer
        self._stream_starts: dict[int, int] = {}  # unpacked place to place in the file

    def place(self) -> int:
        """Where the next byte is: in the file, where a packed stream or an unpacked file has it at
        that place, else in the unpacked data."""
        if self.damage is not None and self._at >= len(self._buffer):
            return self._damaged_at
        at = self.position
        for start in [s for s in self._stream_starts if s < at - _MAX_LEADING_SPACE]:
            del self._stream_starts[start]
        starts = [start for start in self._stream_starts if start <= at]
        return self._stream_starts[starts[-1]] if starts else at

    @property
    def position(self) -> int:
        """How many unpacked bytes come before the next one."""
        return self._base + self._at

    def has(self, num_bytes: int) -> bool:
        """Whether so many bytes are there, up to the end of the walk."""
        while len(self._buffer) - self._at < num_bytes:
            if not self._fill():
                return False
        return True

    def peek(self, num_bytes: int) -> bytes:
        """The next bytes, as far as `has` has read them."""
        return bytes(self._buffer[self._at : self._at + num_bytes])

    def take(self, num_bytes: int) -> bytes:
        """The next bytes, fewer where the walk ends before."""
        self.has(num_bytes)
        taken = bytes(memoryview(self._buffer)[self._at : self._at + num_bytes])
        self._at += len(taken)
        return taken

    def pass_over(self, num_bytes: int) -> bool:
        """Leave bytes out without holding them; False where there are fewer."""
        while num_bytes:
            if not self.has(1):
                return False
            step = min(num_bytes, len(self._buffer) - self._at)
            self._at += step
            num_bytes -= step
        return True

    def skip(self, characters: bytes) -> None:
        """Pass over all of these bytes that come next."""
        while self.has(1) and self.take_space(characters):
            pass

    def take_space(self, characters: bytes) -> bytes:
        """Those of the next thousand bytes that come before any other than these."""
        self.has(1_000)
        start = self.peek(1_000)
        space = start[: len(start) - len(start.lstrip(characters))]
        self._at += len(space)
        return space

    def take_until(self, end: re.Pattern[bytes], max_bytes: int) -> bytes | None:
        """The bytes before a match, which is passed over; None where none comes soon enough."""
        size = 4096
        while True:
            is_all = not self.has(size)
            if (match := end.search(self._buffer, self._at, self._at + size)) is not None:
                taken = bytes(self._buffer[self._at : match.start()])
                self._at = match.end()
                return taken
            if is_all or size >= max_bytes:
                self._at = min(len(self._buffer), self._at + size)
                return None
            size *= 4

    def find(self, start: re.Pattern[bytes]) -> None:
        """Go to the next match, or to the end of the walk."""
        overlap = 16_384
        while True:
            if (match := start.search(self._buffer, self._at)) is not None:
                self._at = match.start()
                return
            self._at = max(self._at, len(self._buffer) - overlap)
            if not self._fill():
                self._at = len(self._buffer)
                return

    def give_back(self, data: bytes) -> None:
        """Put back the bytes that were taken last."""
        rest = bytes(self._buffer[self._at :])
        self._base += self._at - len(data)
        self._buffer, self._at = bytearray(data + rest), 0

    def resume(self) -> None:
        """After damage: go on behind it. What was waiting is given up."""
        self._base += len(self._buffer)
        self._buffer.clear()
        self._at = 0
        self.damage = None

    def _fill(self) -> bool:
        """Read another block; False at the end of the file or at damage."""
        if self.damage is not None:
            return False
        found = next(self._segments, None)
        if found is None:
            return False
        if isinstance(found, _Damage):
            self.damage, self._damaged_at = found.error, found.place
            return False
        if isinstance(found, int):
            self._stream_starts[self._base + len(self._buffer)] = found
            return True
        if self._at > BLOCK_BYTES:
            del self._buffer[: self._at]
            self._base += self._at
            self._at = 0
        self._buffer += found
        return True


def _is_gzip(path: Path) -> bool:
    try:
        return packing_of(path) == ".gz"
    except OSError:
        return False


def _plain_segments(path: Path) -> Iterator[bytes | int | _Damage]:
    """The blocks of a file, and why it ends early."""
    try:
        yield from read_blocks(path)
    except Damaged as damage:
        yield _Damage(damage.error, damage.offset or 0)


def _gzip_segments(path: Path) -> Iterator[bytes | int | _Damage]:
    """The blocks of a file of gzip streams; before each stream its place in the file, and after
    damage what it is, followed by the next stream that can be read."""
    with path.open("rb") as file:
        start: int | None = 0
        while start is not None:
            file.seek(start)
            unpacker = zlib.decompressobj(31)
            at = start  # where the packed bytes not yet unpacked begin
            yield start
            error: str | None = t("the compressed file is truncated")
            try:
                while data := unpacker.unconsumed_tail or file.read(_PACKED_BYTES):
                    if block := unpacker.decompress(data, BLOCK_BYTES):
                        yield block
                    if unpacker.eof:
                        error = None
                        break
            except zlib.error:
                error = t("the compressed data is corrupt")
            if error is None:
                at = file.tell() - len(unpacker.unused_data)
                file.seek(at)
                head = file.read(3)
                if not head.strip(b"\0"):
                    start = at if head else None
                    if head and (start := _next_stream(path, at)) is None:
                        return
                    continue
                if head == _GZIP_MAGIC:
                    start = at
                    continue
                error = t("bytes that belong to no record")
            start = _next_stream(path, max(at, start + 1))
            yield _Damage(error, at)


def _next_stream(path: Path, at: int) -> int | None:
    """The place of the next gzip stream, from `at` on, that begins like a record."""
    with path.open("rb") as file:
        file.seek(at)
        window = b""
        base = at
        while block := file.read(BLOCK_BYTES):
            window += block
            found = window.find(_GZIP_MAGIC)
            while found >= 0:
                if _begins_like_a_record(path, base + found):
                    return base + found
                found = window.find(_GZIP_MAGIC, found + 1)
            base += len(window) - 2
            window = window[-2:]
    return None


def _begins_like_a_record(path: Path, at: int) -> bool:
    """Whether a gzip stream at this place unpacks to the start of a record."""
    with path.open("rb") as file:
        file.seek(at)
        try:
            start = zlib.decompressobj(31).decompress(file.read(4096), 64)
        except zlib.error:
            return False
    return _FIRST_BYTES.match(start) is not None
