"""`yanmo export` as a user meets it: where files go, what is said, what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import CommandLine
from tests.cli.test_full_disk import fill, small_disk

__all__ = ["small_disk"]
MODEL = "run/pretrain/model"


@pytest.mark.slow
def test_exports_stand_beside_the_model_and_leave_the_run_up_to_date(
    copy_of_finished: CommandLine,
) -> None:
    pytest.importorskip("gguf")
    yanmo = copy_of_finished
    folder = yanmo.folder / "run" / "pretrain"
    ended = yanmo("export", MODEL, "--to", "gguf", "--dtype", "float32")
    assert ended.code == 0, ended.err
    content = (folder / "model.f32.gguf").read_bytes()
    assert content.startswith(b"GGUF")
    assert len(ended.out.splitlines()) == 1
    assert f"{len(content):,} bytes" in ended.out
    assert "llama-server -m run/pretrain/model.f32.gguf" in ended.out
    assert "Modelfile" in ended.out
    ended = yanmo("export", MODEL, "--to", "hf", "--dtype", "bfloat16", "--json", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    path = yanmo.folder / "run" / "pretrain" / "model-bfloat16"
    assert json.loads(ended.out) == {
        "path": "run/pretrain/model-bfloat16",
        "format": "hf",
        "dtype": "bfloat16",
        "bytes": sum(file.stat().st_size for file in path.iterdir()),
        "notes": [],
    }
    ended = yanmo("run", "run/recipe.toml", "--out", "run", "--json")
    assert ended.code == 0, ended.err
    assert "pretrain" in json.loads(ended.out)["up_to_date"]


@pytest.mark.slow
def test_wrong_words_are_told_with_what_there_is(copy_of_finished: CommandLine) -> None:
    yanmo = copy_of_finished
    assert "Did you mean 'gguf'?" in yanmo.refused("export", MODEL, "--to", "ggfu")
    assert "f16, f32, q8_0" in yanmo.refused("export", MODEL, "--to", "gguf", "--dtype", "q4_k")
    assert "float32" in yanmo.refused("export", MODEL, "--to", "onnx", "--dtype", "float16")
    for size in ("big", "0GB"):
        words = ("--max-shard-size", size)
        assert f"'{size}' is no size" in yanmo.refused("export", MODEL, "--to", "hf", *words)
    assert "only hf" in yanmo.refused("export", MODEL, "--to", "gguf", "--max-shard-size", "1GB")
    assert "--to" in yanmo.refused("export", MODEL)


@pytest.mark.slow
def test_what_somebody_else_made_is_not_replaced(copy_of_finished: CommandLine) -> None:
    pytest.importorskip("gguf")
    yanmo = copy_of_finished
    mine = yanmo.folder / "mine.gguf"
    mine.write_text("mine")
    words = ("export", MODEL, "--to", "gguf", "--out", "mine.gguf")
    assert "--force" in yanmo.refused(*words)
    assert mine.read_text() == "mine"
    assert yanmo(*words, "--force").code == 0
    for place in ("run", ".", MODEL):
        yanmo.refused("export", MODEL, "--to", "hf", "--out", place, "--force")
    yanmo.refused("export", MODEL, "--to", "gguf", "--out", MODEL, "--force")
    assert {path.name for path in (yanmo.folder / MODEL).iterdir()} >= {"config.json"}


def test_a_missing_package_is_told_with_the_command_that_installs_it(
    copy_of_finished: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gguf.py").write_text("raise ImportError('no module named gguf')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    message = copy_of_finished.refused("export", MODEL, "--to", "gguf")
    assert "pip install 'yanmo[export]'" in message


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_half_written(
    copy_of_finished: CommandLine, small_disk: object
) -> None:
    pytest.importorskip("gguf")
    disk = small_disk("1m")  # type: ignore[operator]
    fill(disk, 50_000)
    out = disk / "model.gguf"
    message = copy_of_finished.refused("export", MODEL, "--to", "gguf", "--out", out, code=1)
    assert f"{out}: the disk is full" in message
    assert [path.name for path in disk.iterdir()] == ["ballast"]


@pytest.mark.slow
def test_a_damaged_model_is_named(copy_of_finished: CommandLine) -> None:
    folder = copy_of_finished.folder / MODEL
    shutil.copy(folder / "config.json", folder / "model.safetensors")
    assert "model.safetensors" in copy_of_finished.refused("export", MODEL, "--to", "gguf")
