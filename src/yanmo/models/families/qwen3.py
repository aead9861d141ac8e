"""Qwen3 (Yang et al. 2025): the default decoder family, and its names in Hugging Face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.models.families.kinds import FAMILY_KINDS
from yanmo.models.families.names import NameTable, rename, reverse
from yanmo.models.families.output_heads import drop_tied_head
from yanmo.models.transformer_config import TransformerConfig

MODEL_TYPE = "qwen3"
ARCHITECTURES = ("Qwen3ForCausalLM",)

NAMES: NameTable = [
    ("embed", "model.embed_tokens"),
    ("blocks.{}.attn_norm", "model.layers.{}.input_layernorm"),
    ("blocks.{}.attn.q_proj", "model.layers.{}.self_attn.q_proj"),
    ("blocks.{}.attn.k_proj", "model.layers.{}.self_attn.k_proj"),
    ("blocks.{}.attn.v_proj", "model.layers.{}.self_attn.v_proj"),
    ("blocks.{}.attn.o_proj", "model.layers.{}.self_attn.o_proj"),
    ("blocks.{}.attn.q_norm", "model.layers.{}.self_attn.q_norm"),
    ("blocks.{}.attn.k_norm", "model.layers.{}.self_attn.k_norm"),
    ("blocks.{}.mlp_norm", "model.layers.{}.post_attention_layernorm"),
    ("blocks.{}.mlp.gate_proj", "model.layers.{}.mlp.gate_proj"),
    ("blocks.{}.mlp.up_proj", "model.layers.{}.mlp.up_proj"),
    ("blocks.{}.mlp.down_proj", "model.layers.{}.mlp.down_proj"),
    ("final_norm", "model.norm"),
    ("lm_head", "lm_head"),
]


def to_hf_config(config: TransformerConfig) -> dict[str, Any]:
    """Fields of `config.json`, in the spellings of transformers 4 and of transformers 5."""
    return {
        "architectures": list(ARCHITECTURES),
        "model_type": MODEL_TYPE,
        "vocab_size": config.vocab_size,
        "hidden_size": config.d_model,
        "intermediate_size": config.d_ff,
        "num_hidden_layers": config.num_layers,
        "num_attention_heads": config.num_heads,
        "num_key_value_heads": config.num_kv_heads,
        "head_dim": config.head_dim,
        "hidden_act": "silu",
        "max_position_embeddings": config.max_seq_len,
        "rms_norm_eps": config.norm_eps,
        "attention_bias": config.has_attn_bias,
        "attention_dropout": config.dropout,
        "tie_word_embeddings": config.tie_embeddings,
        "use_sliding_window": False,
        "rope_theta": config.rope_theta,
        "rope_scaling": None,
        "rope_parameters": {"rope_theta": config.rope_theta, "rope_type": "default"},
    }


def from_hf_config(fields: Mapping[str, Any]) -> TransformerConfig:
    """The shape that a `config.json` describes.

    Raises:
        KeyError: a field is missing.
        ValueError: the folder uses a feature that this family does not have here.
    """
    rope = fields.get("rope_parameters") or {}
    scaling = fields.get("rope_scaling") or {}
    spellings = (rope.get("rope_type"), scaling.get("rope_type"), scaling.get("type"))
    rope_type = next((spelling for spelling in spellings if spelling), "default")
    if rope_type != "default":
        raise ValueError(f"rope_type {rope_type!r}")
    if fields.get("use_sliding_window"):
        raise ValueError("use_sliding_window = true")
    if fields.get("hidden_act", "silu") != "silu":
        raise ValueError(f"hidden_act {fields['hidden_act']!r}")
    if fields.get("attention_bias"):
        raise ValueError("attention_bias = true")
    num_heads = fields["num_attention_heads"]
    kinds = FAMILY_KINDS["qwen3"] | {"norm_eps": fields.get("rms_norm_eps", 1e-6)}
    return TransformerConfig(
        family="qwen3",
        vocab_size=fields["vocab_size"],
        max_seq_len=fields["max_position_embeddings"],
        d_model=fields["hidden_size"],
        d_ff=fields["intermediate_size"],
        num_layers=fields["num_hidden_layers"],
        num_heads=num_heads,
        num_kv_heads=fields.get("num_key_value_heads", num_heads),
        head_dim=fields.get("head_dim") or fields["hidden_size"] // num_heads,
        dropout=fields.get("attention_dropout", 0.0),
        tie_embeddings=fields.get("tie_word_embeddings", False),
        rope_theta=rope.get("rope_theta") or fields.get("rope_theta") or 10000.0,
        **kinds,
    )


def to_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under Hugging Face's names."""
    return rename(drop_tied_head(config, state), NAMES)


def from_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under our names."""
    return rename(state, reverse(NAMES))
