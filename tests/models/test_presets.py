"""From one dial to a whole shape, and what is refused."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from yanmo.core.errors import ConfigError
from yanmo.models.config import Family, ModelConfig
from yanmo.models.presets import DEPTH_OF_PRESET, derive_model
from yanmo.models.recurrent_config import RecurrentSeq2SeqConfig
from yanmo.models.transformer_config import TransformerConfig


def derive(**fields: Any) -> dict[str, Any]:
    return derive_model(ModelConfig.model_validate(fields), 1000).config.model_dump()


@pytest.mark.parametrize("family", ["qwen3", "gpt2"])
@pytest.mark.parametrize("preset", ["nano", "tiny", "small", "base"])
def test_a_preset_is_a_depth(family: str, preset: str) -> None:
    depth = DEPTH_OF_PRESET[preset]
    assert derive(family=family, preset=preset) == derive(family=family, depth=depth)


def test_nothing_set_is_the_smallest_preset() -> None:
    assert derive() == derive(preset="nano")


def test_width_and_heads_follow_from_depth() -> None:
    shape = derive(depth=6)
    assert (shape["num_layers"], shape["d_model"], shape["head_dim"]) == (6, 384, 64)
    assert (shape["num_heads"], shape["num_kv_heads"], shape["d_ff"]) == (6, 3, 1024)
    shape = derive(depth=6, family="gpt2")
    assert (shape["num_heads"], shape["num_kv_heads"], shape["d_ff"]) == (6, 6, 1536)


def test_an_odd_number_of_heads_is_not_grouped() -> None:
    shape = derive(depth=5)
    assert (shape["num_heads"], shape["num_kv_heads"]) == (5, 5)


def test_the_width_of_a_head_follows_from_their_number() -> None:
    for family in ("qwen3", "gpt2"):
        shape = derive(family=family, d_model=128, num_heads=4)
        assert (shape["num_heads"], shape["head_dim"]) == (4, 32)


def test_what_is_set_by_hand_stays() -> None:
    given = {"d_model": 96, "d_ff": 100, "num_heads": 6, "num_kv_heads": 2, "head_dim": 32}
    shape = derive(depth=3, rope_theta=5e5, norm_eps=1e-4, dropout=0.1, **given)
    assert {name: shape[name] for name in given} == given
    assert (shape["rope_theta"], shape["norm_eps"], shape["dropout"]) == (5e5, 1e-4, 0.1)


def test_every_derived_number_is_said_aloud() -> None:
    notes = derive_model(ModelConfig(), 1000).notes
    names = {note.partition(" = ")[0] for note in notes}
    dimensions = {"num_layers", "d_model", "head_dim", "num_heads", "num_kv_heads", "d_ff"}
    assert names == dimensions | {"vocab_size"}
    by_hand = dict.fromkeys(dimensions - {"num_layers"}, 64) | {"depth": 1}
    assert len(derive_model(ModelConfig.model_validate(by_hand), 1000).notes) == 1


@pytest.mark.parametrize(("entries", "rows"), [(1, 64), (64, 64), (65, 128), (16_384, 16_384)])
def test_the_vocabulary_is_padded_to_a_multiple_of_64(entries: int, rows: int) -> None:
    assert derive_model(ModelConfig(), entries).config.vocab_size == rows


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"num_heads": 4, "num_kv_heads": 3}, "num_kv_heads = 3"),
        ({"head_dim": 7}, "head_dim"),
        ({"d_model": 8, "num_heads": 16}, "head_dim"),
        ({"family": "gpt2", "num_heads": 4, "num_kv_heads": 2}, "num_kv_heads = 2"),
        ({"family": "gpt2", "d_model": 64, "num_heads": 3}, "d_model = 64"),
        ({"family": "gpt2", "d_model": 64, "head_dim": 24}, "head_dim = 24"),
    ],
)
def test_dimensions_that_do_not_fit_are_refused_by_name(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        derive(**fields)
    assert caught.value.where == "model"
    assert caught.value.why is not None
    assert named in caught.value.why


@pytest.mark.parametrize(
    "fields",
    [
        {"preset": "nano", "depth": 4},
        {"preset": "huge"},
        {"family": "gpt2", "rope_theta": 1e5},
        {"depth": 0},
        {"dropout": 1.0},
        {"d_modle": 64},
        {"rope_theta": float("inf")},
    ],
)
def test_a_section_that_contradicts_itself_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ModelConfig.model_validate(fields)


IDS = {"eos": 7, "pad": 9}


@pytest.mark.parametrize("family", get_args(Family))
@pytest.mark.parametrize("depth", [1, 3, 6])
def test_one_dial_makes_a_model_of_every_family(family: str, depth: int) -> None:
    section = ModelConfig.model_validate({"family": family, "depth": depth, "max_seq_len": 64})
    derived = derive_model(section, 1000, IDS)
    assert derived.config.family == family
    assert derived.config.vocab_size == 1024
    assert derived.config.max_seq_len == 64
    assert derived.config.flops_per_token() > 0
    said = dict(note.partition(":")[0].split(" = ") for note in derived.notes)
    for name, value in said.items():
        assert str(getattr(derived.config, name)) == value


def test_encoder_decoders_begin_with_padding_and_say_what_pads() -> None:
    for family in ("t5", "marian"):
        shape = derive_model(ModelConfig(family=family, num_decoder_layers=5), 1000, IDS).config
        assert isinstance(shape, TransformerConfig)
        assert (shape.decoder_start_id, shape.pad_id) == (9, 9)
        assert (shape.num_layers, shape.num_decoder_layers) == (3, 5)
    shape = derive_model(ModelConfig(family="gru_seq2seq"), 1000, IDS).config
    assert isinstance(shape, RecurrentSeq2SeqConfig)
    assert (shape.decoder_start_id, shape.attention) == (9, "additive")


def test_scales_that_follow_from_the_width() -> None:
    assert derive(family="marian", d_model=64)["embedding_scale"] == 8.0
    assert derive(family="t5", d_model=64)["score_scale"] == 1 / 8
    assert derive(family="t5", d_model=64, tie_embeddings=False)["score_scale"] == 1.0
    assert derive(family="t5", mlp="plain")["activation"] == "relu"


def test_a_mixture_has_as_many_active_weights_as_one_layer() -> None:
    plain, mixture = derive(depth=6), derive(family="qwen3_moe", depth=6)
    assert (mixture["num_experts"], mixture["num_active_experts"]) == (8, 2)
    assert mixture["d_ff"] * mixture["num_active_experts"] == plain["d_ff"]
    one = derive(family="qwen3_moe", num_experts=1)
    assert one["num_active_experts"] == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"family": "qwen3_moe", "num_experts": 2, "num_active_experts": 3}, "num_active_experts"),
        ({"family": "transformer", "positions": "alibi", "rope_theta": 1e5}, "rotary positions"),
        (
            {
                "family": "transformer",
                "positions": "none",
                "rope_scaling": {"kind": "linear", "factor": 2.0},
            },
            "rotary positions",
        ),
        ({"family": "bert", "num_heads": 4, "num_kv_heads": 2}, "bert does not group heads"),
        ({"family": "marian", "d_model": 64, "num_heads": 3}, "d_model = 64"),
        ({"family": "t5", "num_heads": 4, "num_kv_heads": 2}, "t5 does not group heads"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        derive(**fields)
    assert caught.value.why is not None and named in caught.value.why


@pytest.mark.parametrize(
    ("family", "field", "value"),
    [
        ("gpt2", "positions", "rotary"),
        ("qwen3", "norm", "layer_norm"),
        ("llama", "sliding_window", 8),
        ("marian", "norm_eps", 1e-6),
        ("lstm", "num_heads", 2),
        ("qwen3", "num_experts", 4),
        ("gpt2", "num_decoder_layers", 2),
        ("rnn", "attention", "additive"),
        ("bert", "rope_theta", 1e4),
        ("t5", "activation", "relu"),
        ("lstm", "context_tokens", 3),
    ],
)
def test_a_field_of_another_family_is_refused_with_those_that_have_it(
    family: str, field: str, value: Any
) -> None:
    with pytest.raises(ValidationError, match=f"{field} has no effect in {family}; it belongs to"):
        ModelConfig.model_validate({"family": family, field: value})


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"family": "transformer", "positions": "sinusoidal", "d_model": 33}, "even d_model"),
        ({"family": "marian", "d_model": 33, "num_heads": 3}, "even d_model"),
        ({"family": "ffn", "max_seq_len": 16, "context_tokens": 17}, "context_tokens = 17"),
    ],
)
def test_a_width_that_no_layer_can_have_is_refused_with_a_way_out(
    fields: dict[str, Any], why: str
) -> None:
    with pytest.raises(ConfigError, match=why) as refused:
        derive(**fields)
    assert "leave it out" in str(refused.value)
