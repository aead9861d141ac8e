"""The estimate agrees with what is built."""

from __future__ import annotations

from pathlib import Path

import torch

from yanmo.models.build import build_model
from yanmo.models.presets import derive_model
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.plan import estimate_plan, format_plan
from yanmo.training.config import MuonConfig
from yanmo.training.optimizers import build_optimizer, optimizer_tensors


def test_plan_counts_what_the_run_will_hold(tmp_path: Path) -> None:
    recipe = load_recipe("python_docs", ["model.depth=2", "model.preset=none"])
    plan = estimate_plan(recipe, tmp_path, has_probe=False)
    shape = derive_model(recipe.model, recipe.tokenizer.vocab_size).config
    model = build_model(shape, torch.device("cpu"), seed=0)
    assert plan.num_params == model.num_params()
    assert plan.weights_bytes == sum(p.numel() * 4 for p in model.parameters())
    assert plan.total_flops == model.flops_per_token() * plan.train_tokens

    optimizer = build_optimizer(model, MuonConfig())
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    states = optimizer_tensors(model, optimizer).values()
    held = sum(value.numel() * value.element_size() for value in states if value.ndim)
    assert abs(plan.optimizer_bytes - held) < 0.01 * held


def test_plan_is_printed_with_its_units(tmp_path: Path) -> None:
    recipe = load_recipe("python_docs", ["model.depth=2", "model.preset=none", "pretrain.steps=50"])
    text = format_plan(estimate_plan(recipe, tmp_path, has_probe=True))
    for word in ("parameters", "FLOPs", "MiB", "tokens/s", "model.d_model = 128"):
        assert word in text
