"""JSON: one value a line, or arrays and objects over many lines.

Comes in: one file. Goes out: a document for each record, and a note for every line or record that
cannot be read. No more than one record is held in memory. Knows nothing of what records mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from yanmo.core.messages import t
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.file_to_read import FileLines, FileToRead, record_document
from yanmo.corpus.sources.reading import Item

_MAX_ORJSON_BYTES = 4_000_000  # it takes eleven times the memory of what it parses
_SPACE = re.compile(r"[ \t\r\n]*")


def read_jsonl(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """One JSON value a line; a broken or overlong line costs that line only."""
    lines = FileLines(
        file, config.encoding, keep_cut_line=False, max_line_bytes=config.max_document_bytes
    )
    for offset, data in lines.raw():
        if lines.problems:
            yield from lines.take_problems()
        if not data or data.isspace():
            continue
        is_strict = len(data) <= _MAX_ORJSON_BYTES  # orjson lets no lone surrogate pass
        try:
            if not is_strict:
                raise ValueError
            record = orjson.loads(data if lines.is_utf8 else lines.decode(data))
        except ValueError:
            is_strict = False
            try:
                record = json.loads(lines.decode(data))
            except UnicodeDecodeError:
                lines.note_undecodable(offset)
                continue
            except (ValueError, RecursionError) as error:
                yield file.unreadable(offset, t("broken JSON: {error}", error=_in_line(error)))
                continue
        yield record_document(
            file, record, config, offset, may_hold_surrogates=not is_strict, **lines.found
        )
    yield from lines.take_problems()


def read_json(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """An array of records, or a record, or several of either one after the other.

    Values are decoded one by one, so that a broken or truncated file gives all records before the
    damage.
    """
    lines = FileLines(file, config.encoding, keep_cut_line=True)
    text = _Text(lines.pieces(), config.max_document_bytes)
    number = 0
    try:
        for record in _records(text):
            yield from lines.take_problems()
            yield record_document(file, record, config, number, **lines.found)
            number += 1
    except _TooLong:
        yield file.too_long(text.num_bytes_before(), config.max_document_bytes)
    except (ValueError, RecursionError) as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        yield from lines.take_problems()
        yield file.unreadable(text.num_bytes_before(), t("broken JSON: {error}", error=what))
    yield from lines.take_problems()


class _TooLong(Exception):
    """A record is longer than the limit."""


class _Text:
    """A text that is read as far as it is needed, and forgotten where it has been used.

    Args:
        pieces: the text.
        max_characters: how much of it may wait to be used.
    """

    def __init__(self, pieces: Iterator[str], max_characters: int) -> None:
        self.text = ""
        self.at = 0
        self._pieces = pieces
        self._max_characters = max_characters
        self._num_bytes = 0

    def more(self) -> bool:
        """Read on until twice as much is waiting; False at the end of the text.

        Doubling keeps the time for one long value linear, though it is parsed again each time.
        """
        waiting = self.text[self.at :]
        if len(waiting) > self._max_characters:
            raise _TooLong
        self._num_bytes += len(self.text[: self.at].encode("utf-8", "surrogatepass"))
        self.text, self.at = waiting, 0
        new: list[str] = []
        num_new = 0
        while num_new <= len(waiting) and (piece := next(self._pieces, None)) is not None:
            new.append(piece)
            num_new += len(piece)
        self.text += "".join(new)
        return bool(new)

    def skip_space(self) -> str:
        """Go to the next character that is no white space, and give it; "" at the end."""
        while True:
            match = _SPACE.match(self.text, self.at)
            assert match is not None, "a pattern that may be empty always matches"
            self.at = match.end()
            if self.at < len(self.text) or not self.more():
                return self.text[self.at : self.at + 1]

    def value(self) -> Any:
        """The value that begins here.

        Raises:
            ValueError: there is none.
        """
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except ValueError:
                if not self.more():
                    raise
            else:
                num_used = end - self.at
                if end < len(self.text) or not self.more():  # a number may go on
                    self.at += num_used
                    return value

    def num_bytes_before(self) -> int:
        """How many bytes of UTF-8 have been used."""
        return self._num_bytes + len(self.text[: self.at].encode("utf-8", "surrogatepass"))


_DECODER = json.JSONDecoder()


def _records(text: _Text) -> Iterator[Any]:
    """The records in a JSON text, decoded one by one.

    Raises:
        ValueError: the text is broken; the records before it have been given.
    """
    while first := text.skip_space():
        if first != "[":
            yield text.value()
            continue
        text.at += 1
        while (character := text.skip_space()) != "]":
            if not character:
                raise json.JSONDecodeError("Unterminated array", text.text, text.at)
            yield text.value()
            character = text.skip_space()
            if character == ",":
                text.at += 1
            elif character != "]":
                raise json.JSONDecodeError("Expecting ',' or ']'", text.text, text.at)
        text.at += 1


def _in_line(error: Exception) -> str:
    """What is wrong with a line of JSON, without the number of the line: there is only one."""
    if isinstance(error, json.JSONDecodeError):
        return t("{what} at character {place}", what=error.msg, place=error.pos + 1)
    return str(error)
