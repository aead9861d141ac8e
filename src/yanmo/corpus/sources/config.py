"""The settings of the sources: what is read, and how.

Comes in: the tables below `[[corpus.sources]]` of a recipe. Goes out: frozen models. Knows nothing
of how the sources are read.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t


class PythonDocsSource(Config):
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


class FilesSource(Config):
    """Files, or folders with everything readable below them."""

    kind: Literal["files"] = "files"
    """Says that this source is files on disk."""

    paths: Annotated[list[str], Field(min_length=1)]
    """Files and folders. Folders are read recursively, in sorted order, without hidden files.
    Read are .txt .md .rst .jsonl .json .csv .tsv .parquet .html, each also with .gz or .zst."""

    encoding: str | None = None
    """How the bytes are to be read, such as "big5". None detects UTF-8, UTF-16 and GB18030."""

    text_field: Annotated[str, Field(min_length=1)] = "text"
    """The field or column that holds the text, in .jsonl, .json, .csv, .tsv and .parquet."""

    max_document_characters: Annotated[int, Field(gt=0)] | None = 4_000
    """A plain text file longer than this is cut into documents of at most this many characters,
    at blank lines where there are any, else at line ends; so a book in one file still gives
    documents to hold out. None keeps every file whole."""

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, encoding: str | None) -> str | None:
        if encoding is not None:
            try:
                "".encode(encoding)
            except LookupError:
                message = t("this Python knows no encoding {name!r}", name=encoding)
                raise ValueError(message) from None
        return encoding
