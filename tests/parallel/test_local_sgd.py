"""Copies that train apart: what they are after an average, and that they learn.

All that two ranks do is done in one launch, and looked at afterwards.
"""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from tests.parallel.ranks_harness import REPOSITORY, run_ranks
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.models.shape import ModelShape
from yanmo.parallel.apply import apply_parallelism
from yanmo.parallel.config import LocalSgdConfig, ParallelConfig
from yanmo.parallel.execution import Execution
from yanmo.parallel.local_sgd import LocalSgd, check_local_sgd
from yanmo.parallel.mesh import build_mesh
from yanmo.parallel.ranks import Ranks

CPU = torch.device("cpu")
ROWS, LENGTH = 8, 32
PLAIN = {"outer_learning_rate": 1.0, "outer_momentum": 0.0}
DILOCO = {"sync_every": 8, "outer_learning_rate": 0.7, "outer_momentum": 0.6}


def tiny_shape() -> ModelShape:
    fields = {"family": "qwen3", "depth": 1, "d_model": 32, "num_heads": 2, "max_seq_len": LENGTH}
    return derive_model(ModelConfig.model_validate(fields), 256, {"eos": 0, "pad": 1}).config


def text_batch(step: int, *, is_held_out: bool = False) -> dict[str, torch.Tensor]:
    """Bytes of the project's own licence and guide; the last fifth is held out."""
    content = b"".join((REPOSITORY / name).read_bytes() for name in ("LICENSE", "README.md"))
    ids = torch.frombuffer(bytearray(content), dtype=torch.uint8).long()
    cut = len(ids) * 4 // 5
    part = ids[cut:] if is_held_out else ids[:cut]
    generator = torch.Generator().manual_seed(step)
    starts = torch.randint(len(part) - LENGTH - 1, (ROWS,), generator=generator)
    rows = torch.stack([part[start : start + LENGTH + 1] for start in starts.tolist()])
    labels = rows[:, 1:].clone()
    for row in range(ROWS):  # processes have unequal shares of the targets
        labels[row, : row % 5] = -100
    return {"tokens": rows[:, :-1].contiguous(), "labels": labels}


def sum_loss(model: nn.Module, batch: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, int]:
    return model(**batch).loss_sum, int((batch["labels"] >= 0).sum())


class Run:
    """A model, its optimiser, and its copies where there are any."""

    def __init__(self, ranks: Ranks, fields: dict[str, Any], optimizer: str, rate: float) -> None:
        self.mesh = build_mesh(ParallelConfig.model_validate(fields), ranks, CPU)
        self.execution: Execution = apply_parallelism(
            tiny_shape(), self.mesh, device=CPU, seed=1, dtype=torch.float64
        )
        parameters = self.execution.model.parameters()
        kind: Any = {"sgd": torch.optim.SGD, "adamw": torch.optim.AdamW}[optimizer]
        self.optimizer = kind(parameters, lr=rate)
        config = self.mesh.config.local_sgd
        self.copies = None
        if config is not None:
            self.copies = LocalSgd(self.mesh, self.execution.model, self.optimizer, config)
        self.staleness: list[int] = []

    def step(self, step: int, max_norm: float = math.inf) -> tuple[float, float]:
        batch = text_batch(step)
        num_targets = int((batch["labels"] >= 0).sum())
        places = self.mesh.config.num_data_ranks
        own = {name: v.chunk(places)[self.mesh.data_rank] for name, v in batch.items()}
        self.execution.model.zero_grad(set_to_none=True)
        total = self.execution.accumulate([own], sum_loss, num_targets, lambda _: None)
        norm = self.execution.clip_gradients(max_norm)
        self.optimizer.step()
        if self.copies is not None:
            self.copies.after_step(step + 1)
            self.staleness.append(self.copies.staleness)
        return total / num_targets, norm

    def weights(self) -> torch.Tensor:
        """The whole model's, (elements,); nothing on all but the first process."""
        state = self.execution.full_state() or {"": torch.empty(0)}
        return torch.cat([state[name].flatten() for name in sorted(state)])

    def weights_hash(self) -> str:
        """Of what is on this process."""
        digest = hashlib.sha256()
        for parameter in self.execution.model.parameters():
            digest.update(parameter.detach().numpy().tobytes())
        return digest.hexdigest()

    def held_out_loss(self) -> float:
        batch = text_batch(10_000, is_held_out=True)
        with torch.no_grad():
            loss_sum, num_targets = sum_loss(self.execution.model, batch)
        return float(loss_sum) / num_targets


def difference_after_sgd_steps(ranks: Ranks, fields: dict[str, Any]) -> float:
    """How far the weights of copies that are averaged after every step of SGD are from those of a
    single process with the whole batch."""
    run = Run(ranks, fields | {"local_sgd": {"sync_every": 1} | PLAIN}, "sgd", 0.5)
    for step in range(6):
        run.step(step)
    weights = run.weights()
    if not ranks.is_main:
        return 0.0
    alone = Run(Ranks.alone(), {}, "sgd", 0.5)
    for step in range(6):
        alone.step(step)
    return float((weights - alone.weights()).abs().max())


def what_two_copies_do(ranks: Ranks) -> dict[str, Any]:
    """Everything that the tests below look at."""
    found: dict[str, Any] = {"identity": difference_after_sgd_steps(ranks, {"replicate": 2})}
    fields = {"replicate": 2, "local_sgd": DILOCO}

    run = Run(ranks, fields, "adamw", 3e-3)
    losses = [run.step(step)[0] for step in range(64)]
    assert run.copies is not None
    found |= {"losses": losses, "held_out": run.held_out_loss(), "hash": run.weights_hash()}
    found["staleness"] = list(run.staleness)
    kept = {name: tensor.clone() for name, tensor in run.copies.state_tensors().items()}
    weights = {n: p.detach().clone() for n, p in run.execution.model.named_parameters()}
    found["anchor is the weights"] = all(
        torch.equal(kept[f"anchor.{name}"], weight) for name, weight in weights.items()
    )

    resumed = Run(ranks, fields, "adamw", 3e-3)
    resumed.optimizer.load_state_dict(copy.deepcopy(run.optimizer.state_dict()))
    with torch.no_grad():
        for name, parameter in resumed.execution.model.named_parameters():
            parameter.copy_(weights[name])
    assert resumed.copies is not None
    resumed.copies.load_state_tensors(kept)
    for step in range(64, 72):
        run.step(step)
        resumed.step(step)
    found["resumed"] = [run.weights_hash(), resumed.weights_hash()]

    clipped = Run(ranks, fields, "sgd", 1.0)
    before = torch.cat([p.detach().flatten() for p in clipped.execution.model.parameters()])
    _, norm = clipped.step(0, max_norm=0.01)
    after = torch.cat([p.detach().flatten() for p in clipped.execution.model.parameters()])
    found["clipped"] = {"norm": norm, "moved": float((after - before).norm())}
    return found


@pytest.fixture(scope="module")
def two_copies() -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = run_ranks(what_two_copies_do, 2)
    return results


def test_averaging_after_every_step_of_sgd_is_training_as_one(
    two_copies: list[dict[str, Any]],
) -> None:
    assert two_copies[0]["identity"] <= 1e-12


def test_copies_learn_with_few_averages(two_copies: list[dict[str, Any]]) -> None:
    batch = text_batch(10_000, is_held_out=True)
    model = build_model(tiny_shape(), CPU, seed=1).double()
    with torch.no_grad():
        loss_sum, num_targets = sum_loss(model, batch)
    at_first = float(loss_sum) / num_targets
    assert two_copies[0]["held_out"] < at_first - 1.5
    losses = two_copies[0]["losses"]
    assert losses == two_copies[1]["losses"], "the loss that is told is that of all copies"
    assert max(losses[-8:]) < losses[0] - 1.5


def test_staleness_counts_the_steps_since_the_last_average(
    two_copies: list[dict[str, Any]],
) -> None:
    for found in two_copies:
        assert found["staleness"] == [(step + 1) % 8 for step in range(64)]


def test_copies_are_alike_after_an_average(two_copies: list[dict[str, Any]]) -> None:
    for found in two_copies:
        assert found["hash"] == two_copies[0]["hash"]
        assert found["anchor is the weights"]


def test_a_run_that_goes_on_from_an_average_ends_where_it_would_have(
    two_copies: list[dict[str, Any]],
) -> None:
    uninterrupted, resumed = two_copies[0]["resumed"]
    assert uninterrupted == resumed != two_copies[0]["hash"]


def test_every_copy_clips_its_own_gradient(two_copies: list[dict[str, Any]]) -> None:
    norms = [found["clipped"]["norm"] for found in two_copies]
    assert norms[0] == norms[1] > 0.1, "the largest norm is told everywhere"
    for found in two_copies:
        assert found["clipped"]["moved"] == pytest.approx(0.01, rel=1e-3)


@pytest.mark.nightly
def test_copies_of_shards_are_averaged_too() -> None:
    results = run_ranks(difference_after_sgd_steps, 4, {"replicate": 2, "shard": 2})
    assert results[0] <= 1e-12


def test_what_would_find_copies_apart_is_refused() -> None:
    def check(num_copies: int, checkpoints: int, validations: int, *fields: str) -> None:
        config = ParallelConfig(replicate=num_copies, local_sgd=LocalSgdConfig(sync_every=8))
        check_local_sgd(
            config,
            checkpoint_every=checkpoints,
            validate_every=validations,
            steps_of_one_model=fields,
        )

    check(2, 16, 8)
    with pytest.raises(ConfigError, match="there is one"):
        check(1, 16, 8)
    with pytest.raises(ConfigError, match="checkpoint_every = 20 steps do not fall on averages"):
        check(2, 20, 8)
    with pytest.raises(ConfigError, match="validate_every = 4 steps do not fall on averages"):
        check(2, 16, 4)
    with pytest.raises(ConfigError, match="ema_decay looks at every step"):
        check(2, 16, 8, "pretrain.ema_decay")
    check_local_sgd(ParallelConfig(), checkpoint_every=3, validate_every=5)
