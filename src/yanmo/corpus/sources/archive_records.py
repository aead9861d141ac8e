"""The records of web archives: WARC, WET and ARC.

Comes in: a path. Goes out: its records, and `Broken` for every place where the archive is damaged.
FastWARC reads archives that are in order. Where it stops, or is not sure, a slower reader goes over
the file, which finds the next record by its first line, and begins again at the next packed stream
where one is corrupt. Knows nothing of pages.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastwarc.warc import ArchiveIterator

from yanmo.corpus.sources.archive_framing import frame_records
from yanmo.corpus.sources.streams import packing_of

READ_TYPES = frozenset(("response", "resource", "conversion"))
"""The types of records whose content is read; of the others only the type is known."""

_SNIFFED_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """One record.

    Args:
        offset: where it begins: the byte in the file, or in the unpacked data where many records
            are packed as one.
        kind: `response`, `request`, `warcinfo` and so on; of ARC files `response` or `arc_header`.
        url: the address.
        date: when it was fetched, as the archive writes it.
        content_type: the Content-Type of the record.
        is_http: the content begins with HTTP headers.
        content: the bytes of the types in `READ_TYPES`, else b"". None where they are more than
            the limit.
    """

    offset: int
    kind: str
    url: str | None
    date: str | None
    content_type: str
    is_http: bool
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Broken:
    """A place at which an archive is damaged.

    Args:
        offset: the byte, as for `ArchiveRecord`.
        error: what is wrong.
    """

    offset: int
    error: str


def read_records(path: Path, max_bytes: int) -> Iterator[ArchiveRecord | Broken]:
    """The records of an archive in order.

    A record is given when the one behind it has been found, or the end of the file: if its length
    was wrong, its content is not what it seems.

    Raises:
        OSError: the file cannot be opened.
    """
    num_given = 0
    if _is_for_fastwarc(path):
        fast = _FastRecords(path, max_bytes)
        for found in fast:
            yield found
            num_given += 1
        if fast.is_finished:
            return
    yield from _careful_records(path, max_bytes, num_given)


class _FastRecords:
    """The records that FastWARC reads without trouble; `is_finished` says whether that is all."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.is_finished = False
        self._path = path
        self._max_bytes = max_bytes

    def __iter__(self) -> Iterator[ArchiveRecord]:
        records = ArchiveIterator(str(self._path), parse_http=False, fsspec_args=False)
        waiting: ArchiveRecord | None = None
        while True:
            try:
                record = next(records, None)
                found = _from_fastwarc(record, self._max_bytes) if record is not None else None
            except OSError:
                return
            if record is None:
                self.is_finished = True
                if waiting is not None:
                    yield waiting
                return
            if found is None or (waiting is not None and found.offset <= waiting.offset):
                return
            if waiting is not None:
                yield waiting
            waiting = found


def _careful_records(path: Path, max_bytes: int, skip: int) -> Iterator[ArchiveRecord | Broken]:
    """What the slower reader finds, without the first `skip` records."""
    for framed in frame_records(path, max_bytes):
        if framed.error is not None:
            yield Broken(framed.offset, framed.error)
        elif skip:
            skip -= 1
        else:
            yield ArchiveRecord(
                framed.offset,
                framed.kind,
                framed.url,
                framed.date,
                framed.content_type,
                framed.is_http,
                framed.content if framed.kind in READ_TYPES else b"",
            )


def _from_fastwarc(record: Any, max_bytes: int) -> ArchiveRecord | None:
    """A record of FastWARC's; None where it is not whole or not sure of itself."""
    headers = record.headers
    length = headers.get("Content-Length", "")
    kind = headers.get("WARC-Type", "").lower()
    if not kind or not (length.isascii() and length.isdigit()):
        return None
    if int(length) > max_bytes:
        return None
    content = bytes(record.reader.read())
    if len(content) != int(length):
        return None
    content_type = headers.get("Content-Type", "")
    return ArchiveRecord(
        record.stream_pos,
        kind,
        headers.get("WARC-Target-URI", "").strip("<>") or None,
        headers.get("WARC-Date"),
        content_type,
        "application/http" in content_type.lower(),
        content if kind in READ_TYPES else b"",
    )


def _is_for_fastwarc(path: Path) -> bool:
    """Whether a file is a WARC file, plain or with each record packed as a gzip stream of its own.

    Where all records are packed as one, FastWARC cannot say where a record begins.
    """
    packing = packing_of(path)
    with path.open("rb") as file:
        start = file.read(_SNIFFED_BYTES)
    if packing is None:
        return start.startswith(b"WARC/")
    if packing != ".gz":
        return False
    unpacker = zlib.decompressobj(31)
    try:
        start = unpacker.decompress(start, _SNIFFED_BYTES)
    except zlib.error:
        return False
    return start.startswith(b"WARC/") and start.find(b"\r\n\r\nWARC/1.") < 0
