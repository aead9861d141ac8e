"""A decoder and its weights, made ready for the kernels in C; or the reason why they cannot run it.

Knows what parts of a Transformer the kernels have. What they compute is in `step.c`.
"""

from __future__ import annotations

import os
from typing import Literal, cast

import torch
from torch import nn

from yanmo.core.messages import t
from yanmo.inference.native.compiler import library_for
from yanmo.inference.native.instruction_sets import InstructionSet, instruction_sets_here
from yanmo.inference.native.packing import PackedWeights, large_memory
from yanmo.inference.native.runner import NativeRunner
from yanmo.inference.native.structures import (
    ACTIVATIONS,
    FORMATS,
    LayerStructure,
    ModelStructure,
    NormStructure,
    load_library,
)
from yanmo.inference.native.unsupported import Unsupported
from yanmo.models.decoder import Decoder
from yanmo.models.language_model import LanguageModel
from yanmo.models.transformer_config import TransformerConfig
from yanmo.nn.attention import Attention
from yanmo.nn.block import Block
from yanmo.nn.mlp import MLP, GatedMLP
from yanmo.nn.norm import RMSNorm
from yanmo.nn.rotary import rotary_angles
from yanmo.nn.sinusoidal import sinusoidal_encoding

Format = Literal["float32", "bfloat16", "int8", "int4"]
_PARTS = frozenset(
    {
        *(nn.Linear, nn.Embedding, nn.LayerNorm, nn.ModuleList),
        *(RMSNorm, Attention, MLP, GatedMLP, Block, Decoder),
    }
)
POSITIONS = 32
"""A slot's positions are rounded up to a multiple of this."""


def build_native_runner(
    model: LanguageModel,
    *,
    num_slots: int,
    slot_tokens: int,
    weights: Format,
    num_threads: int | None,
    instruction_set: InstructionSet | None = None,
) -> NativeRunner | Unsupported:
    """A runner for `model` in C, with `num_slots` slots of `slot_tokens` positions.

    Args:
        weights: how matrices are held; activations are rounded alike, to bfloat16 or to 8 bits
            with a scale for every 32, and the cache is bfloat16 but where weights are float32.
        num_threads: that compute a step; the cores of this machine when None.
        instruction_set: the best of this processor when None.

    The model's own weights are not needed afterwards, but for the embedding.
    """
    reason = why_unsupported(model)
    if reason is not None:
        return Unsupported(reason)
    found = open_kernels(instruction_set)
    if isinstance(found, Unsupported):
        return found
    library, chosen = found
    model = cast(Decoder, model)
    packed = PackedWeights(weights)
    structure = _describe_shape(model.config, weights)
    structure.num_slots = num_slots
    structure.slot_tokens = slot_tokens + -slot_tokens % POSITIONS
    _describe_weights(model, structure, packed, slot_tokens)
    weight_bytes = packed.num_bytes
    _add_cache(structure, packed)
    threads = num_threads or _num_cores()
    return NativeRunner(
        library,
        structure,
        packed,
        slot_tokens=slot_tokens,
        num_threads=threads,
        weight_bytes=weight_bytes,
        about=t(
            "kernels in C for {instructions}, {weights} weights, {threads} threads",
            instructions=chosen.name,
            weights=weights,
            threads=threads,
        ),
    )


def open_kernels(
    wanted: InstructionSet | None = None,
) -> tuple[object, InstructionSet] | Unsupported:
    """The compiled kernels and what they were compiled for: `wanted`, or the best that both this
    processor and its compiler know."""
    refusal = None
    for one in (wanted,) if wanted is not None else instruction_sets_here():
        path = library_for(one)
        library = path if isinstance(path, Unsupported) else load_library(path)
        if not isinstance(library, Unsupported):
            return library, one
        refusal = refusal or library
    assert refusal is not None, "plain C runs everywhere"
    return refusal


def _num_cores() -> int:
    """Cores that this process may use; all of the machine where the system does not say."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def why_unsupported(model: LanguageModel) -> str | None:
    """What of `model` the kernels do not have; None where they have everything."""
    if type(model) is not Decoder:
        return t("the kernels compute decoders, and this is none")
    config = model.config
    if model.embed.weight.device.type != "cpu":
        return t("the model is not on the processor but on {device}", device=model.device)
    if config.mlp == "mixture":
        return t("the kernels have no mixture of experts")
    if config.positions not in ("none", "rotary", "learned", "sinusoidal"):
        return t("the kernels have no {kind} positions", kind=config.positions)
    if config.norm_placement != "before":
        return t("the kernels have no norms behind their sums")
    if model.row_part is not None:
        return t("the model is spread over processes")
    for module in model.modules():
        if type(module) not in _PARTS:
            return t("a part of the model was replaced by a {kind}", kind=type(module).__name__)
    return None


def _describe_shape(config: TransformerConfig, weights: Format) -> ModelStructure:
    is_rounded = weights != "float32"
    return ModelStructure(
        num_layers=config.num_layers,
        d_model=config.d_model,
        num_heads=config.num_heads,
        num_kv_heads=config.num_kv_heads,
        head_dim=config.head_dim,
        d_ff=config.d_ff + -config.d_ff % 32,
        vocab_size=config.vocab_size,
        format=FORMATS[weights],
        cache_format=FORMATS["bfloat16" if is_rounded else "float32"],
        is_layer_norm=config.norm == "layer_norm",
        activation=ACTIVATIONS[config.activation],
        is_gated=config.mlp == "gated",
        norm_eps=config.norm_eps,
        attention_scale=config.head_dim**-0.5 if config.has_scaled_attention else 1.0,
        embedding_scale=config.embedding_scale,
        score_scale=config.score_scale,
    )


def _describe_weights(
    model: Decoder, structure: ModelStructure, packed: PackedWeights, slot_tokens: int
) -> None:
    config = model.config
    embed = model.embed.weight.detach()
    if embed.dtype not in (torch.float32, torch.bfloat16):
        embed = embed.float()
    structure.embed = packed.keep(embed.contiguous())
    structure.embed_format = FORMATS["float32" if embed.dtype == torch.float32 else "bfloat16"]
    _describe_positions(model, structure, packed, slot_tokens)
    _describe_norm(model.embed_norm, structure.embed_norm, packed)
    layers = (LayerStructure * config.num_layers)()
    structure.layers = layers
    for number, (layer, block) in enumerate(zip(layers, model.blocks, strict=True)):
        assert isinstance(block, Block), "a decoder is made of blocks"
        _describe_block(block, layer, packed)
        is_windowed = config.sliding_window is not None and number >= config.first_sliding_layer
        layer.window = config.sliding_window if is_windowed else 0
    _describe_norm(model.final_norm, structure.final_norm, packed)
    packed.matrix([model.lm_head], structure.head)
    packed.settle()


def _describe_positions(
    model: Decoder, structure: ModelStructure, packed: PackedWeights, slot_tokens: int
) -> None:
    config = model.config
    positions = torch.arange(slot_tokens)[None]  # (1, S)
    if model.embed_positions is not None:
        first = config.position_offset
        table = model.embed_positions.weight[first : first + slot_tokens]
        structure.positions = packed.vector(table)
    elif config.positions == "sinusoidal":
        table = sinusoidal_encoding(positions, config.d_model, config.sinusoidal_layout)[0]
        structure.positions = packed.vector(table)
    elif config.positions == "rotary":
        assert config.rope_theta is not None, "rotary positions have a base"
        angles = rotary_angles(positions, config.head_dim, config.rope_theta, config.rope_scaling)
        structure.rotary_cos = packed.vector(angles.cos[0, 0])  # (S, H/2)
        structure.rotary_sin = packed.vector(angles.sin[0, 0])


def _describe_block(block: Block, layer: LayerStructure, packed: PackedWeights) -> None:
    attn, mlp = block.attn, block.mlp
    _describe_norm(block.attn_norm, layer.attn_norm, packed)
    _describe_norm(block.mlp_norm, layer.mlp_norm, packed)
    layer.q_norm = packed.vector(None if attn.q_norm is None else attn.q_norm.weight)
    layer.k_norm = packed.vector(None if attn.k_norm is None else attn.k_norm.weight)
    packed.matrix([attn.q_proj, attn.k_proj, attn.v_proj], layer.qkv)
    packed.matrix([attn.o_proj], layer.out)
    if isinstance(mlp, GatedMLP):
        packed.matrix([mlp.gate_proj, mlp.up_proj], layer.up, takes_turns=True)
    else:
        assert isinstance(mlp, MLP), "a feed-forward layer is gated or plain"
        packed.matrix([mlp.up_proj], layer.up)
    packed.matrix([mlp.down_proj], layer.down)


def _describe_norm(norm: nn.Module | None, structure: NormStructure, packed: PackedWeights) -> None:
    if norm is None:
        return
    assert isinstance(norm, RMSNorm | nn.LayerNorm), "a norm is one of two"
    structure.weight = packed.vector(norm.weight)
    structure.bias = packed.vector(getattr(norm, "bias", None))


def _add_cache(structure: ModelStructure, packed: PackedWeights) -> None:
    width = structure.head_dim + -structure.head_dim % 32
    num_heads = structure.num_layers * structure.num_slots * structure.num_kv_heads
    size = 4 if structure.cache_format == FORMATS["float32"] else 2
    num_bytes = num_heads * structure.slot_tokens * width * size
    structure.keys = packed.keep(large_memory(num_bytes))
    structure.values = packed.keep(large_memory(num_bytes))
