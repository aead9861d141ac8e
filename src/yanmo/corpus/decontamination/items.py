"""The items of test sets.

Comes in: the files of a test set. Goes out: items, each a list of the strings in it. A test set
that cannot be read whole is an error: its items would slip into the corpus unseen. Knows nothing of
how items are looked for.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.corpus.decontamination.config import EvaluationSet
from yanmo.corpus.sources.file_to_read import FileLines, FileToRead
from yanmo.corpus.sources.reading import Unreadable

_PACKED = (".gz", ".bz2", ".xz", ".zst")


@dataclass(frozen=True, slots=True)
class EvaluationItem:
    """One example of a test set.

    Args:
        set_name: the test set.
        number: its place in the set, from 0.
        texts: the strings in it, such as a question and its answers.
    """

    set_name: str
    number: int
    texts: tuple[str, ...]


def read_items(sets: list[EvaluationSet]) -> Iterator[EvaluationItem]:
    """The items of all sets, in order.

    Raises:
        DataError: a file is missing or damaged, or a set has no items.
        ConfigError: no record of a set has a field that `text_fields` names.
    """
    for each in sets:
        number = 0
        seen: set[str] = set()
        for record in _records_of(each):
            if isinstance(record, dict):
                seen.update(record)
            texts = tuple(_texts_of(record, each.text_fields))
            if texts:
                yield EvaluationItem(each.name, number, texts)
                number += 1
        missing = [name for name in each.text_fields or [] if name not in seen]
        if missing:
            raise _missing_field(each, missing[0], seen)
        if not number:
            raise DataError(t("the test set holds no items"), where=each.name)


def fingerprint_sets(sets: list[EvaluationSet]) -> Iterator[str]:
    """A line for each file of the test sets: name, size in bytes, time of the last change in ns.

    Raises:
        DataError: a path does not exist.
    """
    for each in sets:
        for path in _files_of(each):
            status = path.stat()
            yield f"{each.name}\t{path}\t{status.st_size}\t{status.st_mtime_ns}"


def _files_of(each: EvaluationSet) -> Iterator[Path]:
    """The files of a set, in order; folders are read recursively, without hidden files."""
    for given in each.paths:
        path = Path(given).expanduser()
        if not path.exists():
            raise DataError(
                t("this file or folder does not exist"),
                where=given,
                why=t("looked for {path}", path=path.absolute()),
                hint=t("Correct the path; paths are relative to the current folder."),
            )
        if not path.is_dir():
            yield path
            continue
        inside = sorted(p for p in path.rglob("*") if p.is_file())
        yield from (p for p in inside if not any(x.startswith(".") for x in p.parts))


def _records_of(each: EvaluationSet) -> Iterator[Any]:
    """The records in the files of a set: JSON values, rows or lines."""
    for path in _files_of(each):
        name = path.name.lower()
        for ending in _PACKED:
            name = name.removesuffix(ending)
        suffix = Path(name).suffix
        if suffix == ".parquet":
            yield from _parquet_records(path)
            continue
        lines = FileLines(FileToRead(path, str(path), str(path)), each.encoding, keep_cut_line=True)
        try:
            if suffix == ".json":
                yield from _json_records(json.loads("".join(text for _, text in lines)))
            elif suffix in (".jsonl", ".ndjson"):
                yield from (json.loads(text) for _, text in lines if text.strip())
            elif suffix in (".csv", ".tsv"):
                yield from _table_records(lines, suffix, each.text_fields)
            else:
                yield from (text for _, text in lines)
        except (ValueError, csv.Error, RecursionError) as error:
            raise _unreadable(path, str(error)) from error
        for problem in lines.take_problems():
            if isinstance(problem, Unreadable):
                raise _unreadable(path, problem.error)


def _parquet_records(path: Path) -> Iterator[Any]:
    """The rows of a Parquet file."""
    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches():
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, str(error)) from error


def _table_records(lines: FileLines, suffix: str, fields: list[str] | None) -> Iterator[Any]:
    """The rows of a table: objects where fields are named, else lists of all cells."""
    texts = (text for _, text in lines)
    if suffix == ".csv":
        rows = csv.reader(texts)
    else:
        rows = csv.reader(texts, delimiter="\t", quoting=csv.QUOTE_NONE)
    header = [name.strip() for name in next(rows, [])] if fields is not None else None
    for row in rows:
        yield dict(zip(header, row, strict=False)) if header is not None else row


def _json_records(value: Any) -> Iterator[Any]:
    """The records in a JSON file: the members of a list, or of the list under `data`.

    In SQuAD's form a paragraph gives its context, and each question with its answers.
    """
    if isinstance(value, list):
        for each in value:
            yield from _json_records(each) if isinstance(each, dict) else [each]
    elif isinstance(value, dict) and isinstance(value.get("data"), list):
        yield from _json_records(value["data"])
    elif isinstance(value, dict) and isinstance(value.get("paragraphs"), list):
        for paragraph in value["paragraphs"]:
            yield {"context": paragraph.get("context", "")}
            yield from paragraph.get("qas", [])
    else:
        yield value


def _texts_of(record: Any, fields: list[str] | None) -> Iterator[str]:
    """The strings in a record, or in some fields of it."""
    if fields is not None and isinstance(record, Mapping):
        for name in fields:
            yield from _texts_of(record.get(name), None)
    elif isinstance(record, str):
        if record.strip():
            yield record
    elif isinstance(record, Mapping):
        for value in record.values():
            yield from _texts_of(value, None)
    elif isinstance(record, list):
        for value in record:
            yield from _texts_of(value, None)


def _unreadable(path: Path, error: str) -> DataError:
    """The error for a file that cannot be read to its end."""
    return DataError(
        t("the test set cannot be read"),
        where=str(path),
        why=error,
        hint=t("Items that cannot be read cannot be kept out; get a good copy of the file."),
    )


def _missing_field(each: EvaluationSet, name: str, seen: set[str]) -> ConfigError:
    """The error for a field that no record has."""
    near = closest(name, seen)
    return ConfigError(
        t("no record of the test set {name} has a field {field!r}", name=each.name, field=name),
        where="corpus.decontamination.sets",
        why=t("the fields are {names}", names=listed(sorted(seen)) or "-"),
        hint=t("Did you mean '{name}'?", name=near) if near is not None else None,
    )
