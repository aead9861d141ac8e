"""`yanmo export` as a user meets it: where files go, what is said, what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import CommandLine
from tests.cli.test_full_disk import fill, small_disk

from yanmo.checkpoint.model_folder import load_model_config

__all__ = ["small_disk"]
MODEL = "run/pretrain/model"


def test_exports_stand_beside_the_model_and_say_how_they_are_used(
    copy_of_finished: CommandLine,
) -> None:
    pytest.importorskip("gguf")
    yanmo = copy_of_finished
    folder = yanmo.folder / "run" / "pretrain"
    for words, name, hint in (
        (["gguf"], "model.f16.gguf", "llama-server -m run/pretrain/model.f16.gguf"),
        (["gguf", "--dtype", "float32", "--out", "a/b.gguf"], "../../a/b.gguf", "Modelfile"),
    ):
        ended = yanmo("export", MODEL, "--to", *words)
        assert ended.code == 0, ended.err
        assert len(ended.out.splitlines()) == 1
        assert f"{(folder / name).stat().st_size:,} bytes" in ended.out
        assert hint in ended.out
        assert (folder / name).read_bytes().startswith(b"GGUF")
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
    assert yanmo("generate", path, "-p", "ab", "-n", "2", "--seed", "0").code == 0


@pytest.mark.slow
def test_onnx_is_written_without_a_word_from_the_exporter(copy_of_finished: CommandLine) -> None:
    pytest.importorskip("onnxscript")
    ended = copy_of_finished("export", MODEL, "--to", "onnx", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    assert "onnxruntime: InferenceSession('run/pretrain/model.onnx')" in ended.out
    assert (copy_of_finished.folder / "run" / "pretrain" / "model.onnx").is_file()


@pytest.mark.slow
def test_a_run_is_still_up_to_date_with_exports_in_it(copy_of_finished: CommandLine) -> None:
    yanmo = copy_of_finished
    assert yanmo("export", MODEL, "--to", "hf").code == 0
    ended = yanmo("run", "run/recipe.toml", "--out", "run", "--json")
    assert ended.code == 0, ended.err
    assert "pretrain" in json.loads(ended.out)["up_to_date"]
    assert load_model_config(yanmo.folder / "run" / "pretrain" / "model-float32").family == "qwen3"


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
    assert "no model folder" in yanmo.refused("export", "run", "--to", "hf")


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
    assert yanmo(*words).code == 0  # ours by now
    for place in ("run", ".", MODEL):
        yanmo.refused("export", MODEL, "--to", "hf", "--out", place, "--force")
    yanmo.refused("export", MODEL, "--to", "gguf", "--out", MODEL, "--force")
    assert yanmo("generate", MODEL, "-p", "ab", "-n", "2", "--seed", "0").code == 0


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


def test_a_damaged_model_is_named(copy_of_finished: CommandLine) -> None:
    folder = copy_of_finished.folder / MODEL
    shutil.copy(folder / "config.json", folder / "model.safetensors")
    assert "model.safetensors" in copy_of_finished.refused("export", MODEL, "--to", "gguf")
