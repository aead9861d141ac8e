"""Name tables: both ways, and no name is dropped in silence."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from yanmo.models.build import build_model, lay_out
from yanmo.models.config import FIELDS_OF_FAMILIES
from yanmo.models.families.names import rename, reverse
from yanmo.models.registry import FORMS, WITH_HEADS
from yanmo.models.shape import ModelShape

TABLE = [("blocks.{}.attn", "h.{}.a"), ("embed", "wte")]


def test_renaming_there_and_back_gives_the_names() -> None:
    state = {"blocks.12.attn.weight": torch.zeros(1), "embed.weight": torch.ones(1)}
    renamed = rename(state, TABLE)
    assert sorted(renamed) == ["h.12.a.weight", "wte.weight"]
    assert rename(renamed, reverse(TABLE)) == state


@pytest.mark.parametrize("name", ["blocks.x.attn.weight", "embed", "embeds.weight", "weight", ""])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        rename({name: torch.zeros(1)}, TABLE)


@pytest.mark.parametrize("family", sorted(FORMS))
def test_a_state_survives_the_way_to_hugging_face_and_back(make_shape: Any, family: str) -> None:
    model = build_model(make_shape(family, tie_embeddings=False), torch.device("cpu"), seed=3)
    state = model.state_dict()
    module = FORMS[family]
    back = module.from_hf_state(model.config, module.to_hf_state(model.config, state))
    assert back.keys() == state.keys()
    assert all(torch.equal(back[name], tensor) for name, tensor in state.items())


@pytest.mark.parametrize("family", sorted(FORMS))
@pytest.mark.parametrize("tie_embeddings", [True, False])
def test_a_shape_survives_the_way_to_hugging_face_and_back(
    make_shape: Any, family: str, tie_embeddings: bool
) -> None:
    set_by_hand = {"norm_eps": 3e-5} if family in FIELDS_OF_FAMILIES["norm_eps"] else {}
    config = make_shape(family, tie_embeddings=tie_embeddings, dropout=0.1, **set_by_hand)
    assert come_back(config) == config


def come_back(config: ModelShape) -> ModelShape:
    """The shape as it is read from what is written of it."""
    module = FORMS[config.family]
    read = module.from_hf_config(module.to_hf_config(config))
    if config.family in WITH_HEADS:  # an encoder's heads are those whose weights are there
        stored = module.to_hf_state(config, lay_out(config).state_dict())
        read = WITH_HEADS[config.family](read, list(stored))
    return read


@pytest.mark.parametrize("family", sorted(FIELDS_OF_FAMILIES["rope_scaling"]))
def test_a_stretched_and_windowed_shape_survives(make_shape: Any, family: str) -> None:
    for scaling in (
        {"kind": "linear", "factor": 2.0},
        {"kind": "yarn", "factor": 4.0, "original_max_seq_len": 8, "beta_fast": 16.0},
        {"kind": "llama3", "factor": 8.0, "original_max_seq_len": 8, "low_freq_factor": 2.0},
    ):
        window = {"sliding_window": 5} if family in FIELDS_OF_FAMILIES["sliding_window"] else {}
        config = make_shape(family, rope_scaling=scaling, **window)
        assert config.rope_scaling.kind == scaling["kind"]
        assert come_back(config) == config


SCALED = {"rope_parameters": None, "rope_theta": 1e4}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 8}
ALTERNATING = {
    "use_sliding_window": True,
    "sliding_window": 4,
    "num_hidden_layers": 3,
    "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
}
ROTARY_REFUSED = [
    pytest.param({"hidden_act": "gelu"}, "hidden_act 'gelu'", id="gelu"),
    pytest.param(
        SCALED | {"rope_scaling": {"rope_type": "dynamic", "factor": 2.0}}, "dynamic", id="dynamic"
    ),
    pytest.param({"rope_scaling": {"type": "dynamic", "factor": 2.0}}, "dynamic", id="old-dynamic"),
    pytest.param(
        {"rope_parameters": {"rope_type": "longrope", "rope_theta": 1e4}}, "longrope", id="longrope"
    ),
    pytest.param(SCALED | {"rope_scaling": YARN | {"mscale": 0.7}}, "mscale", id="mscale"),
    pytest.param(
        SCALED | {"rope_scaling": YARN | {"mscale_all_dim": 1.0}}, "mscale_all_dim", id="mscale-all"
    ),
    pytest.param(
        SCALED | {"rope_scaling": YARN | {"truncate": False}}, "truncate = false", id="untruncated"
    ),
]


@pytest.mark.parametrize("family", ["qwen3", "llama", "qwen3_moe"])
@pytest.mark.parametrize(("feature", "named"), ROTARY_REFUSED)
def test_a_feature_that_no_rotary_family_has_is_refused_by_name(
    make_shape: Any, family: str, feature: dict[str, Any], named: str
) -> None:
    assert_refused(make_shape(family), feature, named)


@pytest.mark.parametrize(
    ("family", "feature", "named"),
    [
        ("qwen3", ALTERNATING, "layer_types that alternate"),
        ("qwen3_moe", ALTERNATING, "layer_types that alternate"),
        ("qwen3_moe", {"mlp_only_layers": [0]}, "blocks without experts"),
        ("qwen3_moe", {"decoder_sparse_step": 2}, "blocks without experts"),
        ("gpt2", {"activation_function": "relu"}, "activation_function 'relu'"),
        ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, "scaled otherwise"),
        ("gpt2", {"scale_attn_weights": False}, "scaled otherwise"),
        ("t5", {"feed_forward_proj": "gated-tanh"}, "feed_forward_proj 'gated-tanh'"),
        ("t5", {"feed_forward_proj": "swish"}, "feed_forward_proj 'swish'"),
        ("marian", {"normalize_before": True}, "normalize_before"),
        ("marian", {"normalize_embedding": True}, "normalize_embedding"),
        ("marian", {"add_final_layer_norm": True}, "add_final_layer_norm"),
        ("marian", {"share_encoder_decoder_embeddings": False}, "share_encoder_decoder"),
        ("marian", {"decoder_attention_heads": 2}, "encoder_attention_heads"),
        ("marian", {"decoder_ffn_dim": 8}, "encoder_ffn_dim"),
        ("marian", {"activation_function": "tanh"}, "activation_function 'tanh'"),
        ("bert", {"hidden_act": "tanh"}, "hidden_act 'tanh'"),
        ("bert", {"position_embedding_type": "relative_key"}, "relative_key"),
        ("roberta", {"hidden_act": "relu"}, "hidden_act 'relu'"),
        ("roberta", {"is_decoder": True}, "is_decoder"),
    ],
    ids=str,
)
def test_a_feature_that_is_not_here_is_refused_by_name(
    make_shape: Any, family: str, feature: dict[str, Any], named: str
) -> None:
    assert_refused(make_shape(family), feature, named)


def assert_refused(config: Any, feature: dict[str, Any], named: str) -> None:
    """The shape is read as it is, and not with the feature."""
    module = FORMS[config.family]
    fields = module.to_hf_config(config)
    assert come_back(config) == config
    with pytest.raises(ValueError, match=named):
        module.from_hf_config(fields | feature)


def test_the_rotary_base_is_read_in_both_spellings(make_shape: Any) -> None:
    module = FORMS["qwen3"]
    fields = module.to_hf_config(make_shape("qwen3", rope_theta=5e5))
    old = {name: value for name, value in fields.items() if name != "rope_parameters"}
    new = {name: value for name, value in fields.items() if name != "rope_theta"}
    assert module.from_hf_config(old).rope_theta == 5e5
    assert module.from_hf_config(new).rope_theta == 5e5
