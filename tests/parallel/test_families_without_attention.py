"""Models that are no Transformers train as shards and as copies exactly as they do alone."""

from __future__ import annotations

from typing import Any

import torch
from tests.parallel.parity_case import (
    MAX_NORM,
    SEED,
    local_parameter,
    own_micro_batches,
    sum_loss,
)
from tests.parallel.ranks_harness import run_ranks

from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.models.shape import ModelShape
from yanmo.parallel.apply import apply_parallelism
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.gradients import local_tensor
from yanmo.parallel.mesh import build_mesh
from yanmo.parallel.ranks import Ranks

FAMILIES = ("rnn", "lstm", "gru", "cnn", "ffn", "lstm_seq2seq")
CPU = torch.device("cpu")


def draw_batch(shape: ModelShape, step: int) -> dict[str, torch.Tensor]:
    """Eight rows, each with another number of targets."""
    generator = torch.Generator().manual_seed(step)
    tokens = torch.randint(2, shape.vocab_size, (8, shape.max_seq_len), generator=generator)
    labels = tokens.roll(-1, 1)
    for row in range(8):
        labels[row, : 1 + row] = -100
    batch = {"tokens": tokens, "labels": labels}
    if shape.family.endswith("seq2seq"):
        batch |= {"source_tokens": tokens.flip(1), "source_mask": torch.ones_like(tokens).bool()}
    return batch


def train_on(ranks: Ranks, shape: ModelShape, fields: dict[str, Any]) -> list[float]:
    """Losses and norms of three steps."""
    mesh = build_mesh(ParallelConfig(**fields), ranks, CPU)
    execution = apply_parallelism(shape, mesh, device=CPU, seed=SEED, dtype=torch.float64)
    execution.model.train()
    parameters = list(execution.model.parameters())
    optimizer = torch.optim.SGD([local_parameter(p) for p in parameters], lr=0.3)
    told = []
    for step in range(3):
        batch = draw_batch(shape, step)
        num_targets = int((batch["labels"] >= 0).sum())
        execution.model.zero_grad(set_to_none=True)
        batches = own_micro_batches(batch, mesh, 1)
        total = execution.accumulate(batches, sum_loss, num_targets, torch.manual_seed)
        told += [total / num_targets, execution.clip_gradients(MAX_NORM)]
        pairs = zip(optimizer.param_groups[0]["params"], parameters, strict=True)
        for local, parameter in pairs:
            local.grad = None if parameter.grad is None else local_tensor(parameter.grad)
        optimizer.step()
    return told


def compare_families(ranks: Ranks, families: list[str]) -> list[dict[str, Any]]:
    """How far shards and copies of each family are from one process."""
    found = []
    for family in families:
        section = ModelConfig(family=family, max_seq_len=16, dropout=0.0, d_model=32)  # type: ignore[arg-type]
        shape = derive_model(section, 128).config
        alone = train_on(Ranks.alone(), shape, {})
        apart = {"family": family}
        for fields in ({"shard": 2}, {"replicate": 2, "data_parallel": "ddp"}):
            pairs = zip(train_on(ranks, shape, fields), alone, strict=True)
            apart[next(iter(fields))] = max(abs(x - y) for x, y in pairs)
        found.append(apart | {"losses_move": abs(alone[0] - alone[-2])})
    return found


def test_shards_and_copies_train_as_one_process_does() -> None:
    for of_rank in run_ranks(compare_families, 2, FAMILIES):
        for found in of_rank:
            assert found["shard"] < 1e-12 and found["replicate"] < 1e-12, found
            assert found["losses_move"] > 1e-4, found
