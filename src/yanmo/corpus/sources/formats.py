"""The file formats: one reader for each, from a file to documents.

Comes in: one file. Goes out: its documents, and a note for every line or record that cannot be
read; a reader never raises for bad data. Knows nothing of folders.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from resiliparse.extract.html2text import extract_plain_text

from yanmo.core.messages import t
from yanmo.corpus.encoding import SAMPLE_BYTES
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileLines, FileToRead, record_document
from yanmo.corpus.sources.lines import choose_codec
from yanmo.corpus.sources.pieces import cut_into_pieces
from yanmo.corpus.sources.reading import Item
from yanmo.corpus.sources.streams import PACKED, Damaged, read_blocks
from yanmo.corpus.sources.tables import read_csv, read_parquet, read_tsv

_JSON_SPACE = re.compile(r"[ \t\r\n]*")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)


def read_text(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """A plain text file: one document, or several where it is long."""
    lines = FileLines(file, config.encoding, keep_cut_line=True)
    pieces = cut_into_pieces((text for _, text in lines), config.max_document_characters)
    for number, piece in enumerate(pieces):
        yield file.document(piece, None, encoding=lines.encoding, piece=number)
        yield from lines.take_problems()
    yield from lines.take_problems()


def read_jsonl(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """One JSON value a line; a broken line costs that line only."""
    lines = FileLines(file, config.encoding, keep_cut_line=False)
    for offset, line in lines:
        yield from lines.take_problems()
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield file.unreadable(offset, t("broken JSON: {error}", error=_in_line(error)))
            continue
        yield record_document(file, record, config, offset, encoding=lines.encoding)
    yield from lines.take_problems()


def read_json(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """An array of records, or a record, or several of either one after the other.

    Values are decoded one by one, so that a broken or truncated file gives all records before the
    damage.
    """
    lines = FileLines(file, config.encoding, keep_cut_line=True)
    text = "".join(line for _, line in lines)
    yield from lines.take_problems()
    number = 0
    try:
        for record in _json_records(text):
            yield record_document(file, record, config, number, encoding=lines.encoding)
            number += 1
    except (ValueError, RecursionError) as error:
        at = error.pos if isinstance(error, json.JSONDecodeError) else 0
        offset = len(text[:at].encode("utf-8", "surrogatepass"))
        yield file.unreadable(offset, t("broken JSON: {error}", error=error))


def read_html(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """A web page: its main text."""
    blocks: list[bytes] = []
    try:
        for block in read_blocks(file.path):
            blocks.append(block)
    except Damaged as damage:
        yield file.damaged(damage)
    raw = b"".join(blocks)
    try:
        codec = config.encoding or _declared_codec(raw)
        codec = choose_codec(raw[:SAMPLE_BYTES], codec, is_whole=len(raw) <= SAMPLE_BYTES)
        html = raw.decode(codec)
    except Damaged as damage:
        yield file.damaged(damage)
        return
    except UnicodeDecodeError as error:
        yield file.unreadable(error.start, t("bytes that are not valid {codec}", codec=codec))
        return
    text = extract_plain_text(html, main_content=True)
    yield file.document(text, None, encoding=codec.removesuffix("-sig"))


Reader = Callable[[FileToRead, FilesSource], Iterator[Item]]

READERS: dict[str, Reader] = {
    ".txt": read_text,
    ".md": read_text,
    ".rst": read_text,
    ".jsonl": read_jsonl,
    ".json": read_json,
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".parquet": read_parquet,
    ".html": read_html,
    ".htm": read_html,
}
"""The reader for each file type."""


def reader_for(path: Path) -> Reader | None:
    """The reader for a file of this name, or None where its type is not read."""
    name = path.name.lower()
    for ending in PACKED:
        name = name.removesuffix(ending)
    return READERS.get(Path(name).suffix)


def _json_records(text: str) -> Iterator[Any]:
    """The records in a JSON text, decoded one by one.

    Raises:
        ValueError: the text is broken; the records before it have been given.
    """
    decoder = json.JSONDecoder()
    at = _after_space(text, 0)
    while at < len(text):
        if text[at] != "[":
            record, at = decoder.raw_decode(text, at)
            yield record
        else:
            at = _after_space(text, at + 1)
            while text[at : at + 1] != "]":
                record, at = decoder.raw_decode(text, at)
                yield record
                at = _after_space(text, at)
                if text[at : at + 1] == ",":
                    at = _after_space(text, at + 1)
                elif text[at : at + 1] != "]":
                    raise json.JSONDecodeError("Expecting ',' or ']'", text, at)
            at += 1
        at = _after_space(text, at)


def _in_line(error: Exception) -> str:
    """What is wrong with a line of JSON, without the number of the line: there is only one."""
    if isinstance(error, json.JSONDecodeError):
        return t("{what} at character {place}", what=error.msg, place=error.pos + 1)
    return str(error)


def _after_space(text: str, at: int) -> int:
    """The first place from `at` on that is no white space."""
    match = _JSON_SPACE.match(text, at)
    assert match is not None, "a pattern that may be empty always matches"
    return match.end()


def _declared_codec(raw: bytes) -> str | None:
    """The encoding that a web page names and really is in, else None."""
    match = _META_CHARSET.search(raw[:4096])
    if match is None:
        return None
    name = match.group(1).decode("ascii").lower()
    name = "gb18030" if name in ("gb2312", "gbk") else name
    try:
        raw.decode(name)
    except (LookupError, UnicodeDecodeError):
        return None
    return name
