"""GGUF files: what is in them, and what is refused since llama.cpp would read it wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.checkpoint.export.conftest import MakeFolder

from yanmo.checkpoint.export.gguf import GgufType, export_gguf, shape_keys
from yanmo.checkpoint.export.gguf_tokenizer import QWEN2_PATTERN
from yanmo.checkpoint.model_folder import load_model, load_model_config
from yanmo.core.errors import CheckpointError, ConfigError, RunError
from yanmo.models.transformer_config import TransformerConfig
from yanmo.nn.rotary_scaling import RotaryScaling
from yanmo.tokens.byte_level import SPLIT_PATTERN
from yanmo.tokens.tokenizer import Tokenizer

gguf = pytest.importorskip("gguf")


def read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keys and tensors of a GGUF file."""
    reader = gguf.GGUFReader(path)
    keys = {name: field.contents() for name, field in reader.fields.items()}
    return keys, {tensor.name: tensor for tensor in reader.tensors}


def test_a_qwen3_file_has_the_keys_that_llama_cpp_reads(
    make_folder: MakeFolder, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    folder = make_folder(num_kv_heads=1, head_dim=16, norm_eps=1e-5, rope_theta=50_000.0)
    written = export_gguf(folder, tmp_path / "model.gguf", "f32")
    assert written.num_bytes == (tmp_path / "model.gguf").stat().st_size
    keys, tensors = read(tmp_path / "model.gguf")
    config = load_model_config(folder)
    assert isinstance(config, TransformerConfig)
    expected = {
        "general.architecture": "qwen3",
        "general.type": "model",
        "general.file_type": 0,
        "general.quantization_version": 2,
        "qwen3.vocab_size": config.vocab_size,
        "qwen3.context_length": 48,
        "qwen3.embedding_length": 64,
        "qwen3.block_count": 2,
        "qwen3.feed_forward_length": config.d_ff,
        "qwen3.attention.head_count": 2,
        "qwen3.attention.head_count_kv": 1,
        "qwen3.attention.key_length": 16,
        "qwen3.attention.value_length": 16,
        "qwen3.rope.dimension_count": 16,
        "qwen3.rope.freq_base": 50_000.0,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "qwen2",
        "tokenizer.ggml.bos_token_id": tokenizer.bos_id,
        "tokenizer.ggml.eos_token_id": tokenizer.eos_id,
        "tokenizer.ggml.padding_token_id": tokenizer.pad_id,
        "tokenizer.ggml.mask_token_id": tokenizer.mask_id,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_eos_token": False,
    }
    assert {name: keys.get(name) for name in expected} == expected
    assert keys["qwen3.attention.layer_norm_rms_epsilon"] == pytest.approx(1e-5)
    assert "output.weight" not in tensors  # tied: the embedding serves
    assert {"token_embd.weight", "blk.1.attn_k_norm.weight", "output_norm.weight"} <= set(tensors)


def test_every_row_of_the_embedding_has_a_token(
    make_folder: MakeFolder, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    folder = make_folder()
    export_gguf(folder, tmp_path / "model.gguf", "f16")
    keys, tensors = read(tmp_path / "model.gguf")
    tokens, types = keys["tokenizer.ggml.tokens"], keys["tokenizer.ggml.token_type"]
    num_rows = load_model_config(folder).vocab_size
    assert num_rows % 64 == 0
    assert num_rows > tokenizer.vocab_size
    assert len(tokens) == len(types) == num_rows == tensors["token_embd.weight"].shape[1]
    assert len(set(tokens)) == num_rows
    assert tokens[tokenizer.vocab_size :] == [
        f"[PAD{id}]" for id in range(tokenizer.vocab_size, num_rows)
    ]
    kinds = [3 if tokenizer.is_special(id) else 1 for id in range(tokenizer.vocab_size)]
    assert types == kinds + [5] * (num_rows - tokenizer.vocab_size)
    stored = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert keys["tokenizer.ggml.merges"] == [" ".join(pair) for pair in stored["model"]["merges"]]


def test_our_tokenizers_split_text_as_llama_cpp_splits_it_for_qwen2() -> None:
    assert SPLIT_PATTERN == QWEN2_PATTERN


def test_the_chat_template_says_the_same_without_its_training_marks(
    make_folder: MakeFolder, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    transformers = pytest.importorskip("transformers")
    folder = make_folder()
    export_gguf(folder, tmp_path / "model.gguf", "f16")
    template = read(tmp_path / "model.gguf")[0]["tokenizer.chat_template"]
    assert "generation -%}" not in template
    chat = [{"role": "user", "content": " 你好\n"}, {"role": "assistant", "content": "Hi. "}]
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    for has_prompt in (True, False):
        settings = {"tokenize": False, "add_generation_prompt": has_prompt}
        assert theirs.apply_chat_template(
            chat, chat_template=template, **settings
        ) == theirs.apply_chat_template(chat, **settings)


@pytest.mark.parametrize(("dtype", "matrix_type"), [("f32", 0), ("f16", 1), ("q8_0", 8)])
def test_vectors_and_position_tables_stay_in_float32(
    make_folder: MakeFolder, tmp_path: Path, dtype: GgufType, matrix_type: int
) -> None:
    folder = make_folder(family="gpt2")
    assert export_gguf(folder, tmp_path / "model.gguf", dtype).notes == []
    for name, tensor in read(tmp_path / "model.gguf")[1].items():
        is_exact = len(tensor.shape) == 1 or name == "position_embd.weight"
        assert tensor.tensor_type == (0 if is_exact else matrix_type), name


def test_rows_that_do_not_fall_into_blocks_stay_in_f16_and_are_told(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    folder = make_folder(d_ff=48)
    (note,) = export_gguf(folder, tmp_path / "model.gguf", "q8_0").notes
    assert "2 tensors stay in f16" in note
    assert "blk.0.ffn_down.weight have 48" in note
    tensors = read(tmp_path / "model.gguf")[1]
    assert tensors["blk.1.ffn_down.weight"].tensor_type == gguf.GGMLQuantizationType.F16
    assert tensors["blk.1.ffn_up.weight"].tensor_type == gguf.GGMLQuantizationType.Q8_0


def test_q8_0_is_off_by_no_more_than_half_a_step(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder()
    export_gguf(folder, tmp_path / "model.gguf", "q8_0")
    tensor = read(tmp_path / "model.gguf")[1]["blk.0.ffn_gate.weight"]
    ours = load_model(folder).state_dict()["blocks.0.mlp.gate_proj.weight"].numpy()
    theirs = gguf.dequantize(tensor.data, tensor.tensor_type)
    blocks = np.abs(ours.reshape(-1, 32))
    # The scale is stored in half precision, which moves the largest of 127 steps once more.
    bound = blocks.max(axis=1, keepdims=True) / 127 * (0.5 + 127 * 2**-11) * 1.001
    assert (np.abs(ours - theirs).reshape(-1, 32) <= bound).all()
    assert np.abs(ours - theirs).max() > 0


def test_llama_3_frequencies_are_divided_by_stored_factors(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    scaling = {"kind": "llama3", "factor": 8.0, "original_max_seq_len": 32, "high_freq_factor": 4.0}
    folder = make_folder(family="llama", rope_scaling=scaling)
    export_gguf(folder, tmp_path / "model.gguf", "f16")
    keys, tensors = read(tmp_path / "model.gguf")
    assert not any("scaling" in key for key in keys)
    factors = np.asarray(tensors["rope_freqs.weight"].data)
    wavelengths = 2 * np.pi * 10_000.0 ** (np.arange(0, 32, 2) / 32)
    assert factors.dtype == np.float32
    assert (factors[wavelengths < 32 / 4] == 1).all()
    assert np.allclose(factors[wavelengths > 32], 8)
    between = factors[(wavelengths > 32 / 4) & (wavelengths < 32)]
    assert ((between > 1) & (between < 8)).all()
    assert between.size > 0


def test_llama_rotates_adjacent_channels(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder(family="llama", num_kv_heads=1)
    export_gguf(folder, tmp_path / "model.gguf", "f32")
    tensors, state = read(tmp_path / "model.gguf")[1], load_model(folder).state_dict()
    for name, num_heads in (("q", 2), ("k", 1)):
        theirs = np.asarray(tensors[f"blk.1.attn_{name}.weight"].data)
        ours = state[f"blocks.1.attn.{name}_proj.weight"].numpy()
        for head in range(num_heads):
            for pair in range(16):
                first, second = 32 * head + 2 * pair, 32 * head + 2 * pair + 1
                assert (theirs[first] == ours[32 * head + pair]).all()
                assert (theirs[second] == ours[32 * head + 16 + pair]).all()


def test_yarn_is_told_in_llama_cpps_terms() -> None:
    scaling = RotaryScaling(
        kind="yarn", factor=4.0, original_max_seq_len=64, beta_fast=16.0, attention_factor=1.5
    )
    keys = shape_keys(decoder_shape(rope_scaling=scaling))
    assert keys["qwen3.rope.scaling.type"] == "yarn"
    assert keys["qwen3.rope.scaling.factor"] == 4.0
    assert keys["qwen3.rope.scaling.original_context_length"] == 64
    assert keys["qwen3.rope.scaling.yarn_beta_fast"] == 16.0
    # llama.cpp multiplies by 0.1 ln(factor) + 1 of its own accord.
    assert keys["qwen3.rope.scaling.attn_factor"] * (0.1 * np.log(4.0) + 1) == pytest.approx(1.5)
    plain = shape_keys(decoder_shape(rope_scaling=RotaryScaling(kind="linear", factor=2.0)))
    assert plain["qwen3.rope.scaling.type"] == "linear"
    assert plain["qwen3.rope.scaling.factor"] == 2.0


def decoder_shape(**fields: Any) -> TransformerConfig:
    """A small shape; `fields` win."""
    from yanmo.models.config import ModelConfig
    from yanmo.models.presets import derive_model

    section = ModelConfig(depth=2, d_model=64, num_heads=2, max_seq_len=256)
    config = derive_model(section, 100).config
    return TransformerConfig.model_validate(config.model_dump() | fields)


def test_what_llama_cpp_cannot_do_is_refused(make_folder: MakeFolder, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sliding_window"):
        export_gguf(make_folder(sliding_window=8), tmp_path / "model.gguf", "f16")
    other = make_folder("other", family="transformer", positions="alibi")
    with pytest.raises(ConfigError, match="qwen3, llama, qwen3_moe, gpt2") as caught:
        export_gguf(other, tmp_path / "model.gguf", "f16")
    assert "transformer" in caught.value.what
    assert not (tmp_path / "model.gguf").exists()


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the tokenizer of a model folder."""
    path = folder / "tokenizer.json"
    fields = json.loads(path.read_text(encoding="utf-8"))
    change(fields)
    path.write_text(json.dumps(fields), encoding="utf-8")


def split_otherwise(fields: dict[str, Any]) -> None:
    fields["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = r"\w+|\s+"


def lower_case(fields: dict[str, Any]) -> None:
    fields["normalizer"] = {"type": "Lowercase"}


@pytest.mark.parametrize("change", [split_otherwise, lower_case])
def test_a_tokenizer_that_llama_cpp_would_imitate_wrongly_is_refused(
    make_folder: MakeFolder, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    folder = make_folder()
    rewrite(folder, change)
    with pytest.raises(ConfigError, match="splits text"):
        export_gguf(folder, tmp_path / "model.gguf", "f16")


def too_many_tokens(fields: dict[str, Any]) -> None:
    fields["model"]["vocab"]["extra"] = 10**12


def no_merges(fields: dict[str, Any]) -> None:
    del fields["model"]["merges"]


def strange_vocabulary(fields: dict[str, Any]) -> None:
    fields["model"]["vocab"] = ["a"]


@pytest.mark.parametrize("change", [too_many_tokens, no_merges, strange_vocabulary])
def test_a_damaged_tokenizer_is_named(
    make_folder: MakeFolder, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    folder = make_folder()
    rewrite(folder, change)
    with pytest.raises(CheckpointError) as caught:
        export_gguf(folder, tmp_path / "model.gguf", "f16")
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_a_damaged_model_folder_is_named(
    make_folder: MakeFolder, tmp_path: Path, name: str, damage: str
) -> None:
    folder = make_folder()
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    if damage == "truncated":
        (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError) as caught:
        export_gguf(folder, tmp_path / "model.gguf", "f16")
    assert str(folder) in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_export_that_fails_leaves_the_old_file(
    make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, path = make_folder(), tmp_path / "model.gguf"
    export_gguf(folder, path, "f16")
    before = path.read_bytes()

    def no_room(*_: object) -> None:
        raise OSError("4096 requested and 512 written")  # as numpy tells of a full disk

    monkeypatch.setattr(gguf.GGUFWriter, "write_tensor_data", no_room)
    with pytest.raises(RunError, match="the disk is full"):
        export_gguf(folder, path, "f32")
    assert path.read_bytes() == before
    assert {entry.name for entry in tmp_path.iterdir()} == {"model", "model.gguf"}


def test_an_export_is_replaced_and_another_file_is_not(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    folder, path = make_folder(), tmp_path / "model.gguf"
    export_gguf(folder, path, "f16")
    export_gguf(folder, path, "f32")
    assert read(path)[0]["general.file_type"] == 0
    for content in (b"GGUF and something else", b"yanmo.version"):
        path.write_bytes(content)
        with pytest.raises(ConfigError, match="did not export"):
            export_gguf(folder, path, "f16")
        assert path.read_bytes() == content
    export_gguf(folder, path, "f16", is_forced=True)
    assert read(path)[0]["general.file_type"] == 1
    with pytest.raises(ConfigError, match="folder of its own model"):
        export_gguf(folder, folder / "model.gguf", "f16", is_forced=True)
    with pytest.raises(ConfigError, match="there is a folder"):
        export_gguf(folder, tmp_path, "f16", is_forced=True)


def test_progress_is_told_tensor_by_tensor(make_folder: MakeFolder, tmp_path: Path) -> None:
    lines: list[str] = []
    export_gguf(make_folder(), tmp_path / "model.gguf", "f16", report=lines.append)
    count = len(read(tmp_path / "model.gguf")[1])
    assert lines[0] == f"1 of {count} tensors written"
    assert lines[-1] == f"{count} of {count} tensors written"
    assert len(lines) == count


def test_weights_of_half_precision_come_out_as_they_are(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    folder = make_folder(dtype=torch.float16)
    export_gguf(folder, tmp_path / "model.gguf", "f16")
    tensor = read(tmp_path / "model.gguf")[1]["token_embd.weight"]
    ours = load_model(folder).state_dict()["embed.weight"].numpy()
    assert np.array_equal(ours, np.asarray(tensor.data).astype(np.float32))
