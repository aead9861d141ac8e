"""What Llama and the families that grew out of it share in Hugging Face's form: the names of their
weights and the fields of their `config.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.models.config import Family
from yanmo.models.families.kinds import FAMILY_KINDS
from yanmo.models.families.names import NameTable
from yanmo.models.families.rope import rope_from_hf, rope_to_hf
from yanmo.models.transformer_config import TransformerConfig

ATTENTION_NAMES: NameTable = [
    ("embed", "model.embed_tokens"),
    ("blocks.{}.attn_norm", "model.layers.{}.input_layernorm"),
    ("blocks.{}.attn.q_proj", "model.layers.{}.self_attn.q_proj"),
    ("blocks.{}.attn.k_proj", "model.layers.{}.self_attn.k_proj"),
    ("blocks.{}.attn.v_proj", "model.layers.{}.self_attn.v_proj"),
    ("blocks.{}.attn.o_proj", "model.layers.{}.self_attn.o_proj"),
    ("blocks.{}.mlp_norm", "model.layers.{}.post_attention_layernorm"),
    ("final_norm", "model.norm"),
    ("lm_head", "lm_head"),
]
"""Everything but the feed-forward layer."""

QK_NORM_NAMES: NameTable = [
    ("blocks.{}.attn.q_norm", "model.layers.{}.self_attn.q_norm"),
    ("blocks.{}.attn.k_norm", "model.layers.{}.self_attn.k_norm"),
]

MLP_NAMES: NameTable = [
    ("blocks.{}.mlp.gate_proj", "model.layers.{}.mlp.gate_proj"),
    ("blocks.{}.mlp.up_proj", "model.layers.{}.mlp.up_proj"),
    ("blocks.{}.mlp.down_proj", "model.layers.{}.mlp.down_proj"),
]

_BARE = ("embed_tokens.", "layers.", "norm.")


def restore_prefix(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """`state` under the names of the whole model. Folders of the bare one, such as those of
    embedding models, leave the prefix out, which transformers puts back too."""
    return {
        f"model.{name}" if name.startswith(_BARE) else name: tensor
        for name, tensor in state.items()
    }


def shared_fields(config: TransformerConfig) -> dict[str, Any]:
    """The fields of `config.json` that all of them have."""
    return {
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
    } | rope_to_hf(config)


def read_shape(family: Family, fields: Mapping[str, Any], **more: Any) -> TransformerConfig:
    """The shape that the shared fields describe; `more` are those of the family alone.

    Raises:
        KeyError: a field is missing.
        ValueError: the folder uses a feature that the family does not have here.
    """
    if fields.get("hidden_act", "silu") != "silu":
        raise ValueError(f"hidden_act {fields['hidden_act']!r}")
    num_heads = fields["num_attention_heads"]
    own: dict[str, Any] = {
        "norm_eps": fields.get("rms_norm_eps", 1e-6),
        "d_ff": fields["intermediate_size"],
        "has_attn_bias": bool(fields.get("attention_bias")),
    }
    return TransformerConfig(
        family=family,
        vocab_size=fields["vocab_size"],
        max_seq_len=fields["max_position_embeddings"],
        d_model=fields["hidden_size"],
        num_layers=fields["num_hidden_layers"],
        num_heads=num_heads,
        num_kv_heads=fields.get("num_key_value_heads") or num_heads,
        head_dim=fields.get("head_dim") or fields["hidden_size"] // num_heads,
        dropout=fields.get("attention_dropout", 0.0),
        tie_embeddings=fields.get("tie_word_embeddings", False),
        **(FAMILY_KINDS[family] | own | rope_from_hf(fields) | more),
    )


def window_to_hf(config: TransformerConfig) -> dict[str, Any]:
    """The fields of a sliding window, in the spellings of transformers 4 and 5."""
    window = config.sliding_window
    first = config.num_layers if window is None else config.first_sliding_layer
    kinds = ["full_attention"] * first
    kinds += ["sliding_attention"] * (config.num_layers - first)
    return {
        "use_sliding_window": window is not None,
        "sliding_window": window,
        "max_window_layers": first,
        "layer_types": kinds,
    }


def window_from_hf(fields: Mapping[str, Any]) -> dict[str, Any]:
    """`sliding_window` and `first_sliding_layer` of a shape.

    Raises:
        ValueError: layers with and without a window alternate.
    """
    if not fields.get("use_sliding_window") or fields.get("sliding_window") is None:
        return {}
    num_layers = fields["num_hidden_layers"]
    first = min(fields.get("max_window_layers", 28), num_layers)
    kinds = fields.get("layer_types")
    if kinds is not None:
        first = kinds.index("sliding_attention") if "sliding_attention" in kinds else num_layers
        if "full_attention" in kinds[first:]:
            raise ValueError("layer_types that alternate")
    return {"sliding_window": fields["sliding_window"], "first_sliding_layer": first}
