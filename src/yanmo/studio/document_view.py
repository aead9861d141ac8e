"""One document as the Data page shows it: cut where it is long, marked where something was found.

In: a row of a corpus. Out: JSON values with the text from a character on, the marks in it (masked
personal data, what broke a rule), the measure and its limit, the metadata. Personal data in
rejected documents, which the engine masks only in kept ones, is masked here. Knows no request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from yanmo.core.errors import DataError
from yanmo.corpus.browse import document_files, find_id, read_document
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.privacy.config import PrivacyConfig
from yanmo.studio.corpus_page import corpus_config

if TYPE_CHECKING:
    from yanmo.corpus.offence import Offence

PIECE_CHARACTERS = 20_000
_CLUSTERS_DIR = "clusters"


def show_document(folder: Path, *, rejected: bool, row: int, start: int) -> dict[str, Any]:
    """A document from its character `start` on.

    Raises:
        DataError: there is no such document, or the file is damaged.
    """
    fields = read_document(document_files(folder, rejected=rejected), row)
    config = corpus_config(folder)
    text, metadata = str(fields.pop("text")), _metadata(fields.pop("metadata", None))
    marks = _private_marks(metadata)
    offence: Offence | None = None
    if rejected:
        masked = mask_texts([text], config)[0]
        if config is not None:
            offence = _offence(config, {**fields, "text": text}, masked)
            marks += [[begin, end, "offence"] for begin, end in offence.spans]
        text = masked
    end = min(len(text), start + PIECE_CHARACTERS)
    return {
        "row": row,
        "fields": fields,
        "metadata": metadata,
        "characters": len(text),
        "bytes": len(text.encode("utf-8", "replace")),
        "start": start,
        "end": end,
        "text": text[start:end],
        "marks": sorted([b - start, e - start, what] for b, e, what in marks if start <= b < end),
        "offence": None if offence is None or offence.measure is None else _limits(offence),
        "copy_of": _copy_of(folder, fields) if rejected else None,
    }


def mask_texts(texts: list[str], config: CorpusConfig | None) -> list[str]:
    """Texts with personal data masked as the corpus masks it, or as it does unless told."""
    from yanmo.corpus.privacy.masking import MaskPrivate  # loads numba

    return MaskPrivate(config.privacy if config is not None else PrivacyConfig()).mask_texts(texts)


def _offence(config: CorpusConfig, document: Mapping[str, Any], masked: str) -> Offence:
    # Loads every rule, which takes seconds: not before the studio answers.
    from yanmo.corpus.offence import Offence, find_offence

    try:
        return find_offence(config, document, masked)
    except DataError:
        return Offence()  # a word list that has been moved since; the reason stands without it


def _limits(offence: Offence) -> dict[str, Any]:
    return {
        "measure": offence.measure,
        "value": offence.value,
        "min": offence.min,
        "max": offence.max,
        "places": len(offence.spans),
    }


def _metadata(value: Any) -> dict[str, Any]:
    try:
        found = json.loads(value) if value else {}
    except ValueError:
        return {"metadata": value}
    return found if isinstance(found, dict) else {"metadata": found}


def _private_marks(metadata: dict[str, Any]) -> list[list[Any]]:
    """Where placeholders of personal data stand, by their type."""
    from yanmo.corpus.privacy.masking import METADATA_KEY

    places = metadata.pop(METADATA_KEY, None)
    if not isinstance(places, list):
        return []
    return [[p[1], p[2], f"private:{p[0]}"] for p in places if isinstance(p, list) and len(p) == 3]


def _copy_of(folder: Path, fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """The document that a rejected one is a copy of, where the clusters tell; a later step may have
    rejected that one, too."""
    path = folder / _CLUSTERS_DIR / f"{fields.get('step')}.parquet"
    if not path.is_file():
        return None
    try:
        clusters = _clusters(path, path.stat().st_mtime_ns)
    except (pa.ArrowException, OSError, KeyError):
        return None  # the clusters are an extra; the document is shown without them
    found = clusters.get(str(fields.get("id")))
    if found is None:
        return None
    survivor, similarity, size = found
    copied = {"id": survivor, "similarity": similarity, "size": size}
    for part, is_rejected in (("kept", False), ("rejected", True)):
        row = find_id(document_files(folder, rejected=is_rejected), survivor)
        if row is not None:
            return {**copied, "part": part, "row": row}
    return {**copied, "part": None, "row": None}


@lru_cache(maxsize=4)
def _clusters(path: Path, _mtime_ns: int) -> dict[str, tuple[str, float | None, int]]:
    """By the id of each document of a cluster: the one that stays, its likeness, the cluster's
    size."""
    columns = pq.read_table(path, columns=["cluster", "id", "survivor", "similarity"]).to_pydict()
    rows = list(zip(columns["cluster"], columns["id"], columns["survivor"], strict=True))
    survivors = {cluster: identity for cluster, identity, stays in rows if stays}
    sizes: dict[int, int] = {}
    for cluster, _, _ in rows:
        sizes[cluster] = sizes.get(cluster, 0) + 1
    return {
        identity: (survivors[cluster], likeness, sizes[cluster])
        for (cluster, identity, _), likeness in zip(rows, columns["similarity"], strict=True)
        if cluster in survivors
    }
