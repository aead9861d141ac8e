"""Plain text, Markdown and reStructuredText.

Comes in: one file. Goes out: its text as documents of bounded length, with its marks or without
them. Knows nothing of how files are unpacked or decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileLines, FileToRead
from yanmo.corpus.sources.markup import strip_markdown, strip_rest
from yanmo.corpus.sources.pieces import cut_into_pieces
from yanmo.corpus.sources.reading import Item


def read_text(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """A plain text file: one document, or several where it is long."""
    lines = FileLines(file, config.encoding, keep_cut_line=True)
    for item in text_documents(file, lines.pieces(), config, **lines.found):
        yield item
        yield from lines.take_problems()
    yield from lines.take_problems()


def read_markdown(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """A Markdown file, as it is or without its marks (`markup`)."""
    lines = FileLines(file, config.encoding, keep_cut_line=True)
    pieces = lines.pieces()
    if config.markup == "strip":
        pieces = strip_markdown(pieces)
    for item in text_documents(file, pieces, config, **lines.found):
        yield item
        yield from lines.take_problems()
    yield from lines.take_problems()


def read_rest(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """A reStructuredText file, as it is or without its marks (`markup`)."""
    lines = FileLines(file, config.encoding, keep_cut_line=True)
    pieces = lines.pieces()
    if config.markup == "strip":
        pieces = strip_rest(pieces)
    for item in text_documents(file, pieces, config, **lines.found):
        yield item
        yield from lines.take_problems()
    yield from lines.take_problems()


def text_documents(
    file: FileToRead, pieces: Iterable[str], config: FilesSource, **metadata: Any
) -> Iterator[Item]:
    """A long text as documents of at most `max_document_characters`, numbered by `piece`.

    Where there is no such limit, the text is cut at `max_document_bytes` characters all the same,
    so that it can be held in memory.
    """
    limit = config.max_document_characters or config.max_document_bytes
    for number, piece in enumerate(cut_into_pieces(pieces, limit)):
        yield file.document(piece, None, **metadata, piece=number)
