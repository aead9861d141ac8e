"""The source `files`: files and folders on disk.

Comes in: a `FilesSource`. Goes out: its files in a fixed order, and the documents of each. A folder
is read as far as it can be read; a path that gives no text at all is an error. Knows no file
format.
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
from yanmo.corpus.sources.formats import READERS, SNIFFED_TYPES, reader_for
from yanmo.corpus.sources.reading import Item, RawDocument, Skipped, Unreadable

_ARCHIVES = (".tar", ".tgz", ".tar.gz", ".tar.zst", ".tar.bz2", ".tar.xz", ".zip", ".7z", ".rar")
_LINKED_FOLDER = "(linked folder)"


@dataclass
class Listing:
    """What one path of a source names.

    Args:
        path: the path as it was given, in valid Unicode.
        files: the files that can be read, in reading order.
        problems: folders that do not open.
        skipped: how many files are of other types, by type.
    """

    path: str
    files: list[FileToRead] = field(default_factory=list)
    problems: list[Unreadable] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def list_files(config: FilesSource) -> list[Listing]:
    """What every path names; all of them are checked before anything is read.

    Raises:
        DataError: a path does not exist, is of a type that is not read, or names a folder without
            readable files.
    """
    return [_list_path(path, config) for path in config.paths]


def read_file(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """The documents of one file, and notes on what cannot be read. Never raises for bad data."""
    reader = reader_for(file.path)
    if reader is None:  # it was there when it was listed
        yield file.unreadable(None, t("this file cannot be opened any more"))
        return
    yield from reader(file, config)


def read_files(config: FilesSource) -> Iterator[Item]:
    """The documents of all paths, in order.

    Raises:
        DataError: as for `list_files`, or a path gives no text.
    """
    for listing in list_files(config):
        for file_type, files in sorted(listing.skipped.items()):
            yield Skipped(file_type, files)
        yield from listing.problems
        has_text = False
        first_problem: Unreadable | None = None
        for file in listing.files:
            for item in read_file(file, config):
                if isinstance(item, RawDocument):
                    has_text = has_text or (not item.text.isspace() and bool(item.text))
                elif isinstance(item, Unreadable) and first_problem is None:
                    first_problem = item
                yield item
        if not has_text:
            raise no_text_error(listing.path, first_problem)


def fingerprint_files(config: FilesSource) -> Iterator[str]:
    """A line for each input file: name, size in bytes, time of the last change in ns.

    Raises:
        DataError: as for `list_files`.
    """
    for listing in list_files(config):
        for file in listing.files:
            is_there = file.path.exists()  # a link may lead nowhere
            status = file.path.stat() if is_there else file.path.lstat()
            yield f"{file.name}\t{status.st_size}\t{status.st_mtime_ns}"


def _list_path(given: str, config: FilesSource) -> Listing:
    """The readable files that a path names."""
    path = Path(given).expanduser()
    shown = _shown(given.rstrip("/") or given)
    if not path.exists():
        raise DataError(
            t("this file or folder does not exist"),
            where=shown,
            why=t("looked for {path}", path=_shown(str(path.absolute()))),
            hint=t("Correct the path; paths are relative to the current folder."),
        )
    if path.is_dir():
        listing = _list_folder(path, shown, config)
        if not listing.files:
            raise DataError(
                t("this folder holds no readable files"), where=shown, hint=_readable_types()
            )
        return listing
    if path.name.lower().endswith(_ARCHIVES):
        raise DataError(
            t("archives are not read"), where=shown, hint=t("Unpack it and name the folder.")
        )
    if reader_for(path) is None:
        raise DataError(t("this file type is not read"), where=shown, hint=_readable_types())
    return Listing(shown, [_file(path, shown, shown, config)])


def _file(path: Path, name: str, given: str, config: FilesSource) -> FileToRead:
    """A file with what the recipe says about all files of the source."""
    source = config.name or given
    return FileToRead(path, name, source, language=config.language, domain=config.domain)


def _list_folder(folder: Path, shown: str, config: FilesSource) -> Listing:
    """Everything below a folder, in sorted order; hidden files and linked folders are left out."""
    listing = Listing(shown)

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
                file_name = _shown(f"{shown}/{(inside / name).as_posix()}")
                listing.files.append(_file(path, file_name, shown, config))
    listing.skipped = +listing.skipped
    return listing


def _shown(path: str) -> str:
    """A path as valid Unicode, for reports and metadata."""
    return os.fsencode(path).decode("utf-8", "replace")


def _readable_types() -> str:
    """The hint that lists the file types."""
    return t(
        "Read are {types} (a Wikipedia dump), each also with .gz, .zst, .bz2 or .xz.",
        types=" ".join([*READERS, SNIFFED_TYPES]),
    )


def no_text_error(path: str, problem: Unreadable | None) -> DataError:
    """The error for a path that gave no text.

    Args:
        path: the path as the recipe gives it.
        problem: the first thing in it that could not be read; None where everything was empty.
    """
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
