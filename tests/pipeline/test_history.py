"""Runs looked back upon: the list, the stages, and the story of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from yanmo.core.errors import DataError
from yanmo.core.manifest import write_manifest
from yanmo.pipeline.history import explain_path, find_run, summarize_runs, summarize_stages


def make_stage(run_dir: Path, stage: str, inputs: dict[str, str]) -> str:
    directory = run_dir / stage
    directory.mkdir(parents=True)
    (directory / "out.txt").write_text(stage, encoding="utf-8")
    return write_manifest(
        directory,
        stage=stage,
        config={},
        inputs=inputs,
        output_files=[directory / "out.txt"],
        counts={"things": 3},
        timings={"wall_s": 1.0, "cpu_s": 0.5, "peak_memory_bytes": 1000},
        yanmo_version="0",
    ).content_hash


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "一个 run"
    corpus = make_stage(folder, "corpus", {"sources": "f" * 64})
    tokenizer = make_stage(folder, "tokenizer", {"corpus": corpus})
    make_stage(folder, "tokens", {"corpus": corpus, "tokenizer": tokenizer})
    (folder / "recipe.toml").write_text("", encoding="utf-8")
    return folder


def test_runs_are_listed_with_their_finished_stages(run_dir: Path) -> None:
    (row,) = summarize_runs(run_dir.parent)
    assert row["run"] == "一个 run"
    assert row["finished"] == "corpus tokenizer tokens"
    assert row["step"] is None
    assert [stage["stage"] for stage in summarize_stages(run_dir)] == [
        "corpus",
        "tokenizer",
        "tokens",
    ]


def test_a_file_is_explained_back_to_its_sources_and_forward(run_dir: Path) -> None:
    text = explain_path(run_dir / "tokenizer" / "out.txt")
    before, after = text.split("and from it:")
    assert "corpus" in before
    assert "sources ffffffff" in before
    assert "tokens" in after


def test_an_input_made_again_since_is_marked(run_dir: Path) -> None:
    (run_dir / "corpus" / "out.txt").write_text("new", encoding="utf-8")
    manifest = run_dir / "corpus" / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    old = summarize_stages(run_dir)[0]["content_hash"]
    manifest.write_text(text.replace(old, "9" * 64), encoding="utf-8")
    assert "made again since" in explain_path(run_dir / "tokens")


@pytest.mark.parametrize("name", ["recipe.toml", "nothing", "pretrain"])
def test_what_no_stage_made_is_refused(run_dir: Path, name: str) -> None:
    with pytest.raises(DataError):
        explain_path(run_dir / name)
    with pytest.raises(DataError):
        find_run(run_dir.parent)
