"""Files of records: where they are, and their records one by one.

Comes in: paths of a recipe, or one file. Goes out: listings, and JSON values with the place where
they stand; a broken record costs itself only. Knows nothing of what records mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.corpus.sources.config import SourceConfig
from yanmo.corpus.sources.file_to_read import FileLines, FileToRead
from yanmo.corpus.sources.files import Listing
from yanmo.corpus.sources.pairs_config import ConversationsSource, QuestionsSource, SocialSource
from yanmo.corpus.sources.reading import Unreadable
from yanmo.corpus.sources.streams import PACKED

RecordsSource = QuestionsSource | ConversationsSource | SocialSource
"""The sources whose files are records."""

RECORD_ENDINGS = (".jsonl", ".ndjson", ".json")
"""The file types of records, each maybe packed."""


def list_record_files(
    source: QuestionsSource | ConversationsSource | SocialSource,
) -> list[Listing]:
    """The files of each path: a file itself, or all files of records below a folder, sorted.

    Raises:
        DataError: a path does not exist, or a folder holds no file of records.
    """
    return [_list_path(path, source, RECORD_ENDINGS) for path in source.paths]


def fingerprint_record_files(source: RecordsSource) -> Iterator[str]:
    """A line for each input file, which changes when the file does.

    Raises:
        DataError: as for `list_record_files`.
    """
    for listing in list_record_files(source):
        yield from fingerprint_paths([file.path for file in listing.files])


def file_to_read(given: str, source: SourceConfig) -> FileToRead:
    """A file that the recipe names.

    Raises:
        DataError: it does not exist.
    """
    path = Path(given).expanduser()
    _check_exists(path, given)
    name = shown_path(given)
    return FileToRead(
        path, name, source.name or name, language=source.language, domain=source.domain
    )


def shown_path(path: str) -> str:
    """A path as valid Unicode, for reports and metadata."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def fingerprint_paths(paths: Sequence[Path]) -> Iterator[str]:
    """A line for each file: path, size in bytes, time of the last change in ns."""
    for path in paths:
        status = path.stat()
        yield f"{shown_path(str(path))}\t{status.st_size}\t{status.st_mtime_ns}"


def read_records(
    file: FileToRead, encoding: str | None, max_bytes: int
) -> Iterator[tuple[int, Any] | Unreadable]:
    """The JSON values of a file with their places, and notes on what cannot be read.

    A .jsonl file holds one value a line (the place is its byte); a .json file one value or several;
    the elements of an array are taken one by one (the place is their number).
    """
    if _ending(file.path) == ".json":
        yield from _read_json(file, encoding, max_bytes)
    else:
        yield from _read_jsonl(file, encoding, max_bytes)


def _read_jsonl(
    file: FileToRead, encoding: str | None, max_bytes: int
) -> Iterator[tuple[int, Any] | Unreadable]:
    lines = FileLines(file, encoding, keep_cut_line=False, max_line_bytes=max_bytes)
    for offset, line in lines:
        yield from _notes(lines)
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield file.unreadable(offset, t("broken JSON: {error}", error=error))
        else:
            yield offset, record
    yield from _notes(lines)


def _read_json(
    file: FileToRead, encoding: str | None, max_bytes: int
) -> Iterator[tuple[int, Any] | Unreadable]:
    lines = FileLines(file, encoding, keep_cut_line=True)
    pieces: list[str] = []
    num_characters = 0
    for piece in lines.pieces():
        num_characters += len(piece)
        if num_characters > max_bytes:
            yield file.too_long(None, max_bytes)
            return
        pieces.append(piece)
    yield from _notes(lines)
    text = "".join(pieces)
    decoder = json.JSONDecoder()
    number = at = 0
    try:
        while (at := _skip(text, at, " \t\r\n")) < len(text):
            if text[at] != "[":
                record, at = decoder.raw_decode(text, at)
                yield number, record
                number += 1
                continue
            at = _skip(text, at + 1, " \t\r\n")
            while text[at : at + 1] != "]":
                record, at = decoder.raw_decode(text, at)
                yield number, record
                number += 1
                at = _skip(text, at, " \t\r\n")
                if text[at : at + 1] == ",":
                    at = _skip(text, at + 1, " \t\r\n")
                elif text[at : at + 1] != "]":
                    raise json.JSONDecodeError("Expecting ',' or ']'", text, at)
            at += 1
    except (ValueError, RecursionError) as error:
        yield file.unreadable(number, t("broken JSON: {error}", error=error))


def _skip(text: str, at: int, characters: str) -> int:
    """The first place from `at` on that holds none of `characters`."""
    while at < len(text) and text[at] in characters:
        at += 1
    return at


def _notes(lines: FileLines) -> Iterator[Unreadable]:
    for note in lines.take_problems():
        if isinstance(note, Unreadable):
            yield note


def _list_path(given: str, source: SourceConfig, endings: tuple[str, ...]) -> Listing:
    """The files of one path."""
    path = Path(given).expanduser()
    _check_exists(path, given)
    given = given.rstrip("/") or given
    if not path.is_dir():
        return Listing(shown_path(given), [file_to_read(given, source)])
    listing = Listing(shown_path(given), [])
    for found in sorted(path.rglob("*")):
        inside = found.relative_to(path)
        if any(part.startswith(".") for part in inside.parts) or not found.is_file():
            continue
        if _ending(found) in endings:
            listing.files.append(file_to_read(f"{given}/{inside.as_posix()}", source))
        else:
            listing.skipped[shown_path(found.suffix.lower() or found.name)] += 1
    if not listing.files:
        raise DataError(
            t("this folder holds no readable files"),
            where=shown_path(given),
            hint=t("Looked for are {types}, packed or not.", types=" ".join(endings)),
        )
    return listing


def _check_exists(path: Path, given: str) -> None:
    if not path.exists():
        raise DataError(
            t("this file or folder does not exist"),
            where=shown_path(given),
            why=t("looked for {path}", path=shown_path(str(path.absolute()))),
            hint=t("Correct the path; paths are relative to the current folder."),
        )


def _ending(path: Path) -> str:
    """The ending of a file's name, without that of its packing."""
    name = path.name.lower()
    for packing in PACKED:
        name = name.removesuffix(packing)
    return Path(name).suffix
