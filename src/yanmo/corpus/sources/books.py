"""DOCX and EPUB files.

Comes in: one file. Goes out: its text as documents of bounded length, with its title and date. Both
are zip archives of XML, read with limits. Knows nothing of fonts and pages.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from yanmo.core.messages import t
from yanmo.corpus.extraction.config import ExtractionConfig
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.dates import iso_date
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.plain_text import text_documents
from yanmo.corpus.sources.reading import Item, Unreadable
from yanmo.corpus.sources.streams import Damaged, seekable_file
from yanmo.corpus.sources.web_page import UndecidedEncoding, decode_page
from yanmo.corpus.sources.zipped import ZippedFile, parse_xml, xml_parser

_MAX_XML_TIMES = 20  # XML is longer than the text in it
_ALL_TEXT = ExtractionConfig(extractor="all_text")
_BREAKS = frozenset(("br", "cr"))
_CHAPTER_TYPES = frozenset(("application/xhtml+xml", "text/html", "application/xml"))


def read_docx(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """The paragraphs of a Word file; the cells of a table row stand on one line, between tabs."""
    if not file.may_read(None):
        yield file.too_hard(None)
        return
    try:
        with seekable_file(file.path) as opened:
            members = ZippedFile(opened, _MAX_XML_TIMES * config.max_document_bytes)
            words = _Words()
            body = members.read("word/document.xml")
            problem: Damaged | None = None
            try:
                words.parse(body)
            except Damaged as damage:
                problem = damage
            about = _about(members, "docProps/core.xml")
            text = "\n".join(words.lines)
            if len(text) > config.max_document_bytes:
                yield file.too_long(None, config.max_document_bytes)
                return
            yield from text_documents(file, [text], config, **about)
            if problem is not None:
                yield file.damaged(problem)
    except Damaged as damage:
        yield file.damaged(damage)


def read_epub(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """The chapters of a book in reading order."""
    if not file.may_read(None):
        yield file.too_hard(None)
        return
    try:
        with seekable_file(file.path) as opened:
            members = ZippedFile(opened, _MAX_XML_TIMES * config.max_document_bytes)
            package = _Package()
            path = _package_path(members)
            package.parse(members.read(path))
            problems: list[Item] = []
            chapters = _chapters(file, members, package, posixpath.dirname(path), problems)
            about = {"title": package.title, "date": iso_date(package.date)}
            yield from text_documents(
                file, chapters, config, **about, page_language=package.language
            )
            yield from problems
    except Damaged as damage:
        yield file.damaged(damage)


def _chapters(
    file: FileToRead,
    members: ZippedFile,
    package: _Package,
    folder: str,
    problems: list[Item],
) -> Iterator[str]:
    """The text of each chapter; what cannot be read gathers in `problems`."""
    from yanmo.corpus.extraction.extract import extract_page

    for number, reference in enumerate(package.spine):
        if reference not in package.items:
            continue
        name = posixpath.normpath(posixpath.join(folder, unquote(package.items[reference])))
        try:
            html = decode_page(members.read(name), None).html
        except (Damaged, UndecidedEncoding) as error:
            why = (
                error.error
                if isinstance(error, Damaged)
                else t("the encoding of the text cannot be told for certain")
            )
            problems.append(Unreadable(file.name, number, why))
            continue
        if text := extract_page(html, _ALL_TEXT).text.strip():
            yield text + "\n\n"


def _package_path(members: ZippedFile) -> str:
    """Where the book's list of contents is."""
    found: list[str] = []
    parser = xml_parser()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "rootfile" and "full-path" in attributes:
            found.append(attributes["full-path"])

    parser.StartElementHandler = start
    parse_xml(parser, members.read("META-INF/container.xml"))
    if not found:
        raise Damaged(t("there is no {name} inside", name="rootfile"))
    return found[0]


@dataclass
class _Package:
    """The list of contents of an EPUB book."""

    items: dict[str, str] = field(default_factory=dict)
    spine: list[str] = field(default_factory=list)
    title: str | None = None
    date: str | None = None
    language: str | None = None

    def parse(self, data: bytes) -> None:
        """Read the OPF file."""
        parser = xml_parser()
        collected: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            collected.clear()
            kind = name.rpartition(":")[2]
            if kind == "item" and attributes.get("media-type", "") in _CHAPTER_TYPES:
                self.items[attributes.get("id", "")] = attributes.get("href", "")
            elif kind == "itemref" and attributes.get("linear", "yes") != "no":
                self.spine.append(attributes.get("idref", ""))

        def end(name: str) -> None:
            kind = name.rpartition(":")[2]
            value = "".join(collected).strip()
            if kind in ("title", "date", "language") and value and getattr(self, kind) is None:
                setattr(self, kind, value)

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = collected.append
        parse_xml(parser, data)


class _Words:
    """The text of word/document.xml, line by line.

    Deleted text, field codes and what a drawing repeats for older programs are left out.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._parts: list[str] = []
        self._cells: list[list[str]] = []
        self._hidden = 0
        self._is_text = False

    def parse(self, data: bytes) -> None:
        """Read the whole part.

        Raises:
            Damaged: the XML is broken; what came before is in `lines`.
        """
        parser = xml_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parse_xml(parser, data)

    def _start(self, name: str, _: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "Fallback":
            self._hidden += 1
        elif kind == "t":
            self._is_text = True
        elif kind == "tab":
            self._parts.append("\t")
        elif kind in _BREAKS:
            self._parts.append("\n")
        elif kind == "noBreakHyphen":
            self._parts.append("-")
        elif kind == "tr":
            self._cells.append([])
        elif kind == "tc" and self._cells:
            self._cells[-1].append("")

    def _end(self, name: str) -> None:
        kind = name.rpartition(":")[2]
        if kind == "Fallback":
            self._hidden -= 1
        elif kind == "t":
            self._is_text = False
        elif kind == "p":
            self._end_of_paragraph("".join(self._parts).strip("\n"))
        elif kind == "tr" and self._cells:
            row = "\t".join(self._cells.pop())
            self._end_of_paragraph(row)

    def _end_of_paragraph(self, text: str) -> None:
        """A paragraph is a line of its own, or a part of the table cell that it lies in."""
        self._parts.clear()
        if self._cells and self._cells[-1]:
            cell = self._cells[-1][-1]
            self._cells[-1][-1] = f"{cell} {text}".strip()
        elif text.strip() or (self.lines and self.lines[-1]):
            self.lines.append(text)

    def _characters(self, data: str) -> None:
        if self._is_text and not self._hidden:
            self._parts.append(data)


def _about(members: ZippedFile, name: str) -> dict[str, Any]:
    """The title and the date in the core properties of an office file, if it has any."""
    if name not in members.names():
        return {}
    found: dict[str, str] = {}
    collected: list[str] = []
    parser = xml_parser()

    def end(element: str) -> None:
        found.setdefault(element.rpartition(":")[2], "".join(collected).strip())

    def start(*_: object) -> None:
        collected.clear()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = collected.append
    try:
        parse_xml(parser, members.read(name))
    except Damaged:
        return {}
    return {"title": found.get("title") or None, "date": iso_date(found.get("created", ""))}
