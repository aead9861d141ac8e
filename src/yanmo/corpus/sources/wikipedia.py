"""Wikipedia dumps: MediaWiki's XML as documents, one for each article.

Comes in: an XML dump, packed or not, of any size. Goes out: the articles without markup, a count of
redirects and of pages that are no articles, and a note for each broken place; reading goes on at
the next page. No more than one page is held in memory. Knows nothing of wikitext.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.parsers import expat

from yanmo.core.messages import t
from yanmo.corpus.sources.config import FilesSource
from yanmo.corpus.sources.dates import iso_date
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.reading import Item, Skipped, Unreadable
from yanmo.corpus.sources.streams import Damaged, read_blocks
from yanmo.corpus.sources.wikitext import WikiNames, plain_text

_ARTICLE_NAMESPACE = "0"
_REDIRECT = ("#redirect", "#重定向", "#пренасочване", "#виж")
_FILE_NAMESPACE, _CATEGORY_NAMESPACE = "6", "14"
_BUFFER_BYTES = 65_536
_MAX_FIELD_CHARACTERS = 2_000
_PAGE = b"<page>"


def read_wikipedia(file: FileToRead, config: FilesSource) -> Iterator[Item]:
    """The articles of a dump. What is left out is counted at the end."""
    left_out: Counter[str] = Counter()
    dump = _Dump(config.max_document_bytes)
    for found in _pages(file, dump):
        if isinstance(found, Unreadable):
            yield found
        elif found.is_too_long:
            yield file.too_long(found.offset, config.max_document_bytes)
        elif found.namespace != _ARTICLE_NAMESPACE:
            left_out[f"namespace {found.namespace[:20]}"] += 1
        elif found.is_redirect or found.text.lstrip().lower().startswith(_REDIRECT):
            left_out["redirect"] += 1
        elif found.model not in ("", "wikitext"):
            left_out[found.model[:40]] += 1
        elif not file.may_read(found.offset):
            yield file.too_hard(found.offset)
        else:
            yield file.document(
                plain_text(found.text, dump.names, config.wikipedia),
                found.offset,
                url=_url(dump.base, found.title),
                language=dump.language,
                title=found.title or None,
                page=found.number,
                date=iso_date(found.timestamp),
                record=found.offset,
            )
    for kind, count in sorted(left_out.items()):
        yield Skipped(f"wikipedia/{kind}", count)


@dataclass
class _Page:
    """One page as it stands in the dump."""

    offset: int
    title: str = ""
    namespace: str = _ARTICLE_NAMESPACE
    number: str | None = None
    timestamp: str | None = None
    model: str = ""
    text: str = ""
    is_redirect: bool = False
    is_too_long: bool = False


@dataclass
class _Dump:
    """What the head of a dump says about all pages, and the longest text that is held."""

    max_characters: int
    base: str = ""
    language: str | None = None
    names: WikiNames = field(default_factory=WikiNames)


class _PageParser:
    """Collects pages from XML that comes in blocks."""

    def __init__(self, dump: _Dump, start: int) -> None:
        self.pages: list[_Page] = []
        self.page: _Page | None = None
        self.start = start  # bytes of the dump before those that this parser sees
        self._dump = dump
        self._parents: list[str] = []
        self._collected: list[str] = []
        self._num_collected = 0
        self._is_collecting = False
        self._namespace_key = ""
        self.expat = expat.ParserCreate()
        self.expat.buffer_text = True
        self.expat.buffer_size = _BUFFER_BYTES
        self.expat.StartElementHandler = self._start_element
        self.expat.EndElementHandler = self._end_element
        self.expat.CharacterDataHandler = self._characters
        self.expat.EntityDeclHandler = self._refuse_entities

    @property
    def byte(self) -> int:
        """The byte of the dump at which the parser is."""
        return self.start + max(self.expat.CurrentByteIndex, 0)

    def _refuse_entities(self, *_: object) -> None:
        raise ValueError("the file declares entities of its own")

    def _start_element(self, name: str, attributes: dict[str, str]) -> None:
        self._parents.append(name)
        if name == "page":
            self.page = _Page(self.byte)
        elif name == "mediawiki":
            language = attributes.get("xml:lang", "").split("-")[0]
            self._dump.language = language if language.isalpha() else None
        elif name == "redirect" and self.page is not None:
            self.page.is_redirect = True
        elif name == "namespace":
            self._namespace_key = attributes.get("key", "")
        self._collected.clear()
        self._num_collected = 0
        self._is_collecting = name in _COLLECTED

    def _characters(self, data: str) -> None:
        if not self._is_collecting:
            return
        self._num_collected += len(data)
        limit = self._dump.max_characters if self._parents[-1] == "text" else _MAX_FIELD_CHARACTERS
        if self._num_collected <= limit:
            self._collected.append(data)
        else:
            self._collected.clear()
            if self.page is not None:
                self.page.is_too_long = True

    def _end_element(self, name: str) -> None:
        self._parents.pop()
        content = "".join(self._collected) if self._is_collecting else ""
        self._is_collecting = False
        self._collected.clear()
        page = self.page
        if page is None:
            self._end_of_head(name, content)
        elif name == "page":
            self.pages.append(page)
            self.page = None
        elif name == "title":
            page.title = content
        elif name == "ns":
            page.namespace = content.strip()
        elif name == "id" and page.number is None and self._parents[-1:] == ["page"]:
            page.number = content.strip()
        elif name == "timestamp":
            page.timestamp = content
        elif name == "model":
            page.model = content.strip()
        elif name == "text":
            page.text = content  # of several revisions the last

    def _end_of_head(self, name: str, content: str) -> None:
        """Note what the head of the dump says."""
        if name == "base":
            self._dump.base = content
            host = content.partition("://")[2]
            if self._dump.language is None and host.split(".")[0].isalpha():
                self._dump.language = host.split(".")[0]
        elif name == "namespace" and content:
            if self._namespace_key == _FILE_NAMESPACE:
                self._dump.names.files.add(content.lower())
            elif self._namespace_key == _CATEGORY_NAMESPACE:
                self._dump.names.categories.add(content.lower())


_COLLECTED = frozenset(("title", "ns", "id", "timestamp", "model", "text", "base", "namespace"))


def _pages(file: FileToRead, dump: _Dump) -> Iterator[_Page | Unreadable]:
    """The pages of a dump; where its XML is broken, a note, and the pages behind the next
    `<page>`."""
    parser = _PageParser(dump, 0)
    num_bytes = 0
    is_seeking = False  # for the next page, after broken XML
    tail = b""
    try:
        for block in read_blocks(file.path):
            data, data_start = tail + block, num_bytes - len(tail)
            num_bytes += len(block)
            tail = b""
            while data:
                if is_seeking:
                    found = data.find(_PAGE)
                    if found < 0:
                        tail = data[-len(_PAGE) :]
                        break
                    data, data_start = data[found:], data_start + found
                    parser = _PageParser(dump, data_start - len(b"<mediawiki>"))
                    parser.expat.Parse(b"<mediawiki>", False)
                    is_seeking = False
                error = _parse(parser, data)
                yield from parser.pages
                parser.pages.clear()
                if error is None:
                    break
                at = parser.byte
                place = parser.page.offset if parser.page is not None else at
                yield file.unreadable(place, error)
                is_seeking = True
                behind = max(at - data_start, 0) + 1
                data, data_start = data[behind:], data_start + behind
    except Damaged as damage:
        yield file.damaged(damage)
        return
    if not is_seeking and (error := _parse(parser, None)) is not None:
        yield file.unreadable(parser.page.offset if parser.page else parser.byte, error)


def _parse(parser: _PageParser, data: bytes | None) -> str | None:
    """Feed a block, or None for the end; gives what is wrong with the XML."""
    try:
        parser.expat.Parse(data or b"", data is None)
    except expat.ExpatError as error:
        return t("broken XML: {error}", error=expat.ErrorString(error.code))
    except ValueError as error:
        return t("broken XML: {error}", error=error)
    return None


def _url(base: str, title: str) -> str | None:
    """The address of an article, from that of the wiki's main page."""
    if "/wiki/" not in base or not title:
        return None
    return base.partition("/wiki/")[0] + "/wiki/" + quote(title.replace(" ", "_"), safe="/:,()'!")
