"""Qwen3 with a mixture of experts in every block (Yang et al. 2025), and its names in Hugging Face.

`d_ff` is the width of one expert; their `intermediate_size`, the width of a block without experts,
is written as the experts' widths that a token uses, and read nowhere. A sliding window holds in all
blocks: unlike Qwen3, this family has no blocks before the first windowed one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from yanmo.models.families.llama_layout import (
    ATTENTION_NAMES,
    QK_NORM_NAMES,
    read_shape,
    restore_prefix,
    shared_fields,
    window_from_hf,
    window_to_hf,
)
from yanmo.models.families.names import NameTable, rename, reverse
from yanmo.models.families.output_heads import drop_tied_head
from yanmo.models.transformer_config import TransformerConfig

MODEL_TYPE = "qwen3_moe"
ARCHITECTURES = ("Qwen3MoeForCausalLM",)
EXPERT_NAMES: NameTable = [("blocks.{}.mlp.router", "model.layers.{}.mlp.gate")] + [
    (f"blocks.{{}}.mlp.experts.{{}}.{part}", f"model.layers.{{}}.mlp.experts.{{}}.{part}")
    for part in ("gate_proj", "up_proj", "down_proj")
]
NAMES = ATTENTION_NAMES + QK_NORM_NAMES + EXPERT_NAMES


def to_hf_config(config: TransformerConfig) -> dict[str, Any]:
    """Fields of `config.json`, with the number of experts in the spellings of transformers 4 and
    5."""
    own = {
        "intermediate_size": config.d_ff * config.num_active_experts,
        "moe_intermediate_size": config.d_ff,
        "num_experts": config.num_experts,
        "num_local_experts": config.num_experts,
        "num_experts_per_tok": config.num_active_experts,
        "norm_topk_prob": config.has_normalized_weights,
        "router_aux_loss_coef": config.balance_loss_weight,
        "output_router_logits": False,
        "decoder_sparse_step": 1,
        "mlp_only_layers": [],
    }
    return (
        {"architectures": list(ARCHITECTURES), "model_type": MODEL_TYPE}
        | shared_fields(config)
        | window_to_hf(config)
        | own
    )


def from_hf_config(fields: Mapping[str, Any]) -> TransformerConfig:
    """The shape that a `config.json` describes.

    Raises:
        KeyError: a field is missing.
        ValueError: the folder uses a feature that this family does not have here.
    """
    if fields.get("decoder_sparse_step", 1) != 1 or fields.get("mlp_only_layers"):
        raise ValueError("blocks without experts among those with them")
    spelling = "num_experts" if "num_experts" in fields else "num_local_experts"
    return read_shape(
        "qwen3_moe",
        fields,
        d_ff=fields["moe_intermediate_size"],
        num_experts=fields[spelling],
        num_active_experts=fields["num_experts_per_tok"],
        has_normalized_weights=bool(fields.get("norm_topk_prob", False)),
        balance_loss_weight=fields.get("router_aux_loss_coef", 0.001),
        **(window_from_hf(fields) | {"first_sliding_layer": 0}),
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
    return rename(restore_prefix(state), reverse(NAMES))
