"""L1 makes zeros, L2 makes weights small, and both are counted apart from the loss."""

from __future__ import annotations

import pytest
import torch
from tests.training.small_job import build_model
from torch import nn

from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.mesh import Mesh
from yanmo.parallel.ranks import Ranks
from yanmo.training.config import AdamWConfig, SGDConfig
from yanmo.training.optimizers import build_optimizer
from yanmo.training.update_rules.penalty import penalty_of

ALONE = Mesh(ParallelConfig(), Ranks.alone(), None)


def fitted(l1: float, l2: float) -> nn.Module:
    """A small decoder after 60 steps on random targets."""
    model = build_model(seed=1)
    config = AdamWConfig(learning_rate=3e-3, weight_decay=0.0)
    optimizer = build_optimizer(model, config, l1_penalty=l1, l2_penalty=l2)
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(60, (4, 16), generator=generator)
    for _ in range(60):
        optimizer.zero_grad()
        logits = model(tokens).logits[:, :-1].flatten(0, 1)
        nn.functional.cross_entropy(logits, tokens[:, 1:].flatten()).backward()
        optimizer.step()
    return model


def matrices(model: nn.Module) -> torch.Tensor:
    """All weights that the penalties fall on, in one vector."""
    found = [p.detach().flatten() for name, p in model.named_parameters() if "_proj" in name]
    return torch.cat(found)


def test_l1_makes_more_weights_exactly_zero_and_nothing_else_does() -> None:
    plain, with_l1, with_l2 = fitted(0.0, 0.0), fitted(0.5, 0.0), fitted(0.0, 0.5)
    zeros = [int((matrices(model) == 0).sum()) for model in (plain, with_l1, with_l2)]
    assert zeros[0] == zeros[2] == 0
    assert zeros[1] > 0.2 * len(matrices(plain))
    norms = [float(matrices(model).square().sum()) for model in (plain, with_l2)]
    assert norms[1] < 0.8 * norms[0]


def test_penalty_is_that_of_the_matrices_alone() -> None:
    model = build_model()
    weights = matrices(model).double()
    optimizer = build_optimizer(model, AdamWConfig(), l1_penalty=0.5, l2_penalty=0.25)
    expected = 0.5 * weights.abs().sum() + 0.25 * weights.square().sum()
    assert penalty_of(optimizer, ALONE) == pytest.approx(float(expected), rel=1e-6)
    assert penalty_of(build_optimizer(model, AdamWConfig()), ALONE) == 0.0


def test_l2_penalty_equals_its_gradient_in_the_loss() -> None:
    model, other = build_model(), build_model()
    config = SGDConfig(learning_rate=0.1, momentum=0.0)
    penalised = build_optimizer(model, config, l2_penalty=0.3)
    plain = build_optimizer(other, config)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    squares = [p.square().sum() for name, p in other.named_parameters() if "_proj" in name]
    (0.3 * torch.stack(squares).sum()).backward()
    penalised.step()
    plain.step()
    for (name, a), b in zip(model.named_parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a, b, msg=name)


def test_l1_step_shrinks_by_the_rate_times_the_penalty() -> None:
    model = build_model()
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    config = SGDConfig(learning_rate=0.1, momentum=0.0)
    optimizer = build_optimizer(model, config, l1_penalty=0.05)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    for name, parameter in model.named_parameters():
        shrunk = before[name].sign() * (before[name].abs() - 0.005).clamp(min=0.0)
        expected = shrunk if "_proj" in name else before[name]
        torch.testing.assert_close(parameter.detach(), expected)
