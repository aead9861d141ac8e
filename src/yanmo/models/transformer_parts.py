"""The parts that Transformers of all three forms are put together from, as a configuration says."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

from yanmo.models.transformer_config import TransformerConfig
from yanmo.nn.attention import Attention, CrossAttention
from yanmo.nn.block import Block
from yanmo.nn.mixture import MixtureOfExperts
from yanmo.nn.mlp import MLP, GatedMLP
from yanmo.nn.norm import build_norm
from yanmo.nn.relative_bias import RelativeBias
from yanmo.nn.rotary import RotaryAngles, rotary_angles
from yanmo.nn.sinusoidal import sinusoidal_encoding

A = TypeVar("A", bound=Attention)


def build_blocks(
    config: TransformerConfig, num_layers: int, *, has_cross_attention: bool = False
) -> nn.ModuleList:
    """`num_layers` blocks."""
    return nn.ModuleList(
        _build_block(config, layer, has_cross_attention=has_cross_attention)
        for layer in range(num_layers)
    )


def blocks_of(model: nn.Module) -> list[Block]:
    """The blocks of a Transformer, an encoder's before a decoder's; none in other models."""
    return [module for module in model.modules() if isinstance(module, Block)]


def build_final_norm(config: TransformerConfig) -> nn.Module | None:
    """The norm after the last block; None where every block ends with a norm."""
    return _build_norm(config) if config.norm_placement == "before" else None


def build_embedding_norm(config: TransformerConfig) -> nn.Module | None:
    """The norm of the sum of embeddings, where the family has one."""
    return _build_norm(config) if config.has_embedding_norm else None


def build_position_table(config: TransformerConfig) -> nn.Embedding | None:
    """The table of learned positions, where positions are learned."""
    if config.positions not in ("learned", "two_dimensional"):
        return None
    return nn.Embedding(config.position_offset + config.max_seq_len, config.d_model)


def build_relative_bias(
    config: TransformerConfig, *, is_bidirectional: bool
) -> RelativeBias | None:
    """The bias by distance that a stack of blocks shares, where positions are relative."""
    if config.positions != "relative":
        return None
    return RelativeBias(
        config.relative_buckets,
        config.relative_max_distance,
        config.num_heads,
        is_bidirectional,
    )


def add_positions(
    x: torch.Tensor,
    positions: torch.Tensor,
    table: nn.Embedding | None,
    config: TransformerConfig,
) -> torch.Tensor:
    """Scale token embeddings `x` (B, T, D) and add what belongs to `positions` (B, T), where
    positions are added at all."""
    if config.embedding_scale != 1.0:
        x = x * config.embedding_scale
    if table is not None:
        learned: torch.Tensor = table(positions + config.position_offset)
        return x + learned
    if config.positions == "sinusoidal":
        encoding = sinusoidal_encoding(positions, config.d_model, config.sinusoidal_layout)
        return x + encoding.to(x.dtype)
    return x


def rotary_angles_of(config: TransformerConfig, positions: torch.Tensor) -> RotaryAngles | None:
    """Rotation angles of `positions` (B, T), where positions are rotary."""
    if config.positions != "rotary":
        return None
    assert config.rope_theta is not None, "rotary positions have a base"
    return rotary_angles(positions, config.head_dim, config.rope_theta, config.rope_scaling)


def compute_dtype(weight: torch.Tensor) -> torch.dtype:
    """The dtype in which attention runs: the autocast one, or that of the weights."""
    if torch.is_autocast_enabled(weight.device.type):
        return torch.get_autocast_dtype(weight.device.type)
    return weight.dtype


def _build_block(config: TransformerConfig, layer: int, *, has_cross_attention: bool) -> Block:
    return Block(
        attn=_build_attention(Attention, config, layer),
        mlp=_build_mlp(config),
        attn_norm=_build_norm(config),
        mlp_norm=_build_norm(config),
        dropout=config.dropout,
        is_post_norm=config.norm_placement == "after",
        cross_attn=_build_attention(CrossAttention, config, layer) if has_cross_attention else None,
        cross_attn_norm=_build_norm(config) if has_cross_attention else None,
    )


def _build_attention(kind: type[A], config: TransformerConfig, layer: int) -> A:
    has_window = config.sliding_window is not None and layer >= config.first_sliding_layer
    return kind(
        d_model=config.d_model,
        num_heads=config.num_heads,
        num_kv_heads=config.num_kv_heads,
        head_dim=config.head_dim,
        has_bias=config.has_attn_bias,
        norm_eps=config.norm_eps if config.has_qk_norm else None,
        dropout=config.dropout,
        is_scaled=config.has_scaled_attention,
        is_windowed=has_window,
    )


def _build_mlp(config: TransformerConfig) -> nn.Module:
    if config.mlp == "mixture":
        return MixtureOfExperts(
            config.d_model,
            config.d_ff,
            config.num_experts,
            config.num_active_experts,
            config.activation,
            config.has_normalized_weights,
        )
    mlp_class = GatedMLP if config.mlp == "gated" else MLP
    return mlp_class(
        d_model=config.d_model,
        d_ff=config.d_ff,
        activation=config.activation,
        has_bias=config.has_mlp_bias,
    )


def _build_norm(config: TransformerConfig) -> nn.Module:
    return build_norm(config.norm, config.d_model, config.norm_eps)
