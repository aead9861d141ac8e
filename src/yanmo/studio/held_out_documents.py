"""The held-out documents that a language model was scored on, each with its figures.

In: the folder of a run. Out: rows of `evaluate/samples.parquet`, and the text of a document, which
is decoded from the tokens that were scored. Knows no request.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.tokens.text_codec import TextCodec, load_codec
from yanmo.tokens.token_split import TokenSplit

SAMPLES_NAME = "samples.parquet"
REPORT_NAME = "report.json"
_SNIPPET_TOKENS = 80
_MAX_TOKENS = 8_000


def read_language_report(run_dir: Path) -> dict[str, Any] | None:
    """`evaluate/report.json`; None where the stage has not ended.

    Raises:
        DataError: it cannot be read.
    """
    path = run_dir / "evaluate" / REPORT_NAME
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        for name in ("split", "documents", "tokens", "bytes", "models"):
            report[name]
        for model in report["models"]:
            model["name"], model["kind"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            t("the evaluation report cannot be read"), where=str(path), why=str(error)
        ) from error
    return dict(report)


def list_documents(run_dir: Path, start: int, limit: int, order: str) -> dict[str, Any]:
    """Scored documents with the beginning of their text.

    Args:
        order: `split`, or the name of a model, whose worst documents come first.

    Raises:
        DataError: a file is damaged.
    """
    path = run_dir / "evaluate" / SAMPLES_NAME
    if not path.is_file():
        return {"rows": [], "total": 0, "models": []}
    try:
        rows = pq.read_table(path).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            t("the scored items cannot be read"), where=str(path), why=str(error)
        ) from error
    prefix = "bits_per_byte/"
    models = [name.removeprefix(prefix) for name in (rows[0] if rows else {}) if prefix in name]
    if order in models:
        rows.sort(key=lambda row: -(row[prefix + order] or 0.0))
    texts = _Texts(run_dir)
    shown = [
        {
            "document": row["document"],
            "tokens": row["tokens"],
            "bytes": row["bytes"],
            "bits_per_byte": [row.get(prefix + name) for name in models],
            "snippet": texts.of(row["document"], _SNIPPET_TOKENS),
        }
        for row in rows[start : start + limit]
    ]
    return {"rows": shown, "total": len(rows), "models": models}


def document_text(run_dir: Path, document: int) -> str | None:
    """The text of a document that was scored, cut after some thousand tokens."""
    return _Texts(run_dir).of(document, _MAX_TOKENS)


class _Texts:
    """Decodes documents of the split; every text is None where the tokens cannot be read."""

    def __init__(self, run_dir: Path) -> None:
        report = read_language_report(run_dir) or {}
        self._opened: tuple[TextCodec, TokenSplit] | None = None
        try:
            codec = load_codec(run_dir / "tokenizer")
            split = TokenSplit(run_dir / "tokens", str(report.get("split")), codec.vocab_size)
            self._opened = codec, split
        except DataError:
            self._opened = None  # the figures stand without the texts

    def of(self, document: int, max_tokens: int) -> str | None:
        """The text of a document, cut after `max_tokens`."""
        if self._opened is None:
            return None
        codec, split = self._opened
        if not 0 <= document < split.num_documents:
            return None
        return codec.decode(split.document(document)[: max_tokens + 1].tolist())
