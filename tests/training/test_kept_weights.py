"""The moving average by hand, the best weights, and both of a model that is spread."""

from __future__ import annotations

import torch
from tests.parallel.ranks_harness import run_ranks
from tests.training.small_job import build_model
from torch import nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.mesh import build_mesh
from yanmo.parallel.ranks import Ranks
from yanmo.training.kept_weights import AveragedWeights, BestWeights


def test_average_by_hand() -> None:
    model = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        model.weight.fill_(1.0)
    average = AveragedWeights(model, 0.5)
    with torch.no_grad():
        model.weight.fill_(3.0)
    average.update(1)  # forgets at 2 / 11
    assert abs(float(average.tensors["weight"]) - (2 / 11 + 3 * 9 / 11)) < 1e-6
    average.update(100)  # forgets at its decay
    assert abs(float(average.tensors["weight"]) - (0.5 * (2 / 11 + 27 / 11) + 1.5)) < 1e-6


def test_model_has_the_average_inside_and_its_own_weights_after() -> None:
    model = build_model()
    average = AveragedWeights(model, 0.9)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 1.0
    tied = model.embed.weight.data_ptr()
    with average.in_model():
        assert all(torch.equal(p, before[name]) for name, p in model.named_parameters())
    assert all(torch.equal(p, before[name] + 1.0) for name, p in model.named_parameters())
    assert model.embed.weight.data_ptr() == tied == model.lm_head.weight.data_ptr()


def test_average_of_16_bits_is_kept_in_32() -> None:
    model = nn.Linear(4, 4).to(torch.bfloat16)
    average = AveragedWeights(model, 0.9999)
    with torch.no_grad():
        model.weight += 1.0
    for _ in range(3):
        average.update(10**6)
    assert average.tensors["weight"].dtype == torch.float32
    with average.in_model():
        assert model.weight.dtype == torch.bfloat16


def test_best_weights_come_back_with_their_buffers() -> None:
    model = nn.BatchNorm1d(3)
    best = BestWeights(model)
    best.remember()
    model.train()(torch.randn(8, 3))
    with torch.no_grad():
        model.weight.fill_(7.0)
    assert int(model.num_batches_tracked or 0) == 1
    other = BestWeights(model)
    other.load(best.tensors)
    other.put_into_model()
    assert int(model.num_batches_tracked or 0) == 0
    assert torch.equal(model.weight, torch.ones(3))


def check_rank(ranks: Ranks) -> None:
    """What each process does; any difference ends it with an error."""
    mesh = build_mesh(ParallelConfig(shard=2), ranks, torch.device("cpu"))
    models = []
    for is_spread in (False, True):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 1)).double()
        if is_spread:
            fully_shard(model, mesh=mesh.axis("shard"))
        average, best = AveragedWeights(model, 0.6), BestWeights(model)
        for step in range(1, 5):
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.mul_(1.3)
            average.update(step)
            if step == 2:
                best.remember()
        loaded = AveragedWeights(model, 0.6)
        loaded.load({name: _whole(value) for name, value in average.tensors.items()})
        with loaded.in_model():
            models.append([_whole(parameter) for parameter in model.parameters()])
        best.put_into_model()
        models.append([_whole(parameter) for parameter in model.parameters()])
    for whole, spread in ((models[0], models[2]), (models[1], models[3])):
        for a, b in zip(whole, spread, strict=True):
            torch.testing.assert_close(a, b, atol=1e-15, rtol=0)


def _whole(tensor: torch.Tensor) -> torch.Tensor:
    detached = tensor.detach()
    return detached.full_tensor() if isinstance(detached, DTensor) else detached.clone()


def test_weights_of_a_spread_model_are_kept_as_those_of_a_whole_one() -> None:
    run_ranks(check_rank, 2)
