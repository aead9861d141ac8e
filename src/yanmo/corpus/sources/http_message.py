"""An HTTP response as it was recorded: status, headers, body.

Comes in: the bytes that a server sent. Goes out: the body with its transfer and content encoding
undone, in bounded memory. Servers and crawlers lie about both, so what cannot be undone is left as
it is. Knows nothing of archives.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"\s*([0-9A-Fa-f]{1,15})[^\r\n]{0,1000}\r?\n")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_MAX_HEAD_BYTES = 1_000_000


class TooLong(Exception):
    """The body unpacks to more than the limit."""


@dataclass(frozen=True, slots=True)
class HttpMessage:
    """A response.

    Args:
        status: the status code; None where the bytes do not begin like a response.
        headers: names in small letters; of several of one name the first.
        body: the body as it was sent.
    """

    status: int | None
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type in small letters, such as `text/html`; "" where none is named."""
        return media_type(self.headers.get("content-type", ""))

    @property
    def charset(self) -> str | None:
        """The encoding that the server named."""
        return charset_of(self.headers.get("content-type", ""))


def media_type(content_type: str) -> str:
    """The media type in a Content-Type header, in small letters."""
    return content_type.partition(";")[0].strip().lower()


def charset_of(content_type: str) -> str | None:
    """The charset in a Content-Type header."""
    match = _CHARSET.search(content_type)
    return match.group(1) if match is not None else None


def parse_response(raw: bytes) -> HttpMessage:
    """The parts of a recorded response. Bytes that do not begin like one are all body."""
    status = _STATUS_LINE.match(raw)
    if status is None:
        return HttpMessage(None, {}, raw)
    end = _HEAD_END.search(raw, 0, _MAX_HEAD_BYTES)
    head, body = (raw[: end.start()], raw[end.end() :]) if end is not None else (raw, b"")
    headers: dict[str, str] = {}
    for line in head.split(b"\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            key = name.strip().decode("latin-1").lower()
            headers.setdefault(key, value.strip().decode("latin-1"))
    return HttpMessage(int(status.group(1)), headers, body)


def decoded_body(message: HttpMessage, max_bytes: int) -> bytes:
    """The body with chunks joined and unpacked.

    Raises:
        TooLong: it unpacks to more than `max_bytes`.
    """
    body = message.body
    if "chunked" in message.headers.get("transfer-encoding", "").lower():
        body = _join_chunks(body)
    for coding in reversed(message.headers.get("content-encoding", "").lower().split(",")):
        body = _unpacked(body, coding.strip(), max_bytes)
    if len(body) > max_bytes:
        raise TooLong
    return body


def _join_chunks(body: bytes) -> bytes:
    """The chunks of a body joined; a body that does not begin with a chunk comes back as it is, and
    one that breaks off gives what came before."""
    chunks: list[bytes] = []
    at = 0
    while (match := _CHUNK_SIZE.match(body, at)) is not None:
        size = int(match.group(1), 16)
        if size == 0:
            return b"".join(chunks)
        chunks.append(body[match.end() : match.end() + size])
        at = match.end() + size
        if at > len(body):
            break
        at += 2 if body[at : at + 2] == b"\r\n" else 1 if body[at : at + 1] == b"\n" else 0
    if not chunks or (at < len(body) and body[at:].strip()):
        return body  # something else than chunks: leave it whole
    return b"".join(chunks)


def _unpacked(body: bytes, coding: str, max_bytes: int) -> bytes:
    """A body with one content coding undone; as it is where that fails, since many archives keep
    the header and unpack the body."""
    if coding in ("gzip", "x-gzip"):
        attempts = (31,)
    elif coding == "deflate":
        attempts = (15, -15)  # type: ignore[assignment]
    elif coding == "br":
        return _unbrotli(body, max_bytes)
    else:
        return body
    for window_bits in attempts:
        unpacker = zlib.decompressobj(window_bits)
        try:
            unpacked = unpacker.decompress(body, max_bytes + 1)
        except zlib.error:
            continue
        if len(unpacked) > max_bytes:
            raise TooLong
        return unpacked
    return body


def _unbrotli(body: bytes, max_bytes: int) -> bytes:
    """A body packed with Brotli, unpacked."""
    from fastwarc.stream_io import BrotliReader

    try:
        unpacked = BrotliReader(io.BytesIO(body)).read(max_bytes + 1)
    except OSError:
        return body
    if len(unpacked) > max_bytes:
        raise TooLong
    return bytes(unpacked)
