"""Each rule moves weights as torch's optimiser does, or as its paper's equations say."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from yanmo.training.config import (
    AdafactorConfig,
    AdamConfig,
    AdamWConfig,
    LionConfig,
    SGDConfig,
)
from yanmo.training.optimizer_config import OptimizerConfig
from yanmo.training.optimizers import MixedOptimizer

Reference = Callable[[list[nn.Parameter]], torch.optim.Optimizer]
BETAS = (0.9, 0.95)
EPS = torch.finfo(torch.float32).eps
CASES: dict[str, tuple[OptimizerConfig, Reference]] = {
    "gradient descent": (
        SGDConfig(learning_rate=0.05, momentum=0.0),
        lambda p: torch.optim.SGD(p, lr=0.05),
    ),
    "sgd": (
        SGDConfig(learning_rate=0.05, weight_decay=0.1),
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1),
    ),
    "nesterov": (
        SGDConfig(learning_rate=0.05, nesterov=True),
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    ),
    "adam": (
        AdamConfig(learning_rate=0.01, weight_decay=0.1),
        lambda p: torch.optim.Adam(p, lr=0.01, betas=BETAS, weight_decay=0.1),
    ),
    "adamw": (
        AdamWConfig(learning_rate=0.01),
        lambda p: torch.optim.AdamW(p, lr=0.01, betas=BETAS, weight_decay=0.1),
    ),
    "adafactor": (
        AdafactorConfig(learning_rate=0.01, eps=EPS, weight_decay=0.1),
        lambda p: torch.optim.Adafactor(p, lr=0.01, weight_decay=0.1),
    ),
}


def optimizer_of(config: OptimizerConfig, parameters: list[nn.Parameter]) -> MixedOptimizer:
    """All parameters in one group, which decays."""
    numbers: dict[str, Any] = config.model_dump(exclude={"name", "learning_rate"})
    group = numbers | {"kind": config.name, "params": parameters}
    return MixedOptimizer([group | {"lr": config.learning_rate}])


@pytest.mark.parametrize("name", CASES)
def test_trajectory_equals_torch(name: str) -> None:
    config, reference = CASES[name]
    torch.manual_seed(0)
    ours, theirs = (nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3)) for _ in range(2))
    theirs.load_state_dict(ours.state_dict())
    mine = optimizer_of(config, list(ours.parameters()))
    other = reference(list(theirs.parameters()))
    for _ in range(30):
        x = torch.randn(8, 5)
        for model, optimizer in ((ours, mine), (theirs, other)):
            optimizer.zero_grad()
            (model(x) - x[:, :3].sin()).pow(2).sum().backward()
            optimizer.step()
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(a, b, atol=1e-7, rtol=0)


def test_lion_follows_its_paper() -> None:
    generator = np.random.default_rng(0)
    weight = generator.standard_normal((4, 3))
    config = LionConfig(learning_rate=0.01)
    parameter = nn.Parameter(torch.from_numpy(weight.copy()))
    optimizer = optimizer_of(config, [parameter])
    momentum = np.zeros_like(weight)
    for _ in range(20):
        gradient = generator.standard_normal((4, 3))
        parameter.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
        direction = np.sign(0.9 * momentum + 0.1 * gradient)
        weight = weight - 0.01 * (direction + 0.5 * weight)
        momentum = 0.99 * momentum + 0.01 * gradient
    np.testing.assert_allclose(parameter.detach().numpy(), weight, atol=1e-13)


def test_gradient_descent_reaches_the_optimum_of_a_convex_function() -> None:
    """Least squares over all rows: the optimum is known in closed form."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(50, 4, generator=generator, dtype=torch.float64)
    y = torch.randn(50, 1, generator=generator, dtype=torch.float64)
    weight = nn.Parameter(torch.zeros(4, 1, dtype=torch.float64))
    optimizer = optimizer_of(SGDConfig(learning_rate=0.5, momentum=0.0), [weight])
    losses = []
    for _ in range(200):
        optimizer.zero_grad()
        loss = (x @ weight - y).square().mean() / 2
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    torch.testing.assert_close(weight.detach(), torch.linalg.lstsq(x, y).solution)
    assert all(after <= before + 1e-15 for before, after in itertools.pairwise(losses))


def test_adafactor_keeps_next_to_nothing_of_a_matrix() -> None:
    matrix, vector = nn.Parameter(torch.ones(300, 200)), nn.Parameter(torch.ones(300))
    optimizer = optimizer_of(AdafactorConfig(), [matrix, vector])
    for parameter in (matrix, vector):
        parameter.grad = torch.randn_like(parameter)
    optimizer.step()
    sizes = {name: value.numel() for name, value in optimizer.state[matrix].items()}
    assert sizes == {"step": 1, "row_mean": 300, "column_mean": 200}
    assert optimizer.state[vector]["exp_avg_sq"].numel() == 300


def test_adafactor_moves_small_gradients_as_it_moves_large_ones() -> None:
    found = []
    for scale in (1.0, 1e-6):
        matrix = nn.Parameter(torch.ones(6, 5))
        optimizer = optimizer_of(AdafactorConfig(), [matrix])
        generator = torch.Generator().manual_seed(0)
        for _ in range(5):
            matrix.grad = scale * torch.randn(6, 5, generator=generator)
            optimizer.step()
        found.append(matrix.detach())
    torch.testing.assert_close(found[0], found[1])
