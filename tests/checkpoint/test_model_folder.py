"""A model folder: written whole, read exactly, and refused by name when anything is wrong."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from yanmo.checkpoint.model_folder import load_model, save_model_folder
from yanmo.core.errors import CheckpointError, RunError
from yanmo.models.decoder import Decoder

IDS = {"bos": 0, "eos": 0, "pad": 1}


def refuse(folder: Path, *named: str) -> CheckpointError:
    """Loading must fail with an error whose text holds each of `named`."""
    with pytest.raises(CheckpointError) as caught:
        load_model(folder)
    assert caught.value.where is not None
    assert caught.value.where.startswith(str(folder))
    for name in named:
        assert name in str(caught.value)
    return caught.value


def edit_json(path: Path, **fields: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | fields), encoding="utf-8")


def edit_weights(folder: Path, edit: Any) -> None:
    state = load_file(folder / "model.safetensors")
    edit(state)
    save_file(state, folder / "model.safetensors")


def test_a_model_survives_its_folder_bit_for_bit(model: Decoder, folder: Path) -> None:
    loaded = load_model(folder)
    assert loaded.config == model.config
    assert not loaded.training
    state = model.state_dict()
    assert loaded.state_dict().keys() == state.keys()
    assert all(torch.equal(loaded.state_dict()[name], value) for name, value in state.items())
    assert loaded.lm_head.weight is loaded.embed.weight


def test_saving_returns_the_files_and_leaves_nothing_else(model: Decoder, tmp_path: Path) -> None:
    def save_tokenizer(directory: Path) -> None:
        for name in ("tokenizer.json", "tokenizer_config.json"):
            (directory / name).write_text("{}", encoding="utf-8")

    for _ in range(2):
        files = save_model_folder(
            model, tmp_path / "model", save_tokenizer=save_tokenizer, special_ids=IDS
        )
    assert [path.name for path in files] == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_saving_replaces_a_folder_whole(model: Decoder, folder: Path) -> None:
    (folder / "stale.bin").write_bytes(b"old")
    save_model_folder(model, folder, save_tokenizer=None, special_ids=IDS)
    assert not (folder / "stale.bin").exists()
    assert load_model(folder).config == model.config


@pytest.mark.parametrize("operation", ["fsync", "rename", "replace", "mkdir"])
def test_a_full_disk_leaves_the_folder_that_was_there(
    model: Decoder, folder: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    before = (folder / "model.safetensors").read_bytes()
    model.init_weights(99)

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, operation, fail)
        with pytest.raises(RunError) as caught:
            save_model_folder(model, folder, save_tokenizer=None, special_ids=IDS)
    assert caught.value.where == str(folder)
    assert (folder / "model.safetensors").read_bytes() == before
    save_model_folder(model, folder, save_tokenizer=None, special_ids=IDS)
    assert (folder / "model.safetensors").read_bytes() != before
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_weights_can_be_stored_and_loaded_in_bfloat16(model: Decoder, tmp_path: Path) -> None:
    path = tmp_path / "half"
    save_model_folder(model, path, save_tokenizer=None, special_ids=IDS, dtype=torch.bfloat16)
    assert {t.dtype for t in load_file(path / "model.safetensors").values()} == {torch.bfloat16}
    assert load_model(path).embed.weight.dtype == torch.float32
    half = load_model(path, dtype=torch.bfloat16)
    assert torch.equal(half.embed.weight, model.embed.weight.bfloat16())


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    refuse(folder, name)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    error = refuse(tmp_path / "nowhere", "nowhere")
    assert "no such folder" in str(error.hint)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1, 2]", b"null", b"\xff\xfe\x00", b'{"a": 1}}', "墨".encode("gbk")]
)
def test_a_config_that_is_no_json_object_is_refused(folder: Path, content: bytes) -> None:
    (folder / "config.json").write_bytes(content)
    refuse(folder, "config.json")


@pytest.mark.parametrize("model_type", ["llama5", None, 7, ["qwen3"], {"a": 1}])
def test_an_unknown_model_type_is_refused_with_those_that_are_known(
    folder: Path, model_type: object
) -> None:
    edit_json(folder / "config.json", model_type=model_type)
    refuse(folder, "config.json", "qwen3", "gpt2", repr(model_type))


def test_every_value_of_a_config_may_be_wrong(folder: Path) -> None:
    path = folder / "config.json"
    fields = json.loads(path.read_text(encoding="utf-8"))
    bad_values = (None, "many", -1, 0, 10**30, 1e308, [], {}, ["x"], {"rope_type": 5}, True, "1")
    num_refused = 0
    for name in fields:
        for value in bad_values:
            path.write_text(json.dumps(fields | {name: value}), encoding="utf-8")
            try:
                load_model(folder)
            except CheckpointError as error:
                assert str(folder) in str(error)
                num_refused += 1
    assert num_refused > 5 * 10


def test_every_key_of_a_config_may_be_missing(folder: Path) -> None:
    path = folder / "config.json"
    fields = json.loads(path.read_text(encoding="utf-8"))
    needed = 0
    for name in fields:
        path.write_text(json.dumps({k: v for k, v in fields.items() if k != name}), "utf-8")
        try:
            load_model(folder)
        except CheckpointError as error:
            needed += 1
            assert str(folder) in str(error)
    assert needed >= 5


def test_a_config_far_larger_than_the_weights_asks_for_no_memory(folder: Path) -> None:
    edit_json(folder / "config.json", vocab_size=10**12)
    refuse(folder)


@pytest.mark.parametrize("size", [64, 100])
def test_a_shape_that_is_not_that_of_the_weights_is_refused(folder: Path, size: int) -> None:
    def widen(state: dict[str, torch.Tensor]) -> None:
        name = next(name for name in state if "embed" in name or "wte" in name)
        state[name] = torch.zeros(size + 1, 16)

    edit_weights(folder, widen)
    refuse(folder, f"({size + 1}, 16)")


def test_every_weight_may_have_another_shape(folder: Path) -> None:
    path = folder / "model.safetensors"
    original = path.read_bytes()
    for name, tensor in load_file(path).items():
        for wrong in (torch.zeros(()), torch.zeros(1), torch.zeros(2, 3, 4), tensor[:-1].clone()):
            edit_weights(folder, lambda state, name=name, wrong=wrong: state.update({name: wrong}))
            refuse(folder)
            path.write_bytes(original)


def test_every_missing_weight_is_noticed(folder: Path) -> None:
    path = folder / "model.safetensors"
    original = path.read_bytes()
    for name in load_file(path):
        edit_weights(folder, lambda state, name=name: state.pop(name))
        refuse(folder)
        path.write_bytes(original)


@pytest.mark.parametrize("name", ["model.layers.7.mlp.up_proj.weight", "transformer.h.7.ln_1.bias"])
def test_a_weight_too_many_is_named(folder: Path, name: str) -> None:
    edit_weights(folder, lambda state: state.update({name: torch.zeros(16)}))
    refuse(folder, ".7.")


def test_a_weight_of_an_unknown_name_is_named(folder: Path) -> None:
    edit_weights(folder, lambda state: state.update({"墨.weight": torch.zeros(16)}))
    refuse(folder, "墨")


def test_a_head_that_config_json_denies_is_refused(folder: Path) -> None:
    edit_json(folder / "config.json", tie_word_embeddings=True)
    weights = load_file(folder / "model.safetensors")
    (name,) = weights.keys() & {"model.embed_tokens.weight", "transformer.wte.weight"}
    embedding = weights[name]
    edit_weights(folder, lambda state: state.update({"lm_head.weight": embedding.clone()}))
    assert load_model(folder).lm_head.weight.equal(embedding)  # stored twice, as some do
    edit_weights(folder, lambda state: state.update({"lm_head.weight": embedding + 1}))
    error = refuse(folder, "ties the output projection")
    assert "tie_word_embeddings" in str(error.hint)


def test_weights_that_are_cut_short_anywhere_are_refused(folder: Path) -> None:
    path = folder / "model.safetensors"
    content = path.read_bytes()
    lengths = {*range(64), *range(64, len(content), len(content) // 60), len(content) - 1}
    for length in sorted(lengths):
        path.write_bytes(content[:length])
        refuse(folder, "model.safetensors")


def test_a_header_of_garbage_is_refused(folder: Path) -> None:
    path = folder / "model.safetensors"
    content = path.read_bytes()
    header_bytes = int.from_bytes(content[:8], "little")
    generator = torch.Generator().manual_seed(0)
    for _ in range(200):
        damaged = bytearray(content)
        place = int(torch.randint(8 + header_bytes, (1,), generator=generator))
        damaged[place] ^= 1 << int(torch.randint(8, (1,), generator=generator))
        path.write_bytes(damaged)
        try:
            load_model(folder)
        except CheckpointError as error:
            assert str(folder) in str(error)
    for header in (b"", b"{}", b"[]", b"\x00" * 40, b'{"a": {"dtype": "F32"}}', b"{" * 1000):
        path.write_bytes(len(header).to_bytes(8, "little") + header)
        refuse(folder)
    path.write_bytes(b"\xff" * 8 + content[8:])
    refuse(folder, "model.safetensors")


def split_weights(folder: Path, **index: Any) -> None:
    """Turn the folder into one of two shards; `index` overrides keys of the index file."""
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = list(state)
    weight_map = {}
    for number, part in enumerate((names[::2], names[1::2]), start=1):
        file = f"model-0000{number}-of-00002.safetensors"
        save_file({name: state[name] for name in part}, folder / file)
        weight_map |= dict.fromkeys(part, file)
    content = {"metadata": {}, "weight_map": weight_map} | index
    (folder / "model.safetensors.index.json").write_text(json.dumps(content), encoding="utf-8")


def test_shards_give_the_same_model(model: Decoder, folder: Path) -> None:
    split_weights(folder)
    loaded = load_model(folder).state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in model.state_dict().items())


@pytest.mark.parametrize("number", [1, 2])
def test_a_missing_shard_is_named(folder: Path, number: int) -> None:
    split_weights(folder)
    file = f"model-0000{number}-of-00002.safetensors"
    (folder / file).unlink()
    refuse(folder, file)


@pytest.mark.parametrize(
    "name",
    ["../model.safetensors", "/etc/passwd", "sub/model.safetensors", "..", ".", "", "a\0b", "none"],
)
def test_an_index_cannot_name_a_file_outside_its_folder(folder: Path, name: str) -> None:
    outside = folder.parent / "model.safetensors"
    outside.write_bytes((folder / "model.safetensors").read_bytes())
    split_weights(folder, weight_map={"embed.weight": name})
    refuse(folder)


@pytest.mark.parametrize("weight_map", [None, [], "x", {}, {"a": 1}, {"a": None}, {"a": ["b"]}])
def test_an_index_without_a_map_of_weights_is_refused(folder: Path, weight_map: object) -> None:
    split_weights(folder, weight_map=weight_map)
    refuse(folder)


@pytest.mark.parametrize("max_shard_bytes", [1, 2_000, 9_000])
def test_weights_are_written_in_shards_that_an_index_lists(
    model: Decoder, folder: Path, max_shard_bytes: int
) -> None:
    whole = load_file(folder / "model.safetensors")
    written = save_model_folder(
        model, folder, save_tokenizer=None, special_ids=IDS, max_shard_bytes=max_shard_bytes
    )
    assert not (folder / "model.safetensors").exists()
    index = json.loads((folder / "model.safetensors.index.json").read_text(encoding="utf-8"))
    shards = sorted(set(index["weight_map"].values()))
    count = len(shards)
    assert shards == [f"model-{n:05d}-of-{count:05d}.safetensors" for n in range(1, count + 1)]
    assert {path.name for path in written} >= {*shards, "model.safetensors.index.json"}
    found: dict[str, torch.Tensor] = {}
    for name in shards:
        part = load_file(folder / name)
        assert {index["weight_map"][weight] for weight in part} == {name}
        num_bytes = sum(tensor.nbytes for tensor in part.values())
        assert num_bytes <= max_shard_bytes or len(part) == 1, "a tensor is never cut"
        assert not found.keys() & part.keys()
        found |= part
    assert found.keys() == whole.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in whole.items())
    assert index["metadata"]["total_size"] == sum(tensor.nbytes for tensor in whole.values())
    loaded = load_model(folder).state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in model.state_dict().items())


def test_weights_that_just_fit_are_one_file_and_replace_shards(
    model: Decoder, folder: Path
) -> None:
    num_bytes = sum(tensor.nbytes for tensor in load_file(folder / "model.safetensors").values())
    for limit, is_whole in ((num_bytes - 1, False), (num_bytes, True)):
        save_model_folder(
            model, folder, save_tokenizer=None, special_ids=IDS, max_shard_bytes=limit
        )
        assert (folder / "model.safetensors").exists() == is_whole
        assert (folder / "model.safetensors.index.json").exists() != is_whole
        assert bool(list(folder.glob("model-*"))) != is_whole
