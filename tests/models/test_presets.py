"""From one dial to a whole shape, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from yanmo.core.errors import ConfigError
from yanmo.models.config import ModelConfig
from yanmo.models.presets import DEPTH_OF_PRESET, derive_model


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
