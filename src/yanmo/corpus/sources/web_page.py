"""Web pages: from bytes in some encoding to a document of their main text.

Comes in: the bytes of a page, and the encoding that its server named. Goes out: the page as UTF-8,
or a document with what the page says about itself. Knows nothing of archives.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yanmo.core.encoding import SAMPLE_BYTES, detect_encoding
from yanmo.core.messages import t
from yanmo.corpus.extraction.config import ExtractionConfig
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.dates import iso_date
from yanmo.corpus.sources.file_to_read import FileToRead, encoding_metadata
from yanmo.corpus.sources.reading import Item
from yanmo.corpus.sources.streams import Damaged, read_blocks

_META_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w:-]{2,30})""", re.I)
_XML_CHARSET = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w:-]{2,30})""", re.I)
_CHARSET_BYTES = 4_096
_MAX_BROKEN_FRAC = 0.002
# How browsers read encodings that pages name (WHATWG Encoding Standard): the wider relative.
_READ_AS = {
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "iso8859-1": ("cp1252",),
    "ascii": ("cp1252",),
    "iso8859-9": ("cp1254",),
    "shift_jis": ("shift_jis", "cp932"),
    "euc_kr": ("euc_kr", "cp949"),
    "big5": ("big5", "big5hkscs", "cp950"),
}


class UndecidedEncoding(Exception):
    """The bytes of a page fit no encoding well enough."""


@dataclass(frozen=True, slots=True)
class DecodedPage:
    """A web page as UTF-8.

    Args:
        html: valid UTF-8 without a byte order mark.
        metadata: the encoding that was decided on, as metadata.
    """

    html: bytes
    metadata: dict[str, Any]


def decode_page(raw: bytes, named: str | None) -> DecodedPage:
    """A page in UTF-8.

    Bytes that are valid UTF-8 are taken for it, whatever the page says; else the encoding that the
    server or the page names counts if the bytes fit it; else the bytes decide. Latin-1 comes last,
    since servers name it when they know nothing.

    Args:
        raw: the bytes of the page.
        named: the encoding that the server named.

    Raises:
        UndecidedEncoding: the bytes would become rubbish.
    """
    if raw.startswith(codecs.BOM_UTF8):
        raw = raw[3:]
    elif raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode_as(raw, "utf-16", 1.0)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        pass_on = _candidates(raw, named)
    else:
        if b"\0" not in raw[:1000]:
            return DecodedPage(raw, {"encoding": "utf-8"})
        pass_on = []
    for codec in pass_on:
        if codec == "cp1252":
            break
        try:
            html = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        return DecodedPage(_utf8(html), encoding_metadata(codec, 1.0))
    found = detect_encoding(raw[:SAMPLE_BYTES], is_whole=len(raw) <= SAMPLE_BYTES)
    if found.codec is not None:
        return _decode_as(raw, found.codec, found.confidence)
    if pass_on:
        return _decode_as(raw, pass_on[0], 0.5)
    raise UndecidedEncoding


def page_document(
    file: FileToRead,
    raw: bytes,
    named_encoding: str | None,
    config: ExtractionConfig,
    offset: int | None,
    *,
    url: str | None = None,
    date: str | None = None,
    **metadata: Any,
) -> Item:
    """The main text of a page as a document. `file.may_read` must have been asked.

    Args:
        file: where the page was found.
        raw: its bytes.
        named_encoding: the encoding that the server or the recipe names.
        config: how the main text is found.
        offset: its place in the file.
        url: its address.
        date: when it was fetched; used where the page does not say when it was published.
        metadata: what else is known of it.
    """
    from yanmo.corpus.extraction.extract import extract_page

    try:
        decoded = decode_page(raw, named_encoding)
    except UndecidedEncoding:
        return file.unreadable(offset, t("the encoding of the text cannot be told for certain"))
    page = extract_page(decoded.html, config)
    published = iso_date(page.date) if page.date else None
    return file.document(
        page.text,
        offset,
        url=url,
        **decoded.metadata,
        **metadata,
        title=page.title or None,
        date=published or date,
        fetched=date if published else None,
        page_language=page.language,
        extraction=page.method,
    )


def read_html(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """A web page in a file: its main text."""
    raw = bytearray()
    try:
        for block in read_blocks(file.path):
            raw += block
            if len(raw) > config.max_document_bytes:
                yield file.too_long(None, config.max_document_bytes)
                return
    except Damaged as damage:
        yield file.damaged(damage)
    if not raw.strip():
        return
    if not file.may_read(None):
        yield file.too_hard(None)
        return
    yield page_document(file, bytes(raw), config.encoding, config.extraction, None)


def _candidates(raw: bytes, named: str | None) -> list[str]:
    """The codecs that the server and the page name, in the order in which they are believed."""
    names = [named]
    for pattern in (_META_CHARSET, _XML_CHARSET):
        match = pattern.search(raw[:_CHARSET_BYTES])
        names.append(match.group(1).decode("ascii") if match is not None else None)
    codecs_found: list[str] = []
    for name in names:
        codecs_found.extend(_known_codecs(name) if name else ())
    found = [codec for codec in dict.fromkeys(codecs_found) if codec != "utf-8"]
    return sorted(found, key=lambda codec: codec == "cp1252")


def _known_codecs(name: str) -> tuple[str, ...]:
    """The Python codecs to try for an encoding of this name."""
    try:
        codec = codecs.lookup(name.strip()).name
        b"a".decode(codec)  # some codecs are none of text
    except (LookupError, ValueError):
        return ()
    return _READ_AS.get(codec, (codec,))


def _decode_as(raw: bytes, codec: str, confidence: float) -> DecodedPage:
    """The page read in an encoding; a few bytes that do not fit become U+FFFD and are counted.

    Raises:
        UndecidedEncoding: too many bytes do not fit.
    """
    html = raw.decode(codec, "replace")
    num_broken = html.count("\ufffd")
    if num_broken > max(3, _MAX_BROKEN_FRAC * len(html)):
        raise UndecidedEncoding
    metadata = encoding_metadata(codec.removesuffix("-sig"), confidence)
    if num_broken:
        metadata["encoding_errors"] = num_broken
    return DecodedPage(_utf8(html), metadata)


def _utf8(html: str) -> bytes:
    return html.removeprefix("\ufeff").encode("utf-8", "replace")
