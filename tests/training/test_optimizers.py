"""Every parameter is in its group: what is not to be decayed is not; Muon's updates are
orthogonal; states are saved by name."""

from __future__ import annotations

import pytest
import torch
from tests.training.small_job import build_model
from torch import nn

from yanmo.models.build import build_model as models_build
from yanmo.models.config import Family, ModelConfig
from yanmo.models.presets import derive_model
from yanmo.training.config import (
    AdafactorConfig,
    AdamConfig,
    AdamWConfig,
    LionConfig,
    MuonConfig,
    SGDConfig,
)
from yanmo.training.optimizer_config import OptimizerConfig
from yanmo.training.optimizers import (
    MixedOptimizer,
    build_optimizer,
    load_optimizer_tensors,
    optimizer_tensors,
)
from yanmo.training.update_rules.muon import orthogonalize


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 6, 20), (2, 20, 6)])
def test_orthogonalized_matrices_have_singular_values_near_one(
    shape: tuple[int, int, int],
) -> None:
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    found = orthogonalize(matrices, 5)
    values = torch.linalg.svdvals(found)
    assert found.shape == matrices.shape
    assert float(values.min()) > 0.5
    assert float(values.max()) < 1.3
    left, _, right = torch.linalg.svd(matrices, full_matrices=False)
    cosine = nn.functional.cosine_similarity(found.flatten(), (left @ right).flatten(), dim=0)
    assert float(cosine) > 0.95


CONFIGS: tuple[OptimizerConfig, ...] = (
    MuonConfig(),
    AdamWConfig(),
    AdamConfig(weight_decay=0.1),
    SGDConfig(weight_decay=0.1),
    AdafactorConfig(weight_decay=0.1),
    LionConfig(),
)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: c.name)
def test_every_parameter_is_in_one_group_and_only_matrices_decay(config: OptimizerConfig) -> None:
    model = build_model()
    optimizer = build_optimizer(model, config, l1_penalty=0.1, l2_penalty=0.2)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    seen = [names[id(p)] for group in optimizer.param_groups for p in group["params"]]
    assert sorted(seen) == sorted(names.values())
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            name = names[id(parameter)]
            is_matrix = "proj" in name
            assert (group["weight_decay"] > 0) == is_matrix, name
            assert (group["l1"], group["l2"]) == ((0.1, 0.2) if is_matrix else (0, 0)), name
            assert (group["kind"] == "muon") == (is_matrix and config.name == "muon"), name


@pytest.mark.parametrize(
    ("family", "with_adamw"),
    [
        ("qwen3_moe", {"blocks.0.mlp.router.weight"}),
        ("bert", {"pooler.weight", "mlm_head.dense.weight"}),
        ("t5", set()),
        ("glm", set()),
        ("lstm", {"recurrent.layers.weight_hh_l0", "hidden_proj.weight"}),
    ],
)
def test_muon_takes_linear_layers_of_blocks_and_nothing_else(
    family: Family, with_adamw: set[str]
) -> None:
    section = ModelConfig(family=family, depth=2, max_seq_len=16)
    config = derive_model(section, 300, {"eos": 0, "pad": 1}).config
    model = models_build(config, torch.device("meta"), None)
    groups = build_optimizer(model, MuonConfig()).param_groups
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    by_kind = {
        (group["kind"], group["weight_decay"] > 0): {names[id(p)] for p in group["params"]}
        for group in groups
    }
    muon = by_kind.get(("muon", True), set())
    assert all("blocks." in name and "_proj." in name for name in muon)
    assert bool(muon) == (family != "lstm")
    assert with_adamw <= by_kind.get(("adamw", True), set())
    undecayed = by_kind["adamw", False]
    assert {"embed.weight"} <= undecayed
    assert all("relative_bias" not in name for name in names.values() if name not in undecayed)
    assert len(muon) + sum(len(by_kind.get(("adamw", d), ())) for d in (True, False)) == len(names)


def test_adamw_counts_the_steps_of_each_parameter() -> None:
    late, always = (nn.Parameter(torch.ones(2, 2)) for _ in range(2))
    group = {"kind": "adamw", "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.0}
    optimizer = MixedOptimizer([group | {"params": [always, late], "lr": 0.1}])
    for step in range(3):
        always.grad = torch.ones(2, 2)
        late.grad = torch.ones(2, 2) if step == 2 else None
        optimizer.step()
    # The first step of AdamW is one learning rate, whenever it comes.
    torch.testing.assert_close(late.detach(), torch.full((2, 2), 0.9))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: c.name)
def test_optimizer_state_round_trip(config: OptimizerConfig) -> None:
    model = build_model()
    optimizer = build_optimizer(model, config)
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)
    optimizer.step()
    saved = {name: value.clone() for name, value in optimizer_tensors(model, optimizer).items()}
    other = build_optimizer(model, config)
    load_optimizer_tensors(model, other, saved)
    found = optimizer_tensors(model, other)
    assert found.keys() == saved.keys()
    assert all(torch.equal(found[name], saved[name]) for name in saved)
