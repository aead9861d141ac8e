"""The settings of the sources: what is read, and how.

Comes in: the tables below `[[corpus.sources]]` of a recipe. Goes out: frozen models. Knows nothing
of how the sources are read.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t
from yanmo.corpus.extraction.config import ExtractionConfig

_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}")


def _known_encoding(encoding: str) -> str:
    """The name of an encoding that this Python has."""
    try:
        "".encode(encoding)
    except LookupError:
        message = t("this Python knows no encoding {name!r}", name=encoding)
        raise ValueError(message) from None
    return encoding


Encoding = Annotated[str, AfterValidator(_known_encoding)]
"""The name of an encoding, such as "big5"."""


class SourceConfig(Config):
    """What every kind of source can say about its documents."""

    name: Annotated[str, Field(min_length=1)] | None = None
    """The source's name in the report and in the documents. None takes the path."""

    language: str | None = None
    """The language of all documents of the source, such as "zh" (ISO 639). It is believed: nothing
    that a file says, and no detection, overrules it. None leaves it to them."""

    domain: Annotated[str, Field(min_length=1)] | None = None
    """The subject of all documents of the source, such as "law" or "news". It overrules what the
    records of a file say; None takes that."""

    is_curated: bool = False
    """Its texts were chosen by people: the quality rules, which are made for text from the web,
    pass over them. Limits of length and everything else hold."""

    @field_validator("language")
    @classmethod
    def _language_is_a_code(cls, language: str | None) -> str | None:
        if language is not None and not _LANGUAGE_CODE.fullmatch(language):
            raise ValueError(t("a language is two or three small letters, such as en or zh"))
        return language


class PythonDocsSource(SourceConfig):
    """The documentation that this Python installation carries; nothing is imported or run."""

    kind: Literal["python_docs"] = "python_docs"
    """Says that this source is the documentation of the Python installation."""

    max_bytes: Annotated[int, Field(gt=0)] | None = 8_000_000
    """Stop at this many bytes of text; the files are taken in the order of the hash of their name,
    so that any limit gives an even sample. None takes everything."""

    standard_library: bool = True
    """Read the docstrings and comments of the standard library."""

    installed_packages: bool = True
    """Read the docstrings and comments of the installed packages."""

    readmes: bool = True
    """Read the descriptions and licence texts of the installed packages."""

    max_document_characters: Annotated[int, Field(gt=0)] | None = 8_000
    """A file with more prose than this is cut into several documents, at blank lines. None keeps
    every file whole."""

    @model_validator(mode="after")
    def _something_is_read(self) -> PythonDocsSource:
        if not (self.standard_library or self.installed_packages or self.readmes):
            raise ValueError(
                t("one of standard_library, installed_packages and readmes must be true")
            )
        return self


class WikipediaConfig(Config):
    """How the pages of a Wikipedia dump become text."""

    infobox: Literal["drop", "key_value"] = "drop"
    """What becomes of infoboxes: nothing, or a line "name: value" for each field, before the
    text."""

    tables: Literal["drop", "key_value"] = "drop"
    """What becomes of tables: nothing, or a line for each row, its cells named by the column's
    heading."""


class FilesSource(SourceConfig):
    """Files, or folders with everything readable below them."""

    kind: Literal["files"] = "files"
    """Says that this source is files on disk."""

    paths: Annotated[list[str], Field(min_length=1)]
    """Files and folders. Folders are read recursively, in sorted order, without hidden files.
    Read are plain text (.txt .text .md .markdown .rst), records (.jsonl .ndjson .json .csv .tsv
    .parquet), web pages (.html .htm .xhtml), web archives (.warc .wet .arc), Wikipedia dumps (.xml)
    and documents (.pdf .docx .epub), each also packed (.gz .zst .bz2 .xz). A file whose name ends
    otherwise is looked into: web archives and Wikipedia dumps are recognised by their content."""

    encoding: Encoding | None = None
    """How the bytes are to be read, such as "big5". None detects UTF-8, UTF-16, GB18030, Big5,
    Shift-JIS, EUC-JP, EUC-KR and Windows-1252 (Latin-1), and refuses what is none of them for
    certain."""

    text_field: Annotated[str, Field(min_length=1)] = "text"
    """The field or column that holds the text, in .jsonl, .json, .csv, .tsv and .parquet. Fields
    named url, language, domain and date (or time, published) beside it are understood too."""

    max_document_characters: Annotated[int, Field(gt=0)] | None = 4_000
    """A plain text, PDF, DOCX or EPUB file longer than this is cut into documents of at most this
    many characters, at blank lines where there are any, else at line ends; so a book in one file
    still gives documents to hold out. None keeps every file whole."""

    max_document_bytes: Annotated[int, Field(ge=1_000)] = 64_000_000
    """The longest line, record, web page or article that is read, unpacked. A longer one is
    reported and passed over without being held in memory; plain text is cut there."""

    markup: Literal["keep", "strip"] = "keep"
    """What becomes of the marks in Markdown and reStructuredText files: they stay, or only the
    words stay."""

    extraction: ExtractionConfig = Field(default_factory=ExtractionConfig)
    """How the main text is taken out of web pages, in files and in web archives."""

    wikipedia: WikipediaConfig = Field(default_factory=WikipediaConfig)
    """How the pages of Wikipedia dumps become text."""
