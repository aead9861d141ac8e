"""The data card: the hub reads its head, and every number in it is in the report."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from yanmo.core.page.speaking import speaking
from yanmo.corpus.document import DOCUMENT_SCHEMA
from yanmo.corpus.report.card import CARD_NAME, format_card, name_of_corpus, write_card


def _card(report: dict[str, Any], language: str = "en", **settings: Any) -> tuple[Any, str]:
    with speaking(language):
        text = format_card(report, name="web, two languages", **settings)
    _, head, body = text.split("---\n", 2)
    return yaml.safe_load(head), body


def _numbers_in(value: Any) -> set[str]:
    """All whole numbers of a JSON value, written with separators."""
    if isinstance(value, dict):
        return set().union(*(_numbers_in(each) for each in value.values()), set())
    if isinstance(value, list):
        return set().union(*(_numbers_in(each) for each in value), set())
    return {f"{value:,}"} if isinstance(value, int) else set()


def test_the_hub_reads_the_head(report_of_two: dict[str, Any]) -> None:
    hub = pytest.importorskip("huggingface_hub")
    with speaking("en"):
        card = hub.DatasetCard(format_card(report_of_two, name='a "b": c'))
    data = card.data
    assert data.pretty_name == 'a "b": c'
    assert data.language == ["en", "zh"] or data.language == ["zh", "en"]
    assert data.size_categories == ["1K<n<10K"]
    assert data.task_categories == ["text-generation"]
    assert data.license == "unknown"
    assert data.configs[0]["data_files"][0]["path"] == "part-*.parquet"


def test_the_head_names_the_columns(report_of_two: dict[str, Any]) -> None:
    head, _ = _card(report_of_two, licence="cc-by-4.0")
    assert [f["name"] for f in head["dataset_info"]["features"]] == DOCUMENT_SCHEMA.names
    assert head["license"] == "cc-by-4.0"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_count_comes_from_the_report(report_of_two: dict[str, Any], language: str) -> None:
    _, body = _card(report_of_two, language)
    body = re.sub(r"```.*?```", "", body, flags=re.S)
    known = _numbers_in(report_of_two)
    counts = re.findall(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d.])", body)
    assert len(counts) > 10
    assert [number for number in counts if number not in known] == []


def test_it_is_written_in_chinese_too(report_of_two: dict[str, Any]) -> None:
    _, body = _card(report_of_two, "zh")
    assert "## 已知的不足" in body
    for english in ("documents", "Known", "dropped", "language of"):
        assert english not in re.sub(r"```.*?```", "", body, flags=re.S)


def test_names_of_users_cannot_break_a_table(report_of_two: dict[str, Any]) -> None:
    source = {**report_of_two["sources"][0], "name": "a | b\n<script>`x`"}
    _, body = _card({**report_of_two, "sources": [source]})
    assert "| a \\| b &lt;script>'x' |" in body


def test_the_loading_example_runs(
    report_of_two: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow.parquet as pq
    from tests.corpus.report.small_corpus import make_batch

    for folder, split in ((tmp_path, "train"), (tmp_path / "rejected", None)):
        folder.mkdir(exist_ok=True)
        with pq.ParquetWriter(folder / "part-00000.parquet", DOCUMENT_SCHEMA) as writer:
            writer.write_batch(make_batch(["one", "two"], split=split))
            writer.write_batch(make_batch(["three"], split="test"))
    _, body = _card(report_of_two)
    (code,) = re.findall(r"```python\n(.*?)```", body, flags=re.S)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["train"].num_rows == 2


def test_the_card_is_written_under_the_name_of_the_run(
    report_of_two: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "my_run" / "corpus"
    folder.mkdir(parents=True)
    write_card(report_of_two, folder)
    assert "# my_run" in (folder / CARD_NAME).read_text(encoding="utf-8")
    assert name_of_corpus(tmp_path / "texts") == "texts"
