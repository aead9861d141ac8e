"""What makes a Transformer family: the kinds of its parts, as fields of `TransformerConfig`."""

from __future__ import annotations

from typing import Any

_LLAMA: dict[str, Any] = {
    "form": "decoder",
    "norm": "rms_norm",
    "norm_eps": 1e-6,
    "mlp": "gated",
    "activation": "silu",
    "positions": "rotary",
    "has_attn_bias": False,
    "has_mlp_bias": False,
}
_BERT: dict[str, Any] = {
    "form": "encoder",
    "norm": "layer_norm",
    "norm_eps": 1e-12,
    "norm_placement": "after",
    "mlp": "plain",
    "activation": "gelu",
    "positions": "learned",
    "has_attn_bias": True,
    "has_mlp_bias": True,
    "has_embedding_norm": True,
    "has_head_bias": True,
}
FAMILY_KINDS: dict[str, dict[str, Any]] = {
    "qwen3": _LLAMA | {"has_qk_norm": True},
    "llama": _LLAMA,
    "transformer": _LLAMA,
    "qwen3_moe": _LLAMA | {"has_qk_norm": True, "mlp": "mixture", "balance_loss_weight": 0.001},
    "gpt2": {
        "form": "decoder",
        "norm": "layer_norm",
        "norm_eps": 1e-5,
        "mlp": "plain",
        "activation": "gelu_tanh",
        "positions": "learned",
        "has_attn_bias": True,
        "has_mlp_bias": True,
    },
    # Blank infilling (Du et al. 2022, section 2.2): GPT-2's blocks, two positions for each token.
    "glm": {
        "form": "decoder",
        "norm": "layer_norm",
        "norm_eps": 1e-5,
        "mlp": "plain",
        "activation": "gelu_tanh",
        "positions": "two_dimensional",
        "has_attn_bias": True,
        "has_mlp_bias": True,
    },
    "bert": _BERT | {"num_segments": 2, "has_pooler": True},
    "roberta": _BERT | {"norm_eps": 1e-5, "num_segments": 1, "position_offset": 2},
    "t5": {
        "form": "encoder_decoder",
        "norm": "rms_norm",
        "norm_eps": 1e-6,
        "mlp": "gated",
        "activation": "gelu_tanh",
        "positions": "relative",
        "has_attn_bias": False,
        "has_mlp_bias": False,
        "has_scaled_attention": False,
    },
    # The Transformer of Vaswani et al. 2017, as Marian's files hold it.
    "marian": {
        "form": "encoder_decoder",
        "norm": "layer_norm",
        "norm_eps": 1e-5,
        "norm_placement": "after",
        "mlp": "plain",
        "activation": "relu",
        "positions": "sinusoidal",
        "sinusoidal_layout": "halves",
        "has_attn_bias": True,
        "has_mlp_bias": True,
        "has_head_bias": True,
    },
}
"""By family, what all its models share. A file may say otherwise where its family allows it."""
