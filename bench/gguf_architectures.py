"""llama.cpp beside yanmo on every architecture that is exported to GGUF, rotary scalings included.

Small random models are exported in float32; both programs score the same tokens, and the largest
difference is printed beside the spread of the scores. Set the peer up as in `gguf_in_llama_cpp.py`:

    python bench/gguf_architectures.py --peer /path/to/llama/bin/python

Ends with code 1 where a difference is more than a hundredth of the spread.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from yanmo.checkpoint.export.gguf import export_gguf
from yanmo.checkpoint.model_folder import load_model, save_model_folder
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

PEER = Path(__file__).parent / "peers" / "llama_cpp_greedy.py"
TEXT = "The quick brown fox jumps over the lazy dog. 敏捷的棕色狐狸跳过了懒狗。\n" * 8
CONTEXT, NUM_TOKENS = 256, 190
YARN = {"kind": "yarn", "factor": 4.0, "original_max_seq_len": 64}
CASES: list[dict[str, Any]] = [
    {"family": "qwen3", "num_kv_heads": 1, "head_dim": 48, "rope_theta": 1e6},
    {"family": "qwen3", "rope_scaling": {"kind": "linear", "factor": 2.0}},
    {"family": "qwen3", "rope_scaling": YARN},
    {"family": "llama", "num_kv_heads": 1, "tie_embeddings": False},
    {"family": "llama", "rope_scaling": YARN | {"beta_fast": 8.0, "attention_factor": 1.4}},
    {
        "family": "llama",
        "rope_scaling": {"kind": "llama3", "factor": 8.0, "original_max_seq_len": 32},
    },
    {"family": "qwen3_moe", "num_experts": 4, "num_active_experts": 2},
    {"family": "gpt2"},
    {"family": "gpt2", "tie_embeddings": False},
]


def compare(
    case: dict[str, Any], tokenizer: Tokenizer, peer: str, folder: Path
) -> tuple[float, float]:
    """The largest difference of two scores, and the standard deviation of the scores."""
    fields = {"depth": 2, "d_model": 64, "num_heads": 2, "max_seq_len": CONTEXT} | case
    ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    section = ModelConfig.model_validate(fields)
    config = derive_model(section, tokenizer.vocab_size, ids).config
    model = build_model(config, torch.device("cpu"), seed=0)
    save_model_folder(model, folder / "model", save_tokenizer=tokenizer.save, special_ids=ids)
    export_gguf(folder / "model", folder / "model.gguf", "f32")
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randint(0, tokenizer.vocab_size, (NUM_TOKENS,), generator=generator)
    path = [tokenizer.bos_id, *drawn.tolist()]
    with torch.inference_mode():
        ours = load_model(folder / "model")(tokens=torch.tensor([path])).logits[0].numpy()
    request = {
        "file": str(folder / "model.gguf"),
        "prompts": ["The"],
        "paths": [path],
        "num_tokens": 1,
        "context": CONTEXT,
        "threads": 1,
        "scores": str(folder / "scores.npz"),
    }
    subprocess.run(
        [peer, PEER], input=json.dumps(request), capture_output=True, text=True, check=True
    )
    theirs = np.load(folder / "scores.npz")["arr_0"]
    return float(np.abs(ours - theirs).max()), float(ours.std())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, help="the Python that has llama-cpp-python")
    args = parser.parse_args()
    tokenizer = train_tokenizer([TEXT], 300)
    is_good = True
    print("max |score difference|  spread of scores  model")
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            gap, spread = compare(case, tokenizer, args.peer, Path(folder))
        is_good = is_good and gap < spread / 100
        print(f"{gap:<24.1e}{spread:<18.3f}{json.dumps(case)}", flush=True)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
