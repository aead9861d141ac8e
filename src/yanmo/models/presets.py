"""From one dial to a whole shape: what a recipe leaves unset is derived here, and said aloud.

The rule is one aspect ratio: a model of L layers is 64 L wide, with heads of 64 channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.models.config import ModelConfig
from yanmo.models.transformer_config import TransformerConfig, describe_problems

DEPTH_OF_PRESET = {"nano": 3, "tiny": 6, "small": 12, "base": 24}
DEFAULT_PRESET = "nano"
WIDTH_PER_LAYER = 64
HEAD_DIM = 64
NARROW_HEAD_DIM = 32
NARROW_WIDTH = 256
"""Models narrower than this have heads of 32 channels, so that there is more than a handful."""
VOCAB_MULTIPLE = 64
"""Embedding rows are padded to this multiple, which matrix products prefer."""


@dataclass(frozen=True)
class DerivedModel:
    """A resolved shape, and one line for each number that the recipe had left open."""

    config: TransformerConfig
    notes: tuple[str, ...]


def derive_model(section: ModelConfig, tokenizer_vocab_size: int) -> DerivedModel:
    """Resolve `section` for a tokenizer of `tokenizer_vocab_size` entries.

    Raises:
        ConfigError: the dimensions set by hand do not fit each other.
    """
    fields, notes = _derive_dimensions(section)
    if fields["head_dim"] < 1:
        raise ConfigError(
            t("the model's dimensions do not fit each other"),
            where="model",
            why=t(
                "head_dim, which is d_model / num_heads = {d_model} / {heads}, is less than one",
                d_model=fields["d_model"],
                heads=fields["num_heads"],
            ),
        )
    family = FAMILY_FIELDS[section.family]
    vocab_size = -(-tokenizer_vocab_size // VOCAB_MULTIPLE) * VOCAB_MULTIPLE
    notes.append(
        t(
            "vocab_size = {size}: the tokenizer's {entries} entries, to a multiple of 64",
            size=vocab_size,
            entries=tokenizer_vocab_size,
        )
    )
    if section.family == "qwen3":
        fields["rope_theta"] = section.rope_theta or 10000.0
    try:
        config = TransformerConfig(
            family=section.family,
            vocab_size=vocab_size,
            max_seq_len=section.max_seq_len,
            dropout=section.dropout,
            tie_embeddings=section.tie_embeddings,
            norm_eps=section.norm_eps or family["norm_eps"],
            **{name: value for name, value in family.items() if name != "norm_eps"},
            **fields,
        )
    except ValidationError as error:
        raise ConfigError(
            t("the model's dimensions do not fit each other"),
            where="model",
            why=describe_problems(error),
        ) from error
    return DerivedModel(config, tuple(notes))


FAMILY_FIELDS: dict[str, dict[str, Any]] = {
    "qwen3": {
        "norm": "rms_norm",
        "norm_eps": 1e-6,
        "mlp": "gated",
        "activation": "silu",
        "positions": "rotary",
        "has_qk_norm": True,
        "has_bias": False,
    },
    "gpt2": {
        "norm": "layer_norm",
        "norm_eps": 1e-5,
        "mlp": "plain",
        "activation": "gelu_tanh",
        "positions": "learned",
        "has_qk_norm": False,
        "has_bias": True,
    },
}
"""What makes a family: the kinds of its parts."""


def _derive_dimensions(section: ModelConfig) -> tuple[dict[str, Any], list[str]]:
    notes: list[str] = []
    depth = section.depth
    if depth is None:
        preset = section.preset or DEFAULT_PRESET
        depth = DEPTH_OF_PRESET[preset]
        notes.append(f"num_layers = {depth}: " + t("preset {preset}", preset=preset))
    d_model = section.d_model
    if d_model is None:
        d_model = WIDTH_PER_LAYER * depth
        notes.append(f"d_model = {d_model}: " + t("64 for each layer"))
    head_dim = section.head_dim
    if head_dim is None:
        if section.num_heads is not None:
            head_dim = d_model // section.num_heads
        else:
            preferred = HEAD_DIM if d_model >= NARROW_WIDTH else NARROW_HEAD_DIM
            head_dim = preferred if d_model % preferred == 0 else d_model
        notes.append(f"head_dim = {head_dim}")
    num_heads = section.num_heads
    if num_heads is None:
        num_heads = max(1, d_model // head_dim)
        notes.append(f"num_heads = {num_heads}: d_model / head_dim")
    num_kv_heads = section.num_kv_heads
    if num_kv_heads is None:
        is_grouped = section.family == "qwen3" and num_heads % 2 == 0
        num_kv_heads = num_heads // 2 if is_grouped else num_heads
        notes.append(f"num_kv_heads = {num_kv_heads}")
    d_ff = section.d_ff
    if d_ff is None:
        is_gated = FAMILY_FIELDS[section.family]["mlp"] == "gated"
        d_ff = -(-8 * d_model // (3 * 64)) * 64 if is_gated else 4 * d_model
        ratio = t("8/3 of d_model, to a multiple of 64") if is_gated else t("4 times d_model")
        notes.append(f"d_ff = {d_ff}: {ratio}")
    return {
        "num_layers": depth,
        "d_model": d_model,
        "head_dim": head_dim,
        "num_heads": num_heads,
        "num_kv_heads": num_kv_heads,
        "d_ff": d_ff,
    }, notes
