"""GGUF files read back by `transformers`: equal scores, equal tokens.

Its reader takes every head of `qwen3` to be 128 wide, every expert of `qwen3_moe` to be 768 wide
and every `gpt2` to have 1024 positions, so the models here are of that shape.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.checkpoint.export.conftest import TEXTS, MakeFolder

from yanmo.checkpoint.export.gguf import GgufType, export_gguf
from yanmo.checkpoint.model_folder import load_model
from yanmo.tokens.tokenizer import Tokenizer

gguf = pytest.importorskip("gguf")
transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")

EXACT = ("embed_positions", "router")
"""Matrices that stay in float32."""
SHAPES: dict[str, dict[str, Any]] = {
    "qwen3": {"family": "qwen3", "head_dim": 128, "num_kv_heads": 1, "rope_theta": 30_000.0},
    "qwen3_untied": {"family": "qwen3", "head_dim": 128, "tie_embeddings": False},
    "gpt2": {"family": "gpt2", "max_seq_len": 1024},
    "llama": {"family": "llama", "num_kv_heads": 1, "rope_theta": 30_000.0},
    "qwen3_moe": {"family": "qwen3_moe", "num_experts": 4, "num_kv_heads": 1, "d_ff": 768},
}


def rounded(model: torch.nn.Module, dtype: GgufType) -> torch.nn.Module:
    """`model` with the weights that the file holds."""
    kind = gguf.GGMLQuantizationType[dtype.upper()]
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1 and not any(word in name for word in EXACT):
                stored = gguf.quants.quantize(parameter.numpy(), kind)
                parameter.copy_(torch.from_numpy(np.array(gguf.dequantize(stored, kind))))
    return model


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["f32", "f16", "q8_0"])
def test_scores_are_those_of_the_stored_weights(
    make_folder: MakeFolder, tmp_path: Path, shape: str, dtype: GgufType
) -> None:
    folder = make_folder(**SHAPES[shape])
    export_gguf(folder, tmp_path / "model.gguf", dtype)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(
        tmp_path, gguf_file="model.gguf", dtype=torch.float32
    ).eval()
    ours = rounded(load_model(folder), dtype)
    tokens = torch.randint(0, 340, (2, 40), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        difference = (ours(tokens=tokens).logits - theirs(tokens).logits).abs().max()
    assert difference < 1e-5


@pytest.mark.parametrize("shape", ["qwen3", "gpt2", "llama"])
def test_the_tokenizer_in_the_file_gives_the_same_ids(
    make_folder: MakeFolder, tokenizer: Tokenizer, tmp_path: Path, shape: str
) -> None:
    export_gguf(make_folder(**SHAPES[shape]), tmp_path / "model.gguf", "f16")
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path, gguf_file="model.gguf")
    for text in (*TEXTS, "You'LL see  12.5% 你好，world！\n\n \t末尾  ", "é Ω 🙂 ﷽", ""):
        expected = tokenizer.encode(text, add_special_tokens=True)
        assert theirs(text).input_ids == expected
        assert theirs.decode(theirs(text).input_ids[1:]) == text
    assert (theirs.bos_token_id, theirs.eos_token_id) == (tokenizer.bos_id, tokenizer.eos_id)
    assert theirs.pad_token_id == tokenizer.pad_id
