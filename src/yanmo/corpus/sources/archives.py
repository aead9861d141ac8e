"""Web archives (WARC, WET, ARC) as documents.

Comes in: one file. Goes out: the main text of its web pages and the plain text of its other text
records, a count of every kind of record that is not text, and a note for each broken place. Knows
nothing of how records are framed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from yanmo.core.messages import t
from yanmo.corpus.sources.archive_records import READ_TYPES, ArchiveRecord, Broken, read_records
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.dates import iso_date
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.http_message import (
    TooLong,
    charset_of,
    decoded_body,
    media_type,
    parse_response,
)
from yanmo.corpus.sources.reading import Item, Skipped
from yanmo.corpus.sources.web_page import UndecidedEncoding, decode_page, page_document

_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
_SNIFFED_BYTES = 1_000


def read_archive(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """The pages and texts of an archive. What is left out is counted by its type at the end."""
    left_out: Counter[str] = Counter()
    try:
        for record in read_records(file.path, config.max_document_bytes):
            if isinstance(record, Broken):
                yield file.unreadable(record.offset, record.error)
            elif record.kind not in READ_TYPES:
                left_out[record.kind] += 1
            elif record.content is None:
                yield file.too_long(record.offset, config.max_document_bytes)
            else:
                item = _read_record(file, record, config)
                if isinstance(item, str):
                    left_out[item] += 1
                else:
                    yield item
    except OSError as error:
        yield file.unreadable(None, error.strerror or str(error))
    for kind, count in sorted(left_out.items()):
        yield Skipped(f"warc/{kind}", count)


def _read_record(file: FileToRead, record: ArchiveRecord, config: FilesSource) -> Item | str:
    """The document in a record, a note of what is wrong with it, or the type that is left out."""
    assert record.content is not None, "records over the limit are not read"
    content, content_type = record.content, record.content_type
    if record.is_http:
        message = parse_response(content)
        if message.status is not None and not 200 <= message.status < 300:
            return f"status {message.status}"
        try:
            content = decoded_body(message, config.max_document_bytes)
        except TooLong:
            return file.too_long(record.offset, config.max_document_bytes)
        content_type = message.headers.get("content-type", "")
    if not content.strip():
        return "empty"
    kind = media_type(content_type)
    if record.kind == "conversion" or kind == "text/plain":
        return _plain_text(file, record, content, content_type, config)
    if kind in _HTML_TYPES or (not kind and _looks_like_html(content)):
        return _page(file, record, content, content_type, config)
    return kind[:60] or "no type"


def _page(
    file: FileToRead,
    record: ArchiveRecord,
    content: bytes,
    content_type: str,
    config: FilesSource,
) -> Item:
    """A web page as a document."""
    if not file.may_read(record.offset):
        return file.too_hard(record.offset)
    return page_document(
        file,
        content,
        config.encoding or charset_of(content_type),
        config.extraction,
        record.offset,
        url=record.url,
        date=iso_date(record.date),
        content_type=media_type(content_type) or None,
        record=record.offset,
    )


def _plain_text(
    file: FileToRead,
    record: ArchiveRecord,
    content: bytes,
    content_type: str,
    config: FilesSource,
) -> Item:
    """A text record as a document."""
    try:
        decoded = decode_page(content, config.encoding or charset_of(content_type))
    except UndecidedEncoding:
        return file.unreadable(
            record.offset, t("the encoding of the text cannot be told for certain")
        )
    return file.document(
        decoded.html.decode("utf-8"),
        record.offset,
        url=record.url,
        date=iso_date(record.date),
        content_type=media_type(content_type) or None,
        record=record.offset,
        **decoded.metadata,
    )


def _looks_like_html(content: bytes) -> bool:
    """Whether bytes of no named type begin like a web page."""
    start = content[:_SNIFFED_BYTES].lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html")) or b"<html" in start
