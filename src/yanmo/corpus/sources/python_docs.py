"""The source `python_docs`: the documentation that any Python installation carries.

Comes in: the folders of the standard library and of the installed packages. Goes out: one document
for each source file with prose in it, and the descriptions and licence texts of the packages. Files
come in the order of the hash of their name, so any part of them is an even sample, the same each
time for one installation. Nothing is imported or run.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import os
import re
import sys
import sysconfig
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yanmo.core.encoding import is_valid_unicode
from yanmo.core.messages import t
from yanmo.corpus.sources.config import PythonDocsSource
from yanmo.corpus.sources.pieces import cut_into_pieces
from yanmo.corpus.sources.python_code import UnreadableSource, prose_of_source
from yanmo.corpus.sources.reading import Item, RawDocument, Unreadable

_PACKAGE_DIRS = frozenset(("site-packages", "dist-packages"))
_LEFT_OUT = _PACKAGE_DIRS | {"__pycache__", "test", "tests", "idle_test", "node_modules"}
_LICENCE_NAME = re.compile(r"(licen[sc]e|copying|notice)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file that may become a document. `name` decides its turn and does not depend on where
    Python is installed; `source` is one of three names in the report."""

    name: str
    path: str
    source: str
    size: int
    changed_at_ns: int


def read_python_docs(config: PythonDocsSource) -> Iterator[Item]:
    """The documentation of this installation, up to `max_bytes` of text."""
    num_bytes = 0
    for candidate in sorted(_list_candidates(config), key=_turn):
        item = _read_candidate(candidate)
        if item is None:
            continue
        if isinstance(item, RawDocument):
            num_bytes += len(item.text.encode("utf-8"))
            if config.max_bytes is not None and num_bytes > config.max_bytes:
                return
            yield from _cut(item, config)
        else:
            yield item


def _cut(document: RawDocument, config: PythonDocsSource) -> Iterator[RawDocument]:
    """A long document as several, cut between definitions or paragraphs, with what the recipe says
    of the source."""
    source = document.source
    if config.name is not None:
        source = source.replace("python_docs", config.name, 1)
    lines = document.text.splitlines(keepends=True)
    for number, piece in enumerate(cut_into_pieces(lines, config.max_document_characters)):
        metadata = {**document.metadata, "piece": number}
        yield RawDocument(piece, source, document.url, metadata, config.language, config.domain)


def fingerprint_python_docs(config: PythonDocsSource) -> Iterator[str]:
    """A line for each file that could be read: path, size in bytes, time of the last change."""
    for candidate in sorted(_list_candidates(config), key=lambda candidate: candidate.path):
        yield f"{candidate.path}\t{candidate.size}\t{candidate.changed_at_ns}"


def _turn(candidate: _Candidate) -> tuple[bytes, str]:
    """What the files are sorted by: the hash of the name, as good as random but always the same."""
    name = candidate.name.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(name, digest_size=8).digest(), candidate.name


def _list_candidates(config: PythonDocsSource) -> Iterator[_Candidate]:
    """Every file that the configuration allows, in no particular order."""
    if config.standard_library:
        for name, entry in _walk(sysconfig.get_path("stdlib")):
            if name.endswith(".py"):
                yield _candidate("standard_library", name, entry)
    if not (config.installed_packages or config.readmes):
        return
    for root in _package_roots():
        for name, entry in _walk(root):
            if name.endswith(".py"):
                if config.installed_packages:
                    yield _candidate("installed_packages", name, entry)
            elif config.readmes and _is_package_text(name):
                yield _candidate("readmes", name, entry)


def _candidate(kind: str, name: str, entry: os.DirEntry[str]) -> _Candidate:
    status = entry.stat()
    return _Candidate(
        name=f"{kind}/{name}",
        path=entry.path,
        source=f"python_docs/{kind}",
        size=status.st_size,
        changed_at_ns=status.st_mtime_ns,
    )


def _package_roots() -> list[str]:
    """The folders into which packages are installed, each once."""
    roots = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *sys.path]
    found = {os.path.realpath(root) for root in roots if Path(root).name in _PACKAGE_DIRS}
    return sorted(root for root in found if Path(root).is_dir())


def _walk(root: str, inside: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file below a folder with its relative name; tests and hidden files are left out."""
    with os.scandir(root) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _LEFT_OUT:
                    yield from _walk(entry.path, f"{inside}{entry.name}/")
            elif entry.is_file():
                yield inside + entry.name, entry


def _is_package_text(name: str) -> bool:
    """Whether a file is the description or a licence of an installed package."""
    folder, _, rest = name.partition("/")
    if not folder.endswith(".dist-info"):
        return False
    return rest == "METADATA" or _LICENCE_NAME.match(Path(rest).name) is not None


def _read_candidate(candidate: _Candidate) -> Item | None:
    """The document in a file, or a note of why there is none; None where it has no prose."""
    try:
        if not candidate.path.endswith(".py"):
            text = _read_package_text(Path(candidate.path))
        else:
            module = _module_name(candidate.name.partition("/")[2])
            text = prose_of_source(_decode_source(Path(candidate.path)), module)
    except UnreadableSource as error:
        return Unreadable(candidate.name, None, t("not Python that parses: {error}", error=error))
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        return Unreadable(candidate.name, None, str(error))
    if not text.strip():
        return None
    if not is_valid_unicode(text):
        return Unreadable(candidate.name, None, t("the text holds a lone surrogate"))
    return RawDocument(text, candidate.source, metadata={"file": candidate.name})


def _decode_source(path: Path) -> str:
    """The text of a Python file, in the encoding that it declares."""
    raw = path.read_bytes()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    return io.TextIOWrapper(io.BytesIO(raw), encoding).read()


def _module_name(path: str) -> str:
    """The dotted name under which a file would be imported."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _read_package_text(path: Path) -> str:
    """A licence as it is; of METADATA the description below the headers."""
    if path.name != "METADATA":
        return path.read_text(encoding="utf-8")
    metadata = importlib.metadata.PathDistribution(path.parent).metadata
    descriptions = metadata.get_all("Description") or []
    if not "".join(descriptions).strip():
        return ""
    summaries = metadata.get_all("Summary") or []
    title = ": ".join([metadata["Name"], *summaries[:1]])
    return f"{title}\n\n{descriptions[0]}"
