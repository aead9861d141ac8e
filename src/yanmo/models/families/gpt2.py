"""GPT-2 (Radford et al. 2019), and its names in Hugging Face.

There the query, key and value projections are one matrix, and every matrix is stored transposed
(its `Conv1D` computes x W, ours x W^T).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.models.families.kinds import FAMILY_KINDS
from yanmo.models.families.names import NameTable, rename, reverse
from yanmo.models.families.output_heads import drop_tied_head
from yanmo.models.transformer_config import TransformerConfig

MODEL_TYPE = "gpt2"
ARCHITECTURES = ("GPT2LMHeadModel",)

NAMES: NameTable = [
    ("embed", "transformer.wte"),
    ("embed_positions", "transformer.wpe"),
    ("blocks.{}.attn_norm", "transformer.h.{}.ln_1"),
    ("blocks.{}.attn.qkv_proj", "transformer.h.{}.attn.c_attn"),
    ("blocks.{}.attn.o_proj", "transformer.h.{}.attn.c_proj"),
    ("blocks.{}.mlp_norm", "transformer.h.{}.ln_2"),
    ("blocks.{}.mlp.up_proj", "transformer.h.{}.mlp.c_fc"),
    ("blocks.{}.mlp.down_proj", "transformer.h.{}.mlp.c_proj"),
    ("final_norm", "transformer.ln_f"),
    ("lm_head", "lm_head"),
]


def to_hf_config(config: TransformerConfig) -> dict[str, Any]:
    """Fields of `config.json`."""
    return {
        "architectures": list(ARCHITECTURES),
        "model_type": MODEL_TYPE,
        "vocab_size": config.vocab_size,
        "n_positions": config.max_seq_len,
        "n_ctx": config.max_seq_len,
        "n_embd": config.d_model,
        "n_inner": config.d_ff,
        "n_layer": config.num_layers,
        "n_head": config.num_heads,
        "activation_function": "gelu_new",
        "layer_norm_epsilon": config.norm_eps,
        "attn_pdrop": config.dropout,
        "embd_pdrop": config.dropout,
        "resid_pdrop": config.dropout,
        "scale_attn_weights": True,
        "tie_word_embeddings": config.tie_embeddings,
    }


def from_hf_config(fields: Mapping[str, Any]) -> TransformerConfig:
    """The shape that a `config.json` describes.

    Raises:
        KeyError: a field is missing.
        ValueError: the folder uses a feature that this family does not have here.
    """
    if fields.get("activation_function", "gelu_new") != "gelu_new":
        raise ValueError(f"activation_function {fields['activation_function']!r}")
    if fields.get("scale_attn_by_inverse_layer_idx") or not fields.get("scale_attn_weights", True):
        raise ValueError("attention scaled otherwise than by sqrt(head_dim)")
    d_model, num_heads = fields["n_embd"], fields["n_head"]
    kinds = FAMILY_KINDS["gpt2"] | {"norm_eps": fields.get("layer_norm_epsilon", 1e-5)}
    return TransformerConfig(
        family="gpt2",
        vocab_size=fields["vocab_size"],
        max_seq_len=fields["n_positions"],
        d_model=d_model,
        d_ff=fields.get("n_inner") or 4 * d_model,
        num_layers=fields["n_layer"],
        num_heads=num_heads,
        num_kv_heads=num_heads,
        head_dim=d_model // num_heads,
        dropout=fields.get("resid_pdrop", 0.0),
        tie_embeddings=fields.get("tie_word_embeddings", True),
        **kinds,
    )


def to_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under Hugging Face's names: q, k and v joined, matrices transposed."""
    joined: dict[str, torch.Tensor] = {}
    for name, tensor in drop_tied_head(config, state).items():
        if ".attn.q_proj." in name:
            parts = [state[name.replace("q_proj", f"{letter}_proj")] for letter in "qkv"]
            joined[name.replace("q_proj", "qkv_proj")] = torch.cat(parts)
        elif ".attn.k_proj." not in name and ".attn.v_proj." not in name:
            joined[name] = tensor
    return {
        name: tensor.t().contiguous() if _is_transposed(name) else tensor
        for name, tensor in rename(joined, NAMES).items()
    }


def from_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under our names. Folders of the bare model (no `transformer.` prefix) are read too,
    and the causal-mask buffers of old folders are left out.

    Raises:
        KeyError: a name that the family does not have.
        ValueError: a joined matrix that does not fall into queries, keys and values.
    """
    known = {}
    for name, tensor in state.items():
        if name.endswith((".attn.bias", ".attn.masked_bias")):
            continue
        full = name if name.startswith(("transformer.", "lm_head.")) else f"transformer.{name}"
        is_turned = _is_transposed(full) and tensor.ndim == 2
        known[full] = tensor.t().contiguous() if is_turned else tensor
    split: dict[str, torch.Tensor] = {}
    for name, tensor in rename(known, reverse(NAMES)).items():
        if ".attn.qkv_proj." in name:
            if tensor.ndim == 0 or tensor.shape[0] % 3:
                raise ValueError(f"{name}: {tuple(tensor.shape)}")
            for letter, part in zip("qkv", tensor.chunk(3), strict=True):
                split[name.replace("qkv_proj", f"{letter}_proj")] = part.contiguous()
        else:
            split[name] = tensor
    return split


def _is_transposed(hf_name: str) -> bool:
    return ".h." in hf_name and hf_name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight"))
