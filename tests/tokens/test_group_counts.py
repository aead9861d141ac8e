"""Tokens are counted by where their documents come from."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tests.tokens.test_build import quiet

from yanmo.corpus.document import DOCUMENT_SCHEMA, document_id
from yanmo.tokens.build import build_tokens
from yanmo.tokens.config import TokensConfig
from yanmo.tokens.tokenizer import Tokenizer


def test_every_stored_token_belongs_to_one_source_language_and_domain(
    tiny_tokenizer: Tokenizer, texts: list[str], tmp_path: Path
) -> None:
    rows = [
        {
            "id": document_id(text),
            "text": text,
            "source": f"source {number % 2}",
            "language": "zh" if not text.isascii() else None,
            "domain": "poetry" if number % 3 else "prose",
            "metadata": "{}",
            "split": ["train", "train", "validation", "test"][number % 4],
        }
        for number, text in enumerate(texts)
    ]
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    table = pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)
    pq.write_table(table, corpus / "part-00000.parquet")
    report = build_tokens(TokensConfig(), tiny_tokenizer, corpus, tmp_path / "out", quiet(), 64)
    for grouping in ("source", "language", "domain"):
        groups = report["groups"][grouping]
        assert sum(g["tokens"] for g in groups.values()) == report["account"]["in"]
        assert sum(g["documents"] for g in groups.values()) == len(texts)
    chinese = [text for text in texts if not text.isascii()]
    counted = sum(len(tiny_tokenizer.encode(text)) + 1 for text in chinese)
    assert report["groups"]["language"]["zh"]["tokens"] == counted
    assert set(report["groups"]["language"]) == {"zh", "unknown"}
