"""The kinds of sources: for each, how its files are listed, read and fingerprinted.

Comes in: a source of a recipe. Goes out: its files, and the documents of each. This is the one
place that knows every kind.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from yanmo.corpus.sources.config import FilesSource, PythonDocsSource, SourceConfig
from yanmo.corpus.sources.conversations import read_conversations
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.files import Listing, fingerprint_files, list_files, read_file
from yanmo.corpus.sources.parallel import fingerprint_parallel, list_parallel, read_parallel
from yanmo.corpus.sources.python_docs import fingerprint_python_docs, read_python_docs
from yanmo.corpus.sources.questions import read_questions
from yanmo.corpus.sources.reading import Item
from yanmo.corpus.sources.record_files import fingerprint_record_files, list_record_files
from yanmo.corpus.sources.social import read_social

_PYTHON_DOCS = "python_docs"
_MARKUP = (".md", ".markdown", ".rst")
_HARMLESS = (*_MARKUP, ".txt", ".text", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
_PACKED = (".gz", ".zst", ".bz2", ".xz")


class _Kind(NamedTuple):
    """How a kind of source is listed, read and fingerprinted."""

    list: Callable[[Any], list[Listing]]
    read: Callable[[FileToRead, Any], Iterator[Item]]
    fingerprint: Callable[[Any], Iterator[str]]


def _list_python_docs(_source: PythonDocsSource) -> list[Listing]:
    """The documentation as one file that stands for all of it."""
    folder = Path(sysconfig.get_path("stdlib"))
    return [Listing(_PYTHON_DOCS, [FileToRead(folder, _PYTHON_DOCS, _PYTHON_DOCS)])]


def _read_python_docs(_file: FileToRead, source: PythonDocsSource) -> Iterator[Item]:
    return read_python_docs(source)


_KINDS: dict[str, _Kind] = {
    "files": _Kind(list_files, read_file, fingerprint_files),
    "python_docs": _Kind(_list_python_docs, _read_python_docs, fingerprint_python_docs),
    "parallel": _Kind(list_parallel, read_parallel, fingerprint_parallel),
    "questions": _Kind(list_record_files, read_questions, fingerprint_record_files),
    "conversations": _Kind(list_record_files, read_conversations, fingerprint_record_files),
    "social": _Kind(list_record_files, read_social, fingerprint_record_files),
}


def list_source(source: SourceConfig) -> list[Listing]:
    """The files of a source, one listing for each of its paths.

    Raises:
        DataError: a path does not exist or holds nothing that is read.
    """
    return _kind_of(source).list(source)


def read_source_file(source: SourceConfig, file: FileToRead) -> Iterator[Item]:
    """The documents of one file of a source, and notes on what cannot be read."""
    return _kind_of(source).read(file, source)


def fingerprint_source(source: SourceConfig) -> Iterator[str]:
    """A line for each input file, which changes when the file does.

    Raises:
        DataError: as for `list_source`.
    """
    return _kind_of(source).fingerprint(source)


def is_risky(file: FileToRead, source: SourceConfig) -> bool:
    """Whether parsing a file can hang or end the process: web pages, PDF and the like."""
    if not isinstance(source, FilesSource):
        return False
    name = file.path.name.lower()
    for ending in _PACKED:
        name = name.removesuffix(ending)
    return not name.endswith(_HARMLESS)


def make_ready(source: SourceConfig) -> None:
    """Load and compile what parsing risky files needs, so that no record is charged for it."""
    if isinstance(source, FilesSource):
        from yanmo.corpus.extraction.extract import extract_page  # brings the compiler

        extract_page(b"<html><body><p>Ready.</p></body></html>", source.extraction)


def _kind_of(source: SourceConfig) -> _Kind:
    return _KINDS[getattr(source, "kind", "")]
