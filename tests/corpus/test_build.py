"""The whole stage, on real data."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from yanmo.core.console import Console
from yanmo.core.errors import DataError
from yanmo.corpus.build import build_corpus, list_output_files
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.document import read_documents
from yanmo.corpus.sources.config import FilesSource, PythonDocsSource


def _config(*paths: Path, **settings: Any) -> CorpusConfig:
    return CorpusConfig(sources=[FilesSource(paths=[str(path) for path in paths], **settings)])


def _texts(corpus_dir: Path) -> list[str]:
    return [
        t for batch in read_documents(corpus_dir, columns=["text"]) for t in batch[0].to_pylist()
    ]


def test_tinyshakespeare_has_held_out_text(
    shared_data: Path, tmp_path: Path, console: Console
) -> None:
    path = shared_data / "text" / "tinyshakespeare" / "input.txt.gz"
    report = build_corpus(_config(path), tmp_path, console)
    assert report["read"]["characters"] == 1_115_394
    assert all(split["documents"] > 0 for split in report["splits"].values())
    assert json.loads((tmp_path / "report.json").read_text()) == report


def test_chinese_poems_are_read_whole(poetry_dir: Path, tmp_path: Path, console: Console) -> None:
    folders = [poetry_dir / name for name in ("宋词", "楚辞", "论语", "蒙学")]
    report = build_corpus(_config(*folders), tmp_path, console)
    assert report["unreadable_count"] == 0
    assert report["read"]["documents"] > 21_000
    total = report["kept"]["documents"] + report["rejected"]["documents"]
    assert total == report["read"]["documents"]
    assert report["scripts"]["Han"] > 50 * report["scripts"]["Latin"]
    languages = [
        language
        for batch in read_documents(tmp_path, columns=["language"])
        for language in batch[0].to_pylist()
    ]
    assert languages.count("zh") > 0.99 * len(languages)
    assert any(text.startswith("离骚\n屈原\n离骚\n帝高阳之苗裔兮") for text in _texts(tmp_path))


def test_two_builds_give_identical_bytes(
    shared_data: Path, tmp_path: Path, console: Console
) -> None:
    config = CorpusConfig(
        sources=[
            FilesSource(paths=[str(shared_data / "text" / "c4-demo")]),
            PythonDocsSource(max_bytes=200_000, installed_packages=False, readmes=False),
        ]
    )
    for name in ("a", "b"):
        build_corpus(config, tmp_path / name, console)
    names = [path.relative_to(tmp_path / "a") for path in list_output_files(tmp_path / "a")]
    assert names == [path.relative_to(tmp_path / "b") for path in list_output_files(tmp_path / "b")]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_appending_data_moves_no_document(
    poetry_dir: Path, tmp_path: Path, console: Console
) -> None:
    def splits(name: str, *folders: str) -> dict[str, str]:
        build_corpus(_config(*(poetry_dir / f for f in folders)), tmp_path / name, console)
        rows = [r for b in read_documents(tmp_path / name) for r in b.to_pylist()]
        return {row["id"]: row["split"] for row in rows}

    before = splits("before", "元曲")
    after = splits("after", "诗经", "元曲")
    assert before.items() <= after.items()


def test_what_a_killed_build_left_is_cleared(
    shared_data: Path, tmp_path: Path, console: Console
) -> None:
    for name in ("part-00007.parquet", "manifest.json", "rejected/part-00003.parquet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    build_corpus(_config(shared_data / "text" / "c4-demo"), tmp_path, console)
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert names == {"part-00000-00000.parquet", "report.json", "README.md", "notes.txt"}


def test_too_few_documents_is_an_error_with_advice(tmp_path: Path, console: Console) -> None:
    (tmp_path / "one.txt").write_text("研墨")
    with pytest.raises(DataError, match="a corpus of 1 documents") as caught:
        build_corpus(_config(tmp_path / "one.txt"), tmp_path / "out", console)
    assert "max_document_characters" in str(caught.value)
    assert (tmp_path / "out" / "report.json").exists()


def test_missing_path_leaves_the_earlier_corpus(tmp_path: Path, console: Console) -> None:
    (tmp_path / "report.json").write_text("{}")
    with pytest.raises(DataError, match="does not exist"):
        build_corpus(_config(tmp_path / "nowhere"), tmp_path, console)
    assert (tmp_path / "report.json").exists()


def test_what_cannot_be_read_is_reported_and_warned_of(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    lines = [json.dumps({"text": f"第{i}篇"}, ensure_ascii=False) for i in range(400)]
    lines[7] = '{"text": "broken'
    (data / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (data / "b.png").write_bytes(b"\x89PNG")
    stream = io.StringIO()
    report = build_corpus(_config(data), tmp_path / "out", Console(stream))
    (problem,) = report["unreadable"]
    assert problem["file"].endswith("data/a.jsonl")
    assert problem["offset"] == len("\n".join(lines[:7]).encode()) + 1
    assert report["unreadable_count"] == 1
    assert report["skipped_file_types"] == {".png": 1}
    assert "a.jsonl" in stream.getvalue()
    assert ".png" in stream.getvalue()
