"""From one dial to a whole shape: what a recipe leaves unset is derived here, and said aloud.

For Transformers the rule is one aspect ratio: a model of L layers is 64 L wide, with heads of 64
channels. The other models have their own rules beside their shapes, made so that one dial gives
models of about one size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.models.config import (
    RECURRENT_SEQ2SEQ_FAMILIES,
    ROTARY_FAMILIES,
    SEQ2SEQ_FAMILIES,
    TRANSFORMER_FAMILIES,
    ModelConfig,
)
from yanmo.models.convolution_config import derive_convolution
from yanmo.models.families.kinds import FAMILY_KINDS
from yanmo.models.feed_forward_config import derive_feed_forward
from yanmo.models.recurrent_config import (
    RecurrentSeq2SeqFamily,
    derive_recurrent,
    derive_recurrent_seq2seq,
)
from yanmo.models.shape import ModelShape, describe_problems
from yanmo.models.transformer_config import GROUPED_HEAD_FAMILIES, TransformerConfig

DEPTH_OF_PRESET = {"nano": 3, "tiny": 6, "small": 12, "base": 24}
DEFAULT_PRESET = "nano"
WIDTH_PER_LAYER = 64
HEAD_DIM = 64
NARROW_HEAD_DIM = 32
NARROW_WIDTH = 256
"""Models narrower than this have heads of 32 channels, so that there is more than a handful."""
VOCAB_MULTIPLE = 64
"""Embedding rows are padded to this multiple, which matrix products prefer."""
NUM_EXPERTS = 8
NUM_ACTIVE_EXPERTS = 2
_KIND_FIELDS = ("positions", "norm", "norm_placement", "mlp", "activation")
"""Kinds of parts that a recipe may set where the family leaves them open."""


@dataclass(frozen=True)
class DerivedModel:
    """A resolved shape, and one line for each number that the recipe had left open."""

    config: ModelShape
    notes: tuple[str, ...]


def derive_model(
    section: ModelConfig, tokenizer_vocab_size: int, special_ids: Mapping[str, int] | None = None
) -> DerivedModel:
    """Resolve `section` for a tokenizer of `tokenizer_vocab_size` entries.

    Args:
        special_ids: `eos` and `pad` of the tokenizer, which the shapes of some families carry; 0
            stands for them while there is no tokenizer yet.

    Raises:
        ConfigError: the dimensions set by hand do not fit each other.
    """
    vocab_size = -(-tokenizer_vocab_size // VOCAB_MULTIPLE) * VOCAB_MULTIPLE
    depth, notes = _derive_depth(section)
    given = {
        "vocab_size": vocab_size,
        "max_seq_len": section.max_seq_len,
        "dropout": section.dropout,
        "tie_embeddings": section.tie_embeddings,
    }
    derive = _derive_transformer if section.family in TRANSFORMER_FAMILIES else _derive_other
    try:
        config, more = derive(section, depth, given, special_ids or {})
    except ValidationError as error:
        raise _misfit(describe_problems(error)) from error
    notes += more
    notes.append(
        t(
            "vocab_size = {size}: the tokenizer's {entries} entries, to a multiple of 64",
            size=vocab_size,
            entries=tokenizer_vocab_size,
        )
    )
    return DerivedModel(config, tuple(notes))


def _misfit(why: str) -> ConfigError:
    return ConfigError(
        t("the model's dimensions do not fit each other"),
        where="model",
        why=why,
        hint=t("Change one of them, or leave it out: what is unset is derived from model.depth."),
    )


def _derive_depth(section: ModelConfig) -> tuple[int, list[str]]:
    if section.depth is not None:
        return section.depth, []
    preset = section.preset or DEFAULT_PRESET
    depth = DEPTH_OF_PRESET[preset]
    return depth, [f"num_layers = {depth}: " + t("preset {preset}", preset=preset)]


def _derive_transformer(
    section: ModelConfig, depth: int, given: dict[str, Any], special_ids: Mapping[str, int]
) -> tuple[ModelShape, list[str]]:
    kinds = dict(FAMILY_KINDS[section.family])
    for name in _KIND_FIELDS:
        if getattr(section, name) is not None:
            kinds[name] = getattr(section, name)
    if section.family == "t5" and section.mlp == "plain":
        kinds["activation"] = "relu"  # the first version of T5 (Raffel et al. 2020)
    if section.norm_eps is not None:
        kinds["norm_eps"] = section.norm_eps
    sizes, notes = _derive_dimensions(section, depth, kinds)
    if section.family in ROTARY_FAMILIES and kinds["positions"] == "rotary":
        kinds["rope_theta"] = section.rope_theta or 10000.0
        kinds["rope_scaling"] = section.rope_scaling
    elif section.rope_theta is not None or section.rope_scaling is not None:
        raise _misfit(t("rope_theta and rope_scaling need rotary positions"))
    if kinds["mlp"] == "mixture":
        kinds["num_experts"] = section.num_experts or NUM_EXPERTS
        kinds["num_active_experts"] = section.num_active_experts or min(
            NUM_ACTIVE_EXPERTS, kinds["num_experts"]
        )
    if section.family in SEQ2SEQ_FAMILIES:
        kinds["num_decoder_layers"] = section.num_decoder_layers or depth
        kinds["decoder_start_id"] = special_ids.get("pad", 0)
    if section.family == "marian":
        kinds["embedding_scale"] = sizes["d_model"] ** 0.5
    if section.family == "t5" and given["tie_embeddings"]:
        kinds["score_scale"] = sizes["d_model"] ** -0.5
    if kinds["form"] != "decoder":
        kinds["pad_id"] = special_ids.get("pad", 0)
    config = TransformerConfig(
        family=section.family,
        sliding_window=section.sliding_window,
        **given,
        **sizes,
        **kinds,
    )
    return config, notes


def _derive_other(
    section: ModelConfig, depth: int, given: dict[str, Any], special_ids: Mapping[str, int]
) -> tuple[ModelShape, list[str]]:
    sizes = {"d_model": section.d_model, "depth": depth} | given
    config: ModelShape
    if section.family == "rnn" or section.family == "lstm" or section.family == "gru":
        config = derive_recurrent(section.family, d_hidden=section.d_ff, **sizes)
    elif section.family == "cnn":
        config = derive_convolution(d_ff=section.d_ff, kernel_size=section.context_tokens, **sizes)
    elif section.family == "ffn":
        config = derive_feed_forward(
            d_ff=section.d_ff, context_tokens=section.context_tokens, **sizes
        )
    else:
        assert section.family in RECURRENT_SEQ2SEQ_FAMILIES, f"no rule for {section.family}"
        config = derive_recurrent_seq2seq(
            cast(RecurrentSeq2SeqFamily, section.family),
            d_hidden=section.d_ff,
            attention=section.attention or "additive",
            decoder_start_id=special_ids.get("pad", 0),
            **sizes,
        )
    return config, [
        f"{name} = {getattr(config, name)}"
        for name in ("d_model", "num_layers", "d_hidden", "d_ff", "context_tokens", "kernel_size")
        if hasattr(config, name) and getattr(section, name, None) is None
    ]


def _derive_dimensions(
    section: ModelConfig, depth: int, kinds: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    notes: list[str] = []

    def derived(name: str, value: int, why: str = "") -> int:
        notes.append(f"{name} = {value}" + (f": {why}" if why else ""))
        return value

    d_model = section.d_model or derived("d_model", WIDTH_PER_LAYER * depth, t("64 for each layer"))
    head_dim = section.head_dim or derived("head_dim", _head_dim(section, d_model))
    if head_dim < 1:
        raise _misfit(
            t(
                "head_dim, which is d_model / num_heads = {d_model} / {heads}, is less than one",
                d_model=d_model,
                heads=section.num_heads,
            )
        )
    num_heads = section.num_heads or derived(
        "num_heads", max(1, d_model // head_dim), "d_model / head_dim"
    )
    is_grouped = section.family in GROUPED_HEAD_FAMILIES and num_heads % 2 == 0
    num_kv_heads = section.num_kv_heads or derived(
        "num_kv_heads", num_heads // 2 if is_grouped else num_heads
    )
    d_ff = section.d_ff or derived("d_ff", *_feed_forward_width(section, d_model, kinds["mlp"]))
    return {
        "num_layers": depth,
        "d_model": d_model,
        "head_dim": head_dim,
        "num_heads": num_heads,
        "num_kv_heads": num_kv_heads,
        "d_ff": d_ff,
    }, notes


def _head_dim(section: ModelConfig, d_model: int) -> int:
    if section.num_heads is not None:
        return d_model // section.num_heads
    preferred = HEAD_DIM if d_model >= NARROW_WIDTH else NARROW_HEAD_DIM
    return preferred if d_model % preferred == 0 else d_model


def _feed_forward_width(section: ModelConfig, d_model: int, mlp: str) -> tuple[int, str]:
    if mlp == "plain":
        return 4 * d_model, t("4 times d_model")
    if mlp == "mixture":
        # As many active weights as one gated layer has.
        active = section.num_active_experts or NUM_ACTIVE_EXPERTS
        width = -(-8 * d_model // (3 * 64 * active)) * 64
        return width, t("8/3 of d_model over the active experts, to a multiple of 64")
    return -(-8 * d_model // (3 * 64)) * 64, t("8/3 of d_model, to a multiple of 64")
