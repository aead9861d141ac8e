"""Folders in another precision: the same model and tokenizer, and nothing lost beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tests.checkpoint.export.conftest import TEXTS, MakeFolder

from yanmo.checkpoint.export.hugging_face import StoredDtype, export_hugging_face
from yanmo.checkpoint.model_folder import load_model
from yanmo.core.errors import ConfigError, RunError
from yanmo.tokens.tokenizer import Tokenizer


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_the_weights_are_those_of_the_model_in_the_new_precision(
    make_folder: MakeFolder, tmp_path: Path, dtype: StoredDtype
) -> None:
    folder, path = make_folder(), tmp_path / "out"
    (folder / "README.md").write_text("a card", encoding="utf-8")
    written = export_hugging_face(folder, path, dtype)
    assert written.num_bytes == sum(file.stat().st_size for file in path.iterdir())
    ours, theirs = load_model(folder).state_dict(), load_model(path).state_dict()
    for name, tensor in ours.items():
        assert torch.equal(tensor.to(getattr(torch, dtype)).float(), theirs[name]), name
    fields = json.loads((path / "config.json").read_text(encoding="utf-8"))
    assert fields["dtype"] == fields["torch_dtype"] == dtype
    before = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    others = {name: value for name, value in before.items() if "dtype" not in name}
    assert {name: fields[name] for name in others} == others
    for name in ("README.md", "tokenizer.json", "chat_template.jinja", "generation_config.json"):
        assert (path / name).read_bytes() == (folder / name).read_bytes()
    assert Tokenizer.load(path).encode(TEXTS[1]) == Tokenizer.load(folder).encode(TEXTS[1])


def test_weights_in_several_files_open_in_transformers(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    transformers = pytest.importorskip("transformers")
    folder, path = make_folder(), tmp_path / "out"
    export_hugging_face(folder, path, "float32", max_shard_bytes=100_000)
    shards = sorted(path.glob("*.safetensors"))
    assert len(shards) > 1
    assert all(shard.stat().st_size < 130_000 for shard in shards)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(path).eval()
    tokens = torch.arange(40)[None]
    with torch.inference_mode():
        expected = load_model(folder)(tokens=tokens).logits
        assert (theirs(tokens).logits - expected).abs().max() < 1e-5


def test_a_model_is_replaced_only_when_told_and_another_folder_never(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    folder, path = make_folder(), make_folder("other", family="gpt2")
    with pytest.raises(ConfigError, match="model folder of this name"):
        export_hugging_face(folder, path, "float16")
    assert load_model(path).config.family == "gpt2"
    export_hugging_face(folder, path, "float16", is_forced=True)
    assert load_model(path).config.family == "qwen3"
    letters = tmp_path / "letters"
    letters.mkdir()
    export_hugging_face(folder, letters / "new", "float16")
    for place in (letters, folder / "file.txt"):
        (folder / "file.txt").write_text("mine")
        with pytest.raises(ConfigError):
            export_hugging_face(folder, place, "float16", is_forced=True)
    assert (letters / "new" / "config.json").is_file()


@pytest.mark.parametrize("place", ["model", ".", "model/inside"])
def test_a_model_is_not_written_over_itself(
    make_folder: MakeFolder, tmp_path: Path, place: str
) -> None:
    folder = make_folder()
    with pytest.raises(ConfigError, match="folder of its own model"):
        export_hugging_face(folder, tmp_path / place, "float16", is_forced=True)
    assert load_model(folder).config.family == "qwen3"


def test_a_full_disk_is_told(
    make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    folder = make_folder()
    monkeypatch.setattr(shutil, "copyfile", no_room)
    with pytest.raises(RunError, match="the disk is full") as caught:
        export_hugging_face(folder, tmp_path / "out", "float16")
    assert "--out" in str(caught.value.hint), "an export has nothing to go on from"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]
