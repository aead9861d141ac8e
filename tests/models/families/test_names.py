"""Name tables: both ways, and no name is dropped in silence."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from yanmo.models.build import build_model
from yanmo.models.families.names import rename, reverse
from yanmo.models.registry import FORMS

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


@pytest.mark.parametrize("family", ["qwen3", "gpt2"])
def test_a_state_survives_the_way_to_hugging_face_and_back(make_shape: Any, family: str) -> None:
    model = build_model(make_shape(family, tie_embeddings=False), torch.device("cpu"), seed=3)
    state = model.state_dict()
    module = FORMS[family]
    back = module.from_hf_state(model.config, module.to_hf_state(model.config, state))
    assert back.keys() == state.keys()
    assert all(torch.equal(back[name], tensor) for name, tensor in state.items())


@pytest.mark.parametrize("family", ["qwen3", "gpt2"])
def test_a_shape_survives_the_way_to_hugging_face_and_back(make_shape: Any, family: str) -> None:
    config = make_shape(family, tie_embeddings=False, dropout=0.1, norm_eps=3e-5)
    module = FORMS[family]
    assert module.from_hf_config(module.to_hf_config(config)) == config


@pytest.mark.parametrize(
    ("family", "feature"),
    [
        ("qwen3", {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e6}}),
        ("qwen3", {"rope_parameters": None, "rope_scaling": {"type": "linear", "factor": 2.0}}),
        ("qwen3", {"rope_parameters": None, "rope_scaling": {"rope_type": "dynamic"}}),
        ("qwen3", {"use_sliding_window": True}),
        ("qwen3", {"hidden_act": "gelu"}),
        ("qwen3", {"attention_bias": True}),
        ("gpt2", {"activation_function": "relu"}),
        ("gpt2", {"scale_attn_by_inverse_layer_idx": True}),
        ("gpt2", {"scale_attn_weights": False}),
    ],
)
def test_a_feature_that_is_not_here_is_refused(
    make_shape: Any, family: str, feature: dict[str, Any]
) -> None:
    module = FORMS[family]
    fields = module.to_hf_config(make_shape(family))
    with pytest.raises(ValueError, match=r"\w"):
        module.from_hf_config(fields | feature)


def test_the_rotary_base_is_read_in_both_spellings(make_shape: Any) -> None:
    module = FORMS["qwen3"]
    fields = module.to_hf_config(make_shape("qwen3", rope_theta=5e5))
    old = {name: value for name, value in fields.items() if name != "rope_parameters"}
    new = {name: value for name, value in fields.items() if name != "rope_theta"}
    assert module.from_hf_config(old).rope_theta == 5e5
    assert module.from_hf_config(new).rope_theta == 5e5
