"""Rates fall from the heads down to the embedding, and reach the optimiser."""

from __future__ import annotations

import pytest
from tests.finetuning.chats import tiny_model
from tests.finetuning.heads import CLASSES

from yanmo.finetuning.layer_rates import rate_factors
from yanmo.models.task_model import TaskModel
from yanmo.training.config import AdamWConfig, MuonConfig
from yanmo.training.optimizers import build_optimizer


@pytest.mark.parametrize("config", [AdamWConfig(learning_rate=1e-3), MuonConfig()])
@pytest.mark.parametrize("family", ["bert", "qwen3", "gpt2"])
def test_each_layer_learns_at_a_part_of_the_rate_above_it(
    family: str, config: AdamWConfig | MuonConfig
) -> None:
    model = TaskModel(tiny_model(family, num_heads=4, depth=3), [CLASSES])
    rates: dict[str, float] = {}
    for factor in (None, rate_factors(3, 0.5, 4.0)):
        optimizer = build_optimizer(model, config, rate_factor=factor)
        names = {id(parameter): name for name, parameter in model.named_parameters()}
        found = {
            names[id(parameter)]: group["peak_lr"]
            for group in optimizer.param_groups
            for parameter in group["params"]
        }
        rates = {name: rate / rates[name] for name, rate in found.items()} if rates else found
    assert {name for name, p in model.named_parameters() if p.requires_grad} == set(rates)
    for name, factor in rates.items():
        if name.startswith("heads."):
            assert factor == pytest.approx(4.0)
        elif ".blocks." in name:
            assert factor == pytest.approx(0.5 ** (2 - int(name.split(".blocks.")[1][0])))
        elif ".embed" in name or "_embed" in name:
            assert factor == pytest.approx(0.125), name
        else:
            assert factor == pytest.approx(1.0), name


def test_one_rate_for_all_unless_told() -> None:
    factor = rate_factors(12, 1.0)
    assert {factor(f"backbone.blocks.{n}.mlp.up_proj.weight") for n in range(12)} == {1.0}
    assert factor("backbone.embed.weight") == factor("heads.0.out_proj.weight") == 1.0
