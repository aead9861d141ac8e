"""A step of parameters that are spread over processes is the step of whole ones, for every rule."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.parallel.ranks_harness import run_ranks
from torch import nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    parallelize_module,
)

from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.mesh import Mesh, build_mesh
from yanmo.parallel.ranks import Ranks
from yanmo.training.config import (
    AdafactorConfig,
    AdamConfig,
    AdamWConfig,
    LionConfig,
    MuonConfig,
    SGDConfig,
)
from yanmo.training.optimizer_config import OptimizerConfig
from yanmo.training.optimizers import MixedOptimizer
from yanmo.training.update_rules.penalty import penalty_of

CONFIGS: tuple[OptimizerConfig, ...] = (
    SGDConfig(nesterov=True, weight_decay=0.1),
    AdamConfig(weight_decay=0.1),
    AdamWConfig(),
    AdafactorConfig(weight_decay=0.1),
    LionConfig(),
    MuonConfig(),
)
# Rows that two processes cannot halve, fewer rows than processes, columns, a plain tensor, and one
# that is the same everywhere but whose gradient is a sum not yet taken.
SHAPES: tuple[tuple[tuple[int, int], Any], ...] = (
    ((7, 6), Shard(0)),
    ((1, 6), Shard(0)),
    ((6, 5), Shard(1)),
    ((4, 4), None),
    ((4, 4), Replicate()),
)
NUM_STEPS = 4


def optimizer_of(config: OptimizerConfig, parameters: list[nn.Parameter]) -> MixedOptimizer:
    numbers = config.model_dump(exclude={"name", "learning_rate"})
    group = numbers | {"kind": config.name, "lr": 0.05, "l1": 0.01, "l2": 0.02}
    return MixedOptimizer([group | {"params": parameters}])


def values_of(step: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(step)
    return [torch.randn(s, generator=generator, dtype=torch.float64) for s, _ in SHAPES]


def trained_whole(config: OptimizerConfig) -> tuple[list[torch.Tensor], float]:
    parameters = [nn.Parameter(value) for value in values_of(0)]
    optimizer = optimizer_of(config, parameters)
    for step in range(1, NUM_STEPS + 1):
        for parameter, gradient in zip(parameters, values_of(step), strict=True):
            parameter.grad = gradient
        optimizer.step()
    return [parameter.detach() for parameter in parameters], penalty_of(
        optimizer, Mesh(ParallelConfig(), Ranks.alone(), None)
    )


def check_rank(ranks: Ranks) -> None:
    """What each process does; any difference ends it with an error."""
    all_axes = build_mesh(ParallelConfig(shard=ranks.size), ranks, torch.device("cpu"))
    mesh = all_axes.axis("shard")

    def spread(value: torch.Tensor, placement: Any) -> torch.Tensor:
        return value if placement is None else distribute_tensor(value, mesh, [placement])

    def spread_gradient(value: torch.Tensor, placement: Any) -> torch.Tensor:
        if isinstance(placement, Replicate):
            part = value if ranks.is_main else torch.zeros_like(value)
            return DTensor.from_local(part, mesh, [Partial()])
        return spread(value, placement)

    for config in CONFIGS:
        expected, penalty = trained_whole(config)
        placements = [placement for _, placement in SHAPES]
        pairs = zip(values_of(0), placements, strict=True)
        parameters = [nn.Parameter(spread(value, placement)) for value, placement in pairs]
        optimizer = optimizer_of(config, parameters)
        for step in range(1, NUM_STEPS + 1):
            triples = zip(parameters, values_of(step), placements, strict=True)
            for parameter, gradient, placement in triples:
                parameter.grad = spread_gradient(gradient, placement)
            optimizer.step()
        for parameter, whole in zip(parameters, expected, strict=True):
            found = parameter.detach()
            found = found.full_tensor() if isinstance(found, DTensor) else found
            torch.testing.assert_close(found, whole, atol=1e-12, rtol=0, msg=config.name)
        assert abs(penalty_of(optimizer, all_axes) - penalty) < 1e-12, config.name
        for name, value in optimizer.state[parameters[0]].items():
            if value.shape == parameters[0].shape:
                assert isinstance(value, DTensor), (config.name, name)
                assert value.placements == (Shard(0),), (config.name, name)


def check_sharded_tensor_parallel_rank(ranks: Ranks) -> None:
    """Two ways of spreading at once: tensor parallelism, and FSDP2 over its parts."""
    mesh = build_mesh(ParallelConfig(shard=2, tensor=2), ranks, torch.device("cpu"))
    for config in CONFIGS:
        models = [linear_layers() for _ in range(2)]
        plan = {"0": ColwiseParallel(), "2": RowwiseParallel()}
        parallelize_module(models[1], mesh.axis("tensor"), plan)
        fully_shard(models[1], mesh=mesh.axis("shard"))
        optimizers = [
            optimizer_of(config, [p for p in model.parameters() if p.ndim == 2]) for model in models
        ]
        for step in range(NUM_STEPS):
            generator = torch.Generator().manual_seed(step)
            x = torch.randn(4, 6, generator=generator, dtype=torch.float64)
            for model, optimizer in zip(models, optimizers, strict=True):
                optimizer.zero_grad()
                model(x).sin().sum().backward()
                optimizer.step()
        for whole, spread in zip(models[0].parameters(), models[1].parameters(), strict=True):
            assert isinstance(spread, DTensor)
            found = spread.detach().full_tensor()
            torch.testing.assert_close(found, whole.detach(), atol=1e-12, rtol=0, msg=config.name)


def linear_layers() -> nn.Sequential:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(6, 10), nn.Tanh(), nn.Linear(10, 6))
    return layers.double()


@pytest.mark.slow
def test_step_of_sharded_tensor_parallel_layers_equals_whole_step() -> None:
    run_ranks(check_sharded_tensor_parallel_rank, 4)


def test_spread_step_equals_whole_step_in_float64() -> None:
    run_ranks(check_rank, 2)
