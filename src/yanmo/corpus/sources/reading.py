"""What a source yields, and how it becomes batches.

Comes in: texts with where they were found. Goes out: Arrow batches in the document schema. Knows
no file format.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pyarrow as pa

from yanmo.core.encoding import is_valid_unicode
from yanmo.core.messages import t
from yanmo.corpus.document import DOCUMENT_SCHEMA

_MAX_BATCH_DOCUMENTS = 4096
_MAX_BATCH_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A text as it was found, in valid Unicode.

    Args:
        text: the text.
        source: the source's name in the report.
        url: where the text was published, if the source says so.
        metadata: JSON values that tell where exactly the text was found. `date`, where the source
            knows one, is ISO 8601: when the text was written or published.
        language: ISO 639-1 code, where the source knows it.
        domain: a subject such as "law", where the source knows it.
    """

    text: str
    source: str
    url: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, line or record that could not be read.

    Args:
        file: the file.
        offset: the byte (lines) or the number of the record, counted from 0; None for whole files.
        error: what is wrong with it.
        hint: what the user can do about it.
    """

    file: str
    offset: int | None
    error: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was left alone because it is of a type that is not read: files in a folder, or records
    of an archive.

    Args:
        file_type: the end of the files' names, such as `.png`; for records the archive's kind and
            theirs, such as `warc/request` or `wikipedia/redirect`.
        files: how many.
    """

    file_type: str
    files: int


Item = RawDocument | Unreadable | Skipped
"""What a source yields."""


def document_or_unreadable(
    text: str,
    *,
    source: str,
    url: str | None,
    metadata: Mapping[str, Any],
    offset: int | None,
    language: str | None = None,
    domain: str | None = None,
) -> RawDocument | Unreadable:
    """A document, unless the text holds half a surrogate pair and so is no valid Unicode."""
    if not (text.isascii() or is_valid_unicode(text)):
        file = str(metadata.get("file", source))
        return Unreadable(file, offset, t("the text holds a lone surrogate"))
    return RawDocument(text, source, url, metadata, language, domain)


def batch_documents(documents: Iterable[RawDocument]) -> Iterator[pa.RecordBatch]:
    """The documents in batches of bounded size, in the document schema, without a split."""
    waiting: list[RawDocument] = []
    characters = 0
    for document in documents:
        waiting.append(document)
        characters += len(document.text)
        if len(waiting) >= _MAX_BATCH_DOCUMENTS or characters >= _MAX_BATCH_CHARACTERS:
            yield _as_batch(waiting)
            waiting, characters = [], 0
    if waiting:
        yield _as_batch(waiting)


def _as_batch(documents: Sequence[RawDocument]) -> pa.RecordBatch:
    """One batch of documents with their ids."""
    texts = [document.text.encode("utf-8") for document in documents]
    count = len(documents)
    columns = [
        pa.array([_id_of(text) for text in texts], pa.string()),
        pa.array(texts, pa.binary()).view(pa.string()),
        pa.array([document.source for document in documents], pa.string()),
        pa.array([document.url for document in documents], pa.string()),
        pa.array([document.language for document in documents], pa.string()),
        pa.array([document.domain for document in documents], pa.string()),
        pa.array([_as_json(d.metadata) for d in documents], pa.binary()).view(pa.string()),
        pa.nulls(count, pa.string()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=DOCUMENT_SCHEMA)


def _id_of(text: bytes) -> str:
    """`document_id` of a text that has been encoded already."""
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _as_json(metadata: Mapping[str, Any]) -> bytes:
    """Metadata as JSON. orjson refuses what is rare: numbers of over 64 bits, other mappings."""
    try:
        return orjson.dumps(metadata)
    except TypeError:
        return json.dumps(dict(metadata), ensure_ascii=False).encode("utf-8")
