"""Adapters on whole models: which weights learn, and that merging changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.models.task_backbones import (
    build_backbone,
    build_task_model,
    classes,
    draw_rows,
    tagger,
)
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.finetuning.lora import apply_lora, freeze_backbone, merge_lora
from yanmo.finetuning.lora_config import LoRAConfig
from yanmo.nn.lora import lora_layers

CONFIG = LoRAConfig(rank=2, alpha=6.0)


def stir(model: nn.Module) -> None:
    """Give B numbers, as learning would."""
    for name, layer in lora_layers(model):
        nn.init.normal_(layer.lora_b, generator=torch.Generator().manual_seed(len(name)))


@pytest.mark.parametrize("family", ["qwen3", "llama", "gpt2", "bert", "roberta"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_merged_logits_equal_unmerged_ones(
    family: str, dtype: torch.dtype, tolerance: float
) -> None:
    model = build_backbone(family).to(dtype).eval()
    tokens = draw_rows()["tokens"]
    before = model(tokens).scores
    names = apply_lora(model, CONFIG)
    assert torch.equal(model(tokens).scores, before), "a fresh adapter changes nothing"
    stir(model)
    adapted = model(tokens).scores
    assert (adapted - before).abs().max() > 1e-2
    assert merge_lora(model) == names and not list(lora_layers(model))
    torch.testing.assert_close(model(tokens).scores, adapted, atol=tolerance, rtol=0)


def test_a_merged_model_is_stored_under_the_names_it_had() -> None:
    model = build_backbone("qwen3")
    before = set(model.state_dict())
    apply_lora(model, CONFIG)
    added = set(model.state_dict()) - before
    assert added and all(".lora_" in name for name in added)
    merge_lora(model)
    assert set(model.state_dict()) == before


@pytest.mark.parametrize(
    ("family", "head", "also"),
    [("bert", classes("pooler"), {"pooler"}), ("qwen3", tagger(has_crf=True), set())],
)
def test_small_matrices_and_heads_alone_learn(family: str, head: Any, also: set[str]) -> None:
    model = build_task_model(family, head)
    names = apply_lora(model, LoRAConfig(targets=("q_proj", "up_proj")))
    assert len(names) == 4 and all(name.startswith("backbone.blocks.") for name in names)
    learned = {name for name, weight in model.named_parameters() if weight.requires_grad}
    expected = {f"{name}.lora_{letter}" for name in names for letter in "ab"}
    expected |= {f"heads.{name}" for name, _ in model.heads.named_parameters()}
    expected |= {f"backbone.{part}.{kind}" for part in also for kind in ("weight", "bias")}
    assert learned == expected
    model.train()
    rows = draw_rows()
    labels = torch.tensor([2, 1, 0]) if also else torch.zeros(3, 12, dtype=torch.int64)
    model(**rows, labels=labels).loss_sum.backward()
    assert all((weight.grad is not None) == weight.requires_grad for weight in model.parameters())


def test_an_adapter_goes_on_learning_after_the_rest_is_frozen_again() -> None:
    model = build_backbone("qwen3")
    names = apply_lora(model, CONFIG)
    learned = {name for name, weight in model.named_parameters() if weight.requires_grad}
    freeze_backbone(model.requires_grad_(True))
    assert {name for name, weight in model.named_parameters() if weight.requires_grad} == learned
    assert len(learned) == 2 * len(names)


def test_adapters_begin_from_their_seed() -> None:
    first, again, other = (build_backbone("qwen3") for _ in range(3))
    apply_lora(first, CONFIG, seed=1)
    apply_lora(again, CONFIG, seed=1)
    apply_lora(other, CONFIG, seed=2)
    for (name, one), (_, two), (_, three) in zip(
        lora_layers(first), lora_layers(again), lora_layers(other), strict=True
    ):
        assert torch.equal(one.lora_a, two.lora_a), name
        assert not torch.equal(one.lora_a, three.lora_a), name


@pytest.mark.parametrize(("family", "target"), [("gpt2", "gate_proj"), ("lstm", "q_proj")])
def test_a_target_that_the_model_lacks_is_refused(family: str, target: Any) -> None:
    with pytest.raises(ConfigError, match=target):
        apply_lora(build_backbone(family), LoRAConfig(targets=(target,)))
