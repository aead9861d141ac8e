"""The file formats: which reader a file has, by its name and by its first bytes.

Comes in: a path. Goes out: the function that takes documents out of it, or None. Knows nothing of
folders.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from yanmo.corpus.sources.archives import read_archive
from yanmo.corpus.sources.books import read_docx, read_epub
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.json_records import read_json, read_jsonl
from yanmo.corpus.sources.pdf import read_pdf
from yanmo.corpus.sources.plain_text import read_markdown, read_rest, read_text
from yanmo.corpus.sources.reading import Item
from yanmo.corpus.sources.streams import PACKED, Damaged, read_blocks
from yanmo.corpus.sources.tables import read_csv, read_parquet, read_tsv
from yanmo.corpus.sources.web_page import read_html
from yanmo.corpus.sources.wikipedia import read_wikipedia

Reader = Callable[[FileToRead, FilesSource], Iterator[Item]]

READERS: dict[str, Reader] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".rst": read_rest,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json,
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".parquet": read_parquet,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".warc": read_archive,
    ".wet": read_archive,
    ".arc": read_archive,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".epub": read_epub,
}
"""The reader for each file type."""

SNIFFED_TYPES = ".xml"
"""The file type that is read where its content is a Wikipedia dump."""

_SNIFFED_BYTES = 4_096
_ARC_START = re.compile(rb"(?:filedesc|https?)://[^\n]{1,3000} \d{14,20} \S{1,200} -?\d{1,20}\r?\n")


def reader_for(path: Path) -> Reader | None:
    """The reader for a file, or None where its type is not read.

    The name decides. Only a file of a type that is not known by name is looked into.
    """
    name = path.name.lower()
    for ending in PACKED:
        name = name.removesuffix(ending)
    reader = READERS.get(Path(name).suffix)
    return reader if reader is not None else _sniffed_reader(path)


def _sniffed_reader(path: Path) -> Reader | None:
    """The reader for what the first bytes are: a web archive or a Wikipedia dump."""
    if not path.is_file():
        return None
    try:
        start = next(read_blocks(path), b"")[:_SNIFFED_BYTES]
    except Damaged:
        return None
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = start.decode("utf-16", "ignore").encode()
    if start.startswith(b"WARC/") or _ARC_START.match(start):
        return read_archive
    return read_wikipedia if b"<mediawiki" in start else None
