"""What one of several processes does in the tests of guards: some steps, a fault on one of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from tests.parallel.parity_case import SHAPES

from yanmo.core.errors import RunError
from yanmo.models.transformer_config import TransformerConfig
from yanmo.parallel.apply import apply_parallelism
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.execution import Execution
from yanmo.parallel.gradients import local_tensor
from yanmo.parallel.mesh import build_mesh
from yanmo.parallel.ranks import Ranks
from yanmo.training.config import AdamWConfig, PretrainConfig
from yanmo.training.guards.spike import SpikeGuard
from yanmo.training.objectives.causal import CausalObjective
from yanmo.training.optimizers import build_optimizer
from yanmo.training.step import TrainingStep

CPU = torch.device("cpu")
NUM_ROWS, ROW_TOKENS, VOCAB_SIZE = 8, 16, 256


class FaultyRank:
    """An execution whose loss or gradient goes wrong on this process at chosen steps."""

    def __init__(self, execution: Execution, faults: Mapping[int, str]) -> None:
        self._execution = execution
        self._faults = faults
        self._count = 0
        self.mesh, self.model = execution.mesh, execution.model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._execution, name)

    def accumulate(self, *arguments: Any) -> float:
        """The gradient, and the fault."""
        loss = self._execution.accumulate(*arguments)
        fault = self._faults.get(self._count)
        self._count += 1
        if fault is None:
            return loss
        kind, _, number = fault.partition(" ")
        if kind == "loss":
            return float(number) if number in ("nan", "inf") else float(number) * loss
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        if number in ("nan", "inf"):
            local_tensor(gradients[len(gradients) // 2]).view(-1)[3] = float(number)
        else:
            for gradient in gradients:
                local_tensor(gradient).mul_(float(number))
        return loss


def state_hash(execution: Execution, optimizer: torch.optim.Optimizer) -> str:
    """Of what this process holds: weights, buffers, state of the optimiser."""
    digest = hashlib.sha256()
    tensors = [*execution.model.parameters(), *execution.model.buffers()]
    for state in optimizer.state.values():
        tensors += [value for value in state.values() if isinstance(value, torch.Tensor)]
    for tensor in tensors:
        flat = local_tensor(tensor.detach()).reshape(-1).contiguous()
        digest.update(flat.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def batch_of(step: int, rows: slice) -> dict[str, np.ndarray[Any, Any]]:
    """Rows of a step, each token following from the one before."""
    generator = np.random.default_rng(step)
    starts = generator.integers(0, VOCAB_SIZE, size=(NUM_ROWS, 1))
    tokens = (starts + 3 * np.arange(ROW_TOKENS + 1)) % VOCAB_SIZE
    return {
        "tokens": tokens[rows, :-1],
        "labels": tokens[rows, 1:],
        "positions": np.broadcast_to(np.arange(ROW_TOKENS), (NUM_ROWS, ROW_TOKENS))[rows].copy(),
        "document_ids": np.zeros((NUM_ROWS, ROW_TOKENS), np.int32)[rows],
    }


def run_steps(
    ranks: Ranks,
    parallel: Mapping[str, Any],
    faults_by_rank: Mapping[str, Mapping[str, str]],
    begin: int,
    num_steps: int,
) -> list[dict[str, Any]]:
    """What came of each step on this process: the cause where it was refused, whether anything
    changed, or the error that ended the run.

    Args:
        parallel: fields of `ParallelConfig`.
        faults_by_rank: by rank, then by step counted from `begin`.
        begin: number of the first step; so many less one are in the guard's window already.
    """
    torch.manual_seed(0)
    mesh = build_mesh(ParallelConfig(**parallel), ranks, CPU)
    shape = TransformerConfig(**SHAPES["qwen3"] | {"num_layers": 2, "max_seq_len": ROW_TOKENS})
    own = faults_by_rank.get(str(ranks.rank), {})
    execution = FaultyRank(
        apply_parallelism(shape, mesh, device=CPU, seed=3), {int(n): f for n, f in own.items()}
    )
    config = PretrainConfig(
        steps=600, batch_rows=NUM_ROWS, optimizer=AdamWConfig(), schedule={"warmup_steps": 0}
    )
    optimizer = build_optimizer(execution.model, config.optimizer)
    guard = SpikeGuard(config.guards)
    for past in range(begin):
        guard.judge(5.6 + 0.01 * (past % 3), 1.0 + 0.1 * (past % 2))
    step = TrainingStep(
        execution,
        CausalObjective(),
        optimizer,
        config,
        device=CPU,
        dtype=torch.float32,
        spikes=guard,
    )
    size = NUM_ROWS // mesh.config.num_data_ranks
    rows = slice(mesh.data_rank * size, (mesh.data_rank + 1) * size)
    return _run(step, execution, optimizer, range(begin, begin + num_steps), rows)


def _run(
    step: TrainingStep,
    execution: FaultyRank,
    optimizer: torch.optim.Optimizer,
    numbers: Sequence[int],
    rows: slice,
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in numbers:
        before = state_hash(execution, optimizer)
        half = (rows.stop - rows.start) // 2
        parts = [slice(rows.start, rows.start + half), slice(rows.start + half, rows.stop)]
        try:
            result = step.run(number, [batch_of(number, part) for part in parts])
        except RunError as error:
            found.append({"error": str(error)})
            break
        has_changed = state_hash(execution, optimizer) != before
        cause = result.verdict.cause
        found.append({"cause": cause and str(cause), "has_changed": has_changed})
    return found
