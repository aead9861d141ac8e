"""Where the records of a web archive begin and end, also in a damaged one.

Comes in: a WARC, WET or ARC file, packed or not. Goes out: its records, and a note for every place
where the framing is broken; reading goes on at the next line that looks like the start of a record.
Slower than FastWARC, and used where that stops. Knows nothing of what records contain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yanmo.core.messages import t
from yanmo.corpus.sources.archive_bytes import ArchiveBytes
from yanmo.corpus.sources.http_message import parse_response

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_WARC_START = re.compile(rb"(?:\A|(?<=\n))WARC/1\.")
_ARC_LINE = rb"[A-Za-z][A-Za-z0-9+.-]{1,20}:[^\n]{1,8000} \d{14,20} \S{1,200} -?\w{1,20}\r?\n"
_ARC_START = re.compile(rb"(?:\A|(?<=\n))(?=" + _ARC_LINE + rb")")
_ARC_FIRST = re.compile(_ARC_LINE)
_NEXT_WARC = re.compile(rb"\r?\n\r?\nWARC/1\.")
_SPACE = b"\r\n\0 \t"
_MAX_HEAD_BYTES = 1_000_000
_MAX_READ_AGAIN_BYTES = 1_000_000_000
_MAX_WALKS = 3


@dataclass(frozen=True, slots=True)
class Framed:
    """A record, or a broken place where `error` is given.

    Args:
        offset: where it begins; see `ArchiveRecord`.
        error: what is wrong here.
        kind: the type of the record.
        url: the address.
        date: when it was fetched.
        content_type: the type of the content.
        is_http: the content begins with HTTP headers.
        content: the bytes; None where they are more than the limit.
    """

    offset: int
    error: str | None = None
    kind: str = ""
    url: str | None = None
    date: str | None = None
    content_type: str = ""
    is_http: bool = False
    content: bytes | None = None


def frame_records(path: Path, max_bytes: int) -> Iterator[Framed]:
    """The records and the broken places of an archive, in order.

    Args:
        path: the file.
        max_bytes: the content of longer records is passed over.
    """
    yield from _Framer(path, max_bytes).frames()


class _Framer:
    """Finds records in the bytes of one file."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path = path
        self._data = ArchiveBytes(path)
        self._num_walks = 0
        self._max_bytes = max_bytes
        self._is_arc = False
        self._num_read_again = 0

    def frames(self) -> Iterator[Framed]:
        """All records and broken places."""
        while True:
            self._data.skip(_SPACE)
            if not self._data.has(1):
                if self._data.damage is None:
                    return
                yield Framed(self._data.place(), self._data.damage)
                self._data.resume()
                continue
            self._data.has(8192)
            start = self._data.peek(8192)
            if start.startswith(b"WARC/"):
                yield from self._warc_record()
            elif _ARC_FIRST.match(start):
                self._is_arc = True
                yield from self._arc_record()
            else:
                yield Framed(self._data.place(), t("bytes that belong to no record"))
                self._find_next()

    def _warc_record(self) -> Iterator[Framed]:
        """The WARC record that begins here."""
        offset = self._data.place()
        head = self._data.take_until(_HEAD_END, _MAX_HEAD_BYTES)
        if head is None:
            yield self._broken_off(offset)
            return
        headers: dict[str, str] = {}
        for line in head.split(b"\n")[1:]:
            name, _, value = line.partition(b":")
            headers[name.strip().lower().decode("latin-1")] = value.strip().decode(
                "utf-8", "replace"
            )
        length = headers.get("content-length", "")
        if "warc-type" not in headers or not (length.isascii() and length.isdigit()):
            yield Framed(offset, t("a record without its type or length"))
            self._find_next()
            return
        content_type = headers.get("content-type", "")
        yield from self._with_content(
            int(length),
            Framed(
                offset,
                kind=headers["warc-type"].lower(),
                url=headers.get("warc-target-uri", "").strip("<>") or None,
                date=headers.get("warc-date"),
                content_type=content_type,
                is_http="application/http" in content_type.lower(),
            ),
        )

    def _arc_record(self) -> Iterator[Framed]:
        """The ARC record that begins here: a line with address, place, date, type and length."""
        offset = self._data.place()
        line = self._data.take_until(re.compile(rb"\n"), _MAX_HEAD_BYTES)
        assert line is not None, "the line was seen"
        fields = line.decode("utf-8", "replace").split(" ")
        url, date, content_type, length = " ".join(fields[:-4]), *fields[-3:]
        length = length.strip()
        if not (length.isascii() and length.isdigit()):
            yield Framed(offset, t("a record without its type or length"))
            self._find_next()
            return
        kind = "arc_header" if url.startswith("filedesc:") else "response"
        is_http = self._data.has(5) and self._data.peek(5) == b"HTTP/"
        yield from self._with_content(
            int(length), Framed(offset, None, kind, url, date, content_type, is_http)
        )

    def _with_content(self, length: int, head: Framed) -> Iterator[Framed]:
        """The record with its content, or what is wrong with it."""
        content: bytes | None = None
        if length > self._max_bytes:
            start = self._data.position
            if not self._data.pass_over(length):
                yield self._broken_off(head.offset)
                self._walk_again(start)
                return
        else:
            content = self._data.take(length)
            if len(content) < length and not (head.is_http and _is_whole_message(content)):
                if not self._give_back_inner(content, b""):
                    yield self._broken_off(head.offset)
                else:
                    yield Framed(head.offset, t("a record whose length is wrong"))
                    self._find_next()
                return
        space = self._data.take_space(_SPACE)
        is_followed = not self._data.has(1) or self._begins_record()
        if is_followed or (space and not self._swallowed(content)):
            yield Framed(
                head.offset,
                None,
                head.kind,
                head.url,
                head.date,
                head.content_type,
                head.is_http,
                content,
            )
            return
        yield Framed(head.offset, t("a record whose length is wrong"))
        self._give_back_inner(content, space)
        self._find_next()

    def _give_back_inner(self, content: bytes | None, space: bytes) -> bool:
        """Go back to the first record inside a content that was too long; False without one.

        How much is read again is limited, so that no file takes more than linear time.
        """
        inner = _NEXT_WARC.search(content) if content is not None and not self._is_arc else None
        if content is None or inner is None:
            return False
        rest = content[inner.start() :] + space
        self._num_read_again += len(rest)
        if self._num_read_again > _MAX_READ_AGAIN_BYTES:
            return False
        self._data.give_back(rest)
        return True

    def _walk_again(self, start: int) -> None:
        """Find the next record behind the head of one whose length led beyond the end."""
        self._num_walks += 1
        if self._num_walks <= _MAX_WALKS:
            self._data = ArchiveBytes(self._path)
            self._data.pass_over(start)
            self._find_next()

    def _begins_record(self) -> bool:
        """Whether a record begins here."""
        self._data.has(8192)
        start = self._data.peek(8192)
        return start.startswith(b"WARC/1.") or (
            self._is_arc and _ARC_FIRST.match(start) is not None
        )

    def _swallowed(self, content: bytes | None) -> bool:
        """Whether a record begins inside a content, which then was longer than it should be."""
        return not self._is_arc and content is not None and _NEXT_WARC.search(content) is not None

    def _broken_off(self, offset: int) -> Framed:
        """A record that the end of the file, or damage to its packing, cuts off."""
        error = self._data.damage or t("the record breaks off")
        if self._data.has(1):
            self._find_next()
        else:
            self._data.resume()
        return Framed(offset, error)

    def _find_next(self) -> None:
        """Go to the next place at which a record seems to begin."""
        self._data.find(_ARC_START if self._is_arc else _WARC_START)


def _is_whole_message(content: bytes) -> bool:
    """Whether an HTTP message holds as many bytes as its own header says."""
    message = parse_response(content)
    length = message.headers.get("content-length", "")
    return length.isdigit() and 0 <= len(message.body) - int(length[:15]) <= 2
