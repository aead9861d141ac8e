"""What is masked in a text is masked in its metadata and in the report's examples too."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa

from yanmo.core.console import Console
from yanmo.corpus.build import build_corpus
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.document import read_documents
from yanmo.corpus.privacy.config import PrivacyConfig
from yanmo.corpus.privacy.masking import MaskPrivate
from yanmo.corpus.rules.config import RulesConfig
from yanmo.corpus.sources.config import FilesSource

ADDRESS = "zhang.wei@mail-provider.cn"


def test_sides_questions_and_turns_are_masked_with_the_text() -> None:
    metadata = {
        "file": "a.json",
        "pairs": [["Write to me.", f"写信到 {ADDRESS}。"]],
        "questions": [{"question": "Where?", "answers": [{"text": ADDRESS, "start": 8}]}],
    }
    batch = pa.RecordBatch.from_pydict(
        {
            "text": pa.array([f"Write to {ADDRESS}."]),
            "metadata": pa.array([json.dumps(metadata)]),
        }
    )
    after = MaskPrivate(PrivacyConfig()).transform(batch).batch
    fields = json.loads(after["metadata"][0].as_py())
    assert fields["pairs"] == [["Write to me.", "写信到 <EMAIL>。"]]
    assert fields["questions"][0]["answers"] == [{"text": "<EMAIL>", "start": None}]
    assert fields["private"] == [["email", 9, 16]]


def test_the_report_shows_no_address(tmp_path: Path) -> None:
    lines = [
        json.dumps({"text": f"{'é' * (n % 40)}  Ask {ADDRESS} about {n}. \r\n"}) for n in range(300)
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    config = CorpusConfig(
        sources=[FilesSource(paths=[str(tmp_path / "a.jsonl")])],
        rules=RulesConfig(min_characters=60),
    )
    build_corpus(config, tmp_path / "corpus", Console(io.StringIO()))
    assert ADDRESS not in (tmp_path / "corpus" / "report.json").read_text()
    texts = [
        t for b in read_documents(tmp_path / "corpus", columns=["text"]) for t in b[0].to_pylist()
    ]
    assert texts
    assert not any(ADDRESS in text for text in texts)
