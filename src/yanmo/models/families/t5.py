"""T5 (Raffel et al. 2020), plain and gated (version 1.1), and its names in Hugging Face.

The table of relative positions, which all blocks of a side share, is stored with the first block.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.models.families.kinds import FAMILY_KINDS
from yanmo.models.families.names import NameTable, rename, reverse
from yanmo.models.families.output_heads import drop_tied_head
from yanmo.models.transformer_config import TransformerConfig

MODEL_TYPE = "t5"
ARCHITECTURES = ("T5ForConditionalGeneration",)
DEFAULT_MAX_SEQ_LEN = 512
_ACTIVATIONS = {"relu": "relu", "gelu": "gelu", "gelu_new": "gelu_tanh", "silu": "silu"}
_THEIR_ACTIVATIONS = {ours: theirs for theirs, ours in _ACTIVATIONS.items()}


def to_hf_config(config: TransformerConfig) -> dict[str, Any]:
    """Fields of `config.json`."""
    activation = _THEIR_ACTIVATIONS[config.activation]
    is_gated = config.mlp == "gated"
    # Their word for the gated form says `gelu` where it means the tanh approximation.
    spoken = "gelu" if is_gated and activation == "gelu_new" else activation
    return {
        "architectures": list(ARCHITECTURES),
        "model_type": MODEL_TYPE,
        "is_encoder_decoder": True,
        "vocab_size": config.vocab_size,
        "n_positions": config.max_seq_len,
        "d_model": config.d_model,
        "d_kv": config.head_dim,
        "d_ff": config.d_ff,
        "num_layers": config.num_layers,
        "num_decoder_layers": config.num_decoder_layers,
        "num_heads": config.num_heads,
        "relative_attention_num_buckets": config.relative_buckets,
        "relative_attention_max_distance": config.relative_max_distance,
        "dropout_rate": config.dropout,
        "layer_norm_epsilon": config.norm_eps,
        "feed_forward_proj": f"gated-{spoken}" if is_gated else spoken,
        "dense_act_fn": activation,
        "is_gated_act": is_gated,
        "decoder_start_token_id": config.decoder_start_id,
        "pad_token_id": config.pad_id,
        "tie_word_embeddings": config.tie_embeddings,
        "scale_decoder_outputs": config.score_scale != 1.0,
    }


def from_hf_config(fields: Mapping[str, Any]) -> TransformerConfig:
    """The shape that a `config.json` describes.

    Raises:
        KeyError: a field is missing.
        ValueError: the folder uses a feature that this family does not have here.
    """
    spoken = fields.get("feed_forward_proj", "relu")
    is_gated = spoken.startswith("gated-")
    activation = spoken.removeprefix("gated-")
    if is_gated and activation == "gelu":
        activation = "gelu_new"
    if activation not in _ACTIVATIONS:
        raise ValueError(f"feed_forward_proj {spoken!r}")
    d_model, num_heads = fields["d_model"], fields["num_heads"]
    is_tied = fields.get("tie_word_embeddings", True)
    is_scaled = fields.get("scale_decoder_outputs", is_tied)
    own = {
        "norm_eps": fields.get("layer_norm_epsilon", 1e-6),
        "mlp": "gated" if is_gated else "plain",
        "activation": _ACTIVATIONS[activation],
    }
    return TransformerConfig(
        family="t5",
        vocab_size=fields["vocab_size"],
        max_seq_len=fields.get("n_positions") or DEFAULT_MAX_SEQ_LEN,
        d_model=d_model,
        d_ff=fields["d_ff"],
        num_layers=fields["num_layers"],
        num_decoder_layers=fields.get("num_decoder_layers") or fields["num_layers"],
        num_heads=num_heads,
        num_kv_heads=num_heads,
        head_dim=fields["d_kv"],
        dropout=fields.get("dropout_rate", 0.1),
        tie_embeddings=is_tied,
        score_scale=d_model**-0.5 if is_scaled else 1.0,
        relative_buckets=fields.get("relative_attention_num_buckets", 32),
        relative_max_distance=fields.get("relative_attention_max_distance", 128),
        decoder_start_id=fields.get("decoder_start_token_id", fields.get("pad_token_id", 0)),
        pad_id=fields.get("pad_token_id", 0),
        **(FAMILY_KINDS[MODEL_TYPE] | own),
    )


def to_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under Hugging Face's names."""
    return rename(drop_tied_head(config, state), name_table(config))


def from_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under our names. The copies of the shared embedding that old folders hold are left
    out, and so is a table of positions for cross-attention, which nothing reads."""
    kept = {
        name: tensor
        for name, tensor in state.items()
        if not name.endswith(".embed_tokens.weight")
        and "EncDecAttention.relative_attention_bias" not in name
    }
    return rename(kept, reverse(name_table(config)))


def name_table(config: TransformerConfig) -> NameTable:
    """Our names and theirs."""
    up = "wi_1" if config.mlp == "gated" else "wi"
    return [
        ("embed", "shared"),
        ("lm_head", "lm_head"),
        *_side("encoder", {"attn": "SelfAttention"}, up),
        *_side("decoder", {"attn": "SelfAttention", "cross_attn": "EncDecAttention"}, up),
    ]


def _side(side: str, layers: Mapping[str, str], up: str) -> NameTable:
    """The names of one side; its layers stand in the order of `layers`, the feed-forward last."""
    table = [
        (f"{side}.final_norm", f"{side}.final_layer_norm"),
        (
            f"{side}.relative_bias",
            f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias",
        ),
    ]
    for index, (ours, theirs) in enumerate(layers.items()):
        block = f"{side}.block.{{}}.layer.{index}"
        table.append((f"{side}.blocks.{{}}.{ours}_norm", f"{block}.layer_norm"))
        table += [
            (f"{side}.blocks.{{}}.{ours}.{letter}_proj", f"{block}.{theirs}.{letter}")
            for letter in "qkvo"
        ]
    block = f"{side}.block.{{}}.layer.{len(layers)}"
    table.append((f"{side}.blocks.{{}}.mlp_norm", f"{block}.layer_norm"))
    mlp = {"gate_proj": "wi_0", "up_proj": up, "down_proj": "wo"}
    table += [
        (f"{side}.blocks.{{}}.mlp.{ours}", f"{block}.DenseReluDense.{theirs}")
        for ours, theirs in mlp.items()
    ]
    return table
