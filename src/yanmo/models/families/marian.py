"""The Transformer of Vaswani et al. 2017 in the form of Marian (Junczys-Dowmunt et al. 2018), and
its names in Hugging Face.

Their output bias is a row of its own; their tables of sines and cosines follow from the shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.models.families.kinds import FAMILY_KINDS
from yanmo.models.families.names import NameTable, rename, reverse
from yanmo.models.families.output_heads import drop_tied_head
from yanmo.models.transformer_config import TransformerConfig

MODEL_TYPE = "marian"
ARCHITECTURES = ("MarianMTModel",)
_ACTIVATIONS = {
    "relu": "relu",
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "silu": "silu",
    "swish": "silu",
}
_THEIR_ACTIVATIONS = {ours: theirs for theirs, ours in _ACTIVATIONS.items()}
_OUTPUT_BIAS = "final_logits_bias"
_DERIVED = (".embed_positions.weight", ".embed_tokens.weight")


def to_hf_config(config: TransformerConfig) -> dict[str, Any]:
    """Fields of `config.json`."""
    return {
        "architectures": list(ARCHITECTURES),
        "model_type": MODEL_TYPE,
        "is_encoder_decoder": True,
        "vocab_size": config.vocab_size,
        "decoder_vocab_size": config.vocab_size,
        "share_encoder_decoder_embeddings": True,
        "max_position_embeddings": config.max_seq_len,
        "d_model": config.d_model,
        "encoder_layers": config.num_layers,
        "decoder_layers": config.num_decoder_layers,
        "encoder_attention_heads": config.num_heads,
        "decoder_attention_heads": config.num_heads,
        "encoder_ffn_dim": config.d_ff,
        "decoder_ffn_dim": config.d_ff,
        "activation_function": _THEIR_ACTIVATIONS[config.activation],
        "scale_embedding": config.embedding_scale != 1.0,
        "dropout": config.dropout,
        "attention_dropout": config.dropout,
        "activation_dropout": 0.0,
        "decoder_start_token_id": config.decoder_start_id,
        "pad_token_id": config.pad_id,
        "tie_word_embeddings": config.tie_embeddings,
    }


def from_hf_config(fields: Mapping[str, Any]) -> TransformerConfig:
    """The shape that a `config.json` describes.

    Raises:
        KeyError: a field is missing.
        ValueError: the folder uses a feature that this family does not have here.
    """
    activation = fields.get("activation_function", "gelu")
    if activation not in _ACTIVATIONS:
        raise ValueError(f"activation_function {activation!r}")
    for name in ("normalize_before", "normalize_embedding", "add_final_layer_norm"):
        if fields.get(name):
            raise ValueError(f"{name} = true")
    if not fields.get("share_encoder_decoder_embeddings", True):
        raise ValueError("share_encoder_decoder_embeddings = false")
    for part in ("attention_heads", "ffn_dim"):
        if fields[f"encoder_{part}"] != fields[f"decoder_{part}"]:
            raise ValueError(f"encoder_{part} is not decoder_{part}")
    d_model, num_heads = fields["d_model"], fields["encoder_attention_heads"]
    return TransformerConfig(
        family="marian",
        vocab_size=fields["vocab_size"],
        max_seq_len=fields["max_position_embeddings"],
        d_model=d_model,
        d_ff=fields["encoder_ffn_dim"],
        num_layers=fields["encoder_layers"],
        num_decoder_layers=fields["decoder_layers"],
        num_heads=num_heads,
        num_kv_heads=num_heads,
        head_dim=d_model // num_heads,
        dropout=fields.get("dropout", 0.1),
        tie_embeddings=fields.get("tie_word_embeddings", True),
        embedding_scale=d_model**0.5 if fields.get("scale_embedding") else 1.0,
        decoder_start_id=fields.get("decoder_start_token_id", fields["pad_token_id"]),
        pad_id=fields["pad_token_id"],
        **(FAMILY_KINDS[MODEL_TYPE] | {"activation": _ACTIVATIONS[activation]}),
    )


def to_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under Hugging Face's names."""
    kept = drop_tied_head(config, state)
    bias = kept.pop("lm_head.bias")
    theirs = rename(kept, NAMES) | {_OUTPUT_BIAS: bias[None, :]}
    if not config.tie_embeddings:  # which for them unties the embeddings of the two sides as well
        for side in ("encoder", "decoder"):
            theirs[f"model.{side}.embed_tokens.weight"] = kept["embed.weight"].clone()
    return theirs


def from_hf_state(
    config: TransformerConfig, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Weights under our names. Position tables, which follow from the shape, and the copies of the
    shared embedding that old folders hold are left out.

    Raises:
        KeyError: a name that the family does not have.
        ValueError: the output bias is no single row.
    """
    kept = {name: tensor for name, tensor in state.items() if not name.endswith(_DERIVED)}
    bias = kept.pop(_OUTPUT_BIAS, torch.zeros(1, config.vocab_size))
    if bias.ndim != 2 or bias.shape[0] != 1:
        raise ValueError(f"{_OUTPUT_BIAS}: {tuple(bias.shape)}")
    return rename(kept, reverse(NAMES)) | {"lm_head.bias": bias[0].contiguous()}


def _side(side: str, layers: Mapping[str, str]) -> NameTable:
    table: NameTable = []
    for ours, theirs in layers.items():
        block = f"model.{side}.layers.{{}}.{theirs}"
        table.append((f"{side}.blocks.{{}}.{ours}_norm", f"{block}_layer_norm"))
        table += [
            (f"{side}.blocks.{{}}.{ours}.{letter}_proj", f"{block}.{letter}_proj")
            for letter in "qkv"
        ]
        table.append((f"{side}.blocks.{{}}.{ours}.o_proj", f"{block}.out_proj"))
    block = f"model.{side}.layers.{{}}"
    return [
        *table,
        (f"{side}.blocks.{{}}.mlp_norm", f"{block}.final_layer_norm"),
        (f"{side}.blocks.{{}}.mlp.up_proj", f"{block}.fc1"),
        (f"{side}.blocks.{{}}.mlp.down_proj", f"{block}.fc2"),
    ]


NAMES: NameTable = [
    ("embed", "model.shared"),
    ("lm_head", "lm_head"),
    *_side("encoder", {"attn": "self_attn"}),
    *_side("decoder", {"attn": "self_attn", "cross_attn": "encoder_attn"}),
]
