"""PDF files.

Comes in: one file. Goes out: the text of its pages, joined, and a note for every page that cannot
be read. A scan without a text layer gives a note, not an empty document. Knows nothing of layout
beyond what pypdf does.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from yanmo.core.messages import t
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.dates import iso_date
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.plain_text import text_documents
from yanmo.corpus.sources.reading import Item
from yanmo.corpus.sources.streams import Damaged, seekable_file

if TYPE_CHECKING:
    from pypdf import PdfReader

_SURROGATE = re.compile("[\ud800-\udfff]")


def read_pdf(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """The text of a PDF file: one document, or several where it is long."""
    if not file.may_read(None):
        yield file.too_hard(None)
        return
    try:
        with seekable_file(file.path) as opened:
            yield from _read(file, opened, config)
    except Damaged as damage:
        yield file.damaged(damage)


def _read(file: FileToRead, opened: Any, config: FilesSource) -> Iterator[Item]:
    """The documents in an open file. pypdf raises errors of many kinds at what is not in order, and
    also at defects of its own; all of them are reasons why this file cannot be read."""
    from pypdf import PasswordType, PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every oddity
    try:
        reader = PdfReader(opened, strict=False)
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            yield file.unreadable(None, t("the PDF is encrypted with a password"))
            return
        num_pages = len(reader.pages)
    except Exception as error:
        yield file.unreadable(None, t("broken PDF: {error}", error=_reason(error)))
        return
    pages: list[str] = []
    num_characters = 0
    for number in range(num_pages):
        try:
            text = reader.pages[number].extract_text() or ""
        except Exception as error:
            yield file.unreadable(number, t("broken PDF page: {error}", error=_reason(error)))
            continue
        num_characters += len(text)
        if num_characters > config.max_document_bytes:
            yield file.too_long(number, config.max_document_bytes)
            break
        if text.strip():
            pages.append(_SURROGATE.sub("\ufffd", text).strip() + "\n")
    if not pages:
        yield file.unreadable(None, t("the PDF holds no text; it may be a scan"))
        return
    text = "\n".join(pages)
    yield from text_documents(file, [text], config, **_about(reader), num_pages=num_pages)


def _about(reader: PdfReader) -> dict[str, Any]:
    """What the file says about itself, as far as that can be read."""
    try:
        about = reader.metadata
        title = str(about.title).strip() if about and about.title else None
        date = about.creation_date if about else None
    except Exception as error:  # the text may be good all the same
        return {"metadata_error": _reason(error)}
    title = _SURROGATE.sub("\ufffd", title) if title else None
    return {"title": title, "date": iso_date(date)}


def _reason(error: Exception) -> str:
    """What an error says, or at least its kind."""
    return str(error)[:200] or type(error).__name__
