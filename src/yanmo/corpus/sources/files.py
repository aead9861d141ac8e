"""The source `files`: files and folders on disk.

Comes in: a `FilesSource`. Goes out: the documents in its files, in a fixed order. A folder is read
as far as it can be read; a path that gives no text at all is an error. Knows no file format.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.formats import READERS, reader_for
from yanmo.corpus.sources.reading import Item, RawDocument, Skipped, Unreadable

_ARCHIVES = (".tar", ".tgz", ".tar.gz", ".tar.zst", ".tar.bz2", ".tar.xz", ".zip", ".7z", ".rar")
_LINKED_FOLDER = "(linked folder)"


@dataclass
class _Listing:
    """The files below one path, folders that do not open, and how many files of other types."""

    files: list[FileToRead] = field(default_factory=list)
    problems: list[Unreadable] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def read_files(config: FilesSource) -> Iterator[Item]:
    """The documents of all paths, in order.

    Raises:
        DataError: a path does not exist, is of a type that is not read, or gives no text.
    """
    for path, listing in zip(config.paths, _list_all(config), strict=True):
        for file_type, files in sorted(listing.skipped.items()):
            yield Skipped(file_type, files)
        yield from listing.problems
        has_text = False
        first_problem: Unreadable | None = None
        for file in listing.files:
            reader = reader_for(file.path)
            assert reader is not None, f"{file.name} was listed but has no reader"
            for item in reader(file, config):
                if isinstance(item, RawDocument):
                    has_text = has_text or (not item.text.isspace() and bool(item.text))
                elif isinstance(item, Unreadable) and first_problem is None:
                    first_problem = item
                yield item
        if not has_text:
            raise _no_text_error(path, first_problem)


def fingerprint_files(config: FilesSource) -> Iterator[str]:
    """A line for each input file: name, size in bytes, time of the last change in ns.

    Raises:
        DataError: as for `read_files`, as far as names can tell.
    """
    for listing in _list_all(config):
        for file in listing.files:
            is_there = file.path.exists()  # a link may lead nowhere
            status = file.path.stat() if is_there else file.path.lstat()
            yield f"{file.name}\t{status.st_size}\t{status.st_mtime_ns}"


def _list_all(config: FilesSource) -> list[_Listing]:
    """The listing of every path; all of them are checked before anything is read."""
    return [_list_path(path) for path in config.paths]


def _list_path(given: str) -> _Listing:
    """The readable files that a path names."""
    path = Path(given).expanduser()
    source = _shown(given.rstrip("/") or given)
    if not path.exists():
        raise DataError(
            t("this file or folder does not exist"),
            where=source,
            why=t("looked for {path}", path=_shown(str(path.absolute()))),
            hint=t("Correct the path; paths are relative to the current folder."),
        )
    if path.is_dir():
        listing = _list_folder(path, source)
        if not listing.files:
            raise DataError(
                t("this folder holds no readable files"), where=source, hint=_readable_types()
            )
        return listing
    if path.name.lower().endswith(_ARCHIVES):
        raise DataError(
            t("archives are not read"), where=source, hint=t("Unpack it and name the folder.")
        )
    if reader_for(path) is None:
        raise DataError(t("this file type is not read"), where=source, hint=_readable_types())
    return _Listing([FileToRead(path, source, source)])


def _list_folder(folder: Path, source: str) -> _Listing:
    """Everything below a folder, in sorted order; hidden files and linked folders are left out."""
    listing = _Listing()

    def note_problem(error: OSError) -> None:
        file = _shown(str(error.filename))
        listing.problems.append(Unreadable(file, None, error.strerror or str(error)))

    for root, folders, names in os.walk(folder, onerror=note_problem):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        listing.skipped[_LINKED_FOLDER] += sum((Path(root) / f).is_symlink() for f in folders)
        inside = Path(root).relative_to(folder)
        for name in sorted(names):
            if name.startswith("."):
                continue
            path = Path(root) / name
            if reader_for(path) is None:
                listing.skipped[_shown(path.suffix.lower() or name)] += 1
            else:
                shown = _shown(f"{source}/{(inside / name).as_posix()}")
                listing.files.append(FileToRead(path, shown, source))
    listing.skipped = +listing.skipped
    return listing


def _shown(path: str) -> str:
    """A path as valid Unicode, for reports and metadata."""
    return os.fsencode(path).decode("utf-8", "replace")


def _readable_types() -> str:
    """The hint that lists the file types."""
    return t("Read are {types}, each also with .gz or .zst.", types=" ".join(READERS))


def _no_text_error(path: str, problem: Unreadable | None) -> DataError:
    """The error for a path that gave no text."""
    if problem is None:
        why: str | None = t("everything in it is empty")
    else:
        why = problem.error if problem.file == _shown(path) else f"{problem.file}: {problem.error}"
    return DataError(
        t("no text could be read from this path"),
        where=_shown(path),
        why=why,
        hint=(problem.hint if problem is not None else None)
        or t("Get a good copy of it, or leave this path out."),
    )
