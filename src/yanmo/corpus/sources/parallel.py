"""The source `parallel`: texts and their translations.

Comes in: pairs of files with one sentence a line (as Moses has them), or files with both sides
between tabs. Goes out: a document for each pair or each block of pairs, both sides in its text and
in its metadata. Two files with different numbers of lines are an error before anything is read,
because from the first missing line on every pair would be wrong. Knows nothing of translation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.corpus.language.config import SEVERAL_LANGUAGES
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.files import Listing
from yanmo.corpus.sources.lines import split_lines, with_encoding
from yanmo.corpus.sources.pairs_config import ParallelSource
from yanmo.corpus.sources.reading import Item
from yanmo.corpus.sources.record_files import file_to_read, fingerprint_paths, shown_path
from yanmo.corpus.sources.streams import Damaged, read_blocks


@dataclass(slots=True)
class _Block:
    """Pairs that become one document, and where they stand."""

    first_line: int = 0
    pairs: list[tuple[str, str]] = field(default_factory=list)


def list_parallel(config: ParallelSource) -> list[Listing]:
    """A listing with one file for each entry of the recipe; a pair of files counts as its first.

    Raises:
        DataError: a file does not exist, or the two of a pair differ in their numbers of lines.
    """
    return [_list_entry(entry, config) for entry in config.paths]


def fingerprint_parallel(config: ParallelSource) -> Iterator[str]:
    """A line for each input file, which changes when the file does.

    Raises:
        DataError: a file does not exist.
    """
    for entry in config.paths:
        yield from fingerprint_paths([file_to_read(given, config).path for given in entry])


def read_parallel(file: FileToRead, config: ParallelSource) -> Iterator[Item]:
    """The documents of a file, or of the pair of files that begins with it, and notes on pairs that
    cannot be read. A pair with an empty side is one of those."""
    partner = _partner_of(file, config)
    pairs = _read_columns(file, config) if partner is None else _read_two(file, partner, config)
    block = _Block()
    for line, pair in pairs:
        if not isinstance(pair, tuple):
            yield pair
            continue
        if not block.pairs:
            block.first_line = line
        block.pairs.append(pair)
        if len(block.pairs) == config.pairs_per_document:
            yield _document(file, block, config)
            block = _Block()
    if block.pairs:
        yield _document(file, block, config)


def layout_pairs(pairs: list[tuple[str, str]], config: ParallelSource) -> str:
    """The text of a document that holds these pairs, as `ParallelSource.layout` says."""
    labels = [f"{code}: " for code in config.languages] if config.layout == "labelled" else ["", ""]
    return "\n\n".join(f"{labels[0]}{one}\n{labels[1]}{other}" for one, other in pairs)


def _document(file: FileToRead, block: _Block, config: ParallelSource) -> Item:
    return file.document(
        layout_pairs(block.pairs, config),
        block.first_line,
        language=SEVERAL_LANGUAGES,
        line=block.first_line,
        languages=list(config.languages),
        pairs=[list(pair) for pair in block.pairs] if config.keep_sides else None,
    )


class _End:
    """Stands for the end of a file."""


_END = _End()
_LineRead = str | Damaged | _End | None
_Numbered = Iterator[tuple[int, tuple[str, str] | Item]]


def _read_columns(file: FileToRead, config: ParallelSource) -> _Numbered:
    """The pairs of a file with both sides between tabs; the place is the line, counted from 0."""
    first, second = config.columns
    for number, line in enumerate(_texts_or_damage(file.path, config)):
        if not isinstance(line, str):
            yield number, _note(file, number, line, config)
            continue
        fields = line.split("\t")
        if len(fields) <= max(first, second):
            error = t(
                "a line with {count} {count:column|columns}; columns {first} and {second} are"
                " wanted",
                count=len(fields),
                first=first,
                second=second,
            )
            yield number, file.unreadable(number, error)
        else:
            yield number, _pair_or_note(file, number, fields[first], fields[second])


def _read_two(file: FileToRead, partner: Path, config: ParallelSource) -> _Numbered:
    """The pairs of two files, line by line; they stop together."""
    ones, others = _texts_or_damage(file.path, config), _texts_or_damage(partner, config)
    number = 0
    while True:
        one, other = next(ones, _END), next(others, _END)
        if one is _END and other is _END:
            return
        if one is _END or other is _END:
            shorter, longer = (file.path, partner) if one is _END else (partner, file.path)
            error = t(
                "{shorter} ends at line {count}, {longer} goes on",
                shorter=shown_path(shorter.name),
                count=number,
                longer=shown_path(longer.name),
            )
            yield number, file.unreadable(number, error)
            return
        if isinstance(one, str) and isinstance(other, str):
            yield number, _pair_or_note(file, number, one, other)
        else:
            broken = one if not isinstance(one, str) else other
            yield number, _note(file, number, broken, config)
            if isinstance(one, Damaged) or isinstance(other, Damaged):
                return
        number += 1


def _texts_or_damage(path: Path, config: ParallelSource) -> Iterator[_LineRead]:
    """Every line of a file: its text; None where it is too long or no valid text; the damage, as
    the last one, where there is some. So lines keep their numbers."""
    try:
        encoded = with_encoding(read_blocks(path), config.encoding)
        is_first = True
        for line in split_lines(encoded, config.max_document_bytes):
            text: str | None = None
            if line.data is not None and not line.is_cut:
                try:
                    text = line.data.decode(encoded.codec).removesuffix("\r")
                except UnicodeDecodeError:
                    text = None
            yield text.removeprefix("\ufeff") if is_first and text is not None else text
            is_first = False
    except Damaged as damage:
        yield damage


def _note(file: FileToRead, number: int, broken: _LineRead, config: ParallelSource) -> Item:
    """The note for a line that cannot be read."""
    if isinstance(broken, Damaged):
        return file.damaged(broken)
    limit = config.max_document_bytes
    error = t("a line that is no valid text, or is longer than {limit} bytes", limit=limit)
    return file.unreadable(number, error)


def _pair_or_note(file: FileToRead, number: int, one: str, other: str) -> tuple[str, str] | Item:
    one, other = one.strip(), other.strip()
    if one and other:
        return one, other
    return file.unreadable(number, t("one side of the pair is empty"))


def _list_entry(entry: list[str], config: ParallelSource) -> Listing:
    """The listing of one entry, after its lines have been counted."""
    files = [file_to_read(given, config) for given in entry]
    if len(files) == 2:
        counts = [_count_lines(file.path, config) for file in files]
        if None not in counts and counts[0] != counts[1]:
            raise DataError(
                t(
                    "{first} has {first_count} lines and {second} has {second_count}",
                    first=files[0].name,
                    first_count=counts[0],
                    second=files[1].name,
                    second_count=counts[1],
                ),
                why=t("line by line they must be translations of each other"),
                hint=t("Align them again; nothing has been read."),
            )
    name = _name_of(entry)
    source = config.name or name
    return Listing(name, [replace(files[0], name=name, source=source)])


def _name_of(entry: list[str]) -> str:
    """What an entry is called in reports."""
    return " + ".join(map(shown_path, entry))


def _count_lines(path: Path, config: ParallelSource) -> int | None:
    """The number of lines, the last one with or without a line end; None where the file is damaged,
    which its reader reports."""
    try:
        encoded = with_encoding(read_blocks(path), config.encoding)
        num_lines, ends_open = 0, False
        for block in encoded.blocks:
            num_lines += block.count(b"\n")
            ends_open = not block.endswith(b"\n") if block else ends_open
        return num_lines + ends_open
    except Damaged:
        return None


def _partner_of(file: FileToRead, config: ParallelSource) -> Path | None:
    """The other file of the pair that begins with `file`; None where it holds both sides."""
    for entry in config.paths:
        if _name_of(entry) == file.name:
            return Path(entry[1]).expanduser() if len(entry) == 2 else None
    raise AssertionError(f"{file.name} is no file of this source")
