"""Whatever optimisation is switched on, two processes train what one trains, and either goes on
from the other's checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.parallel.ranks_harness import run_ranks
from tests.training.small_job import CPU, build_model, load_data, silent_console, write_tokens

from yanmo.parallel.apply import apply_parallelism
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.mesh import build_mesh
from yanmo.parallel.ranks import Ranks
from yanmo.training.config import PretrainConfig
from yanmo.training.job import TrainingJob
from yanmo.training.loop import train
from yanmo.training.metrics import read_rows

SETTINGS: dict[str, dict[str, Any]] = {
    "muon": {"optimizer": {"name": "muon"}, "ema_decay": 0.8, "l1_penalty": 1e-3},
    "adafactor": {
        "optimizer": {"name": "adafactor", "weight_decay": 0.1},
        "early_stopping": {"patience": 9},
        "noise_scale_every": 3,
        "l2_penalty": 1e-3,
    },
    "lion": {
        "optimizer": {"name": "lion"},
        "batch_warmup": {"start_rows": 2, "steps": 3},
        "early_stopping": {"patience": 9},
        "ema_decay": 0.8,
    },
}
COLUMNS = ("train/loss", "train/penalty", "validation/loss")
"""What does not depend on who has which rows; noise is estimated from parts of a batch, and two
processes cut it otherwise."""


def train_part(
    ranks: Ranks, folder: str, run: str, name: str, parallel: dict[str, int], steps: int
) -> None:
    """Train on these ranks, in float64, from the checkpoint that is there."""
    mesh = build_mesh(ParallelConfig(**parallel), ranks, CPU)
    shape = build_model().config
    execution = apply_parallelism(shape, mesh, device=CPU, seed=0, dtype=torch.float64)
    data = load_data(Path(folder) / "tokens")
    config = PretrainConfig.model_validate(
        {
            "steps": steps,
            "batch_rows": 8,
            "schedule": {"name": "constant", "warmup_steps": 2},
            "validate_every": 4,
            "checkpoint_every": 4,
            "sample_every": None,
        }
        | SETTINGS[name]
    )
    directory = Path(folder) / run
    directory.mkdir(exist_ok=True)
    job = TrainingJob(
        model=execution.model,
        objective=data.objective,
        data=data,
        config=config,
        directory=directory,
        device=CPU,
        dtype=torch.float32,
        flops_per_token=1,
        write_samples=lambda _step, _state: [],
        execution=execution,
    )
    train(job, silent_console())


def columns_of(run_dir: Path) -> dict[str, dict[int, float]]:
    rows = read_rows(run_dir / "metrics.jsonl")
    return {name: {row["step"]: row[name] for row in rows if name in row} for name in COLUMNS}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "muon" else pytest.mark.nightly) for name in SETTINGS],
)
def test_two_processes_train_what_one_trains_and_go_on_from_each_other(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "tokens").mkdir()
    write_tokens(tmp_path / "tokens")
    train_part(Ranks.alone(), str(tmp_path), "alone", name, {}, 10)
    expected = columns_of(tmp_path / "alone")
    assert len(expected["train/loss"]) == 10

    folder = str(tmp_path)
    run_ranks(train_part, 2, folder, "spread", name, {"shard": 2}, 10)
    run_ranks(train_part, 2, folder, "joined", name, {"shard": 2}, 4)
    train_part(Ranks.alone(), folder, "joined", name, {}, 10)
    train_part(Ranks.alone(), folder, "parted", name, {}, 4)
    run_ranks(train_part, 2, folder, "parted", name, {"shard": 2}, 10)
    for run in ("spread", "joined", "parted"):
        found = columns_of(tmp_path / run)
        for column, values in expected.items():
            assert found[column] == pytest.approx(values, rel=0, abs=1e-9), (run, column)
