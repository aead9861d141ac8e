"""The loop with copies that train apart: staleness in the log, and exact resumption."""

from __future__ import annotations

import hashlib
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.parallel.ranks_harness import run_ranks
from tests.training.small_job import build_config, build_job, load_data, silent_console

from yanmo.core.errors import Interrupted
from yanmo.models.shape import ModelShape
from yanmo.parallel.apply import apply_parallelism
from yanmo.parallel.config import LocalSgdConfig, ParallelConfig
from yanmo.parallel.gradients import local_tensor
from yanmo.parallel.mesh import build_mesh
from yanmo.parallel.ranks import Ranks
from yanmo.training.data import TrainingData
from yanmo.training.job import TrainingJob
from yanmo.training.loop import train
from yanmo.training.metrics import read_rows

CPU = torch.device("cpu")


def spread(
    ranks: Ranks, directory: Path, data: TrainingData, stop_after: int | None
) -> TrainingJob:
    """A job of this process; it asks itself to stop after so many steps."""
    config = build_config(steps=20, checkpoint_every=10, validate_every=10, sample_every=1)
    job = build_job(directory, data, config)
    shape = job.model.config
    assert isinstance(shape, ModelShape)
    shards = ranks.size // 2
    apart = LocalSgdConfig(sync_every=5)
    parallel = ParallelConfig(replicate=2, shard=shards, local_sgd=apart)
    execution = apply_parallelism(shape, build_mesh(parallel, ranks, CPU), device=CPU, seed=0)

    def sample(step: int, _state: Any) -> list[dict[str, str]]:
        if step == stop_after:
            os.kill(os.getpid(), signal.SIGTERM)
        return []

    return replace(job, model=execution.model, execution=execution, write_samples=sample)


def hash_of(model: torch.nn.Module) -> str:
    """Of the part that is here."""
    digest = hashlib.sha256()
    for parameter in model.parameters():
        digest.update(local_tensor(parameter.detach()).numpy().tobytes())
    return digest.hexdigest()


def train_whole_and_stopped(ranks: Ranks, tokens: str, folder: str) -> dict[str, Any]:
    data = load_data(Path(tokens))
    whole = spread(ranks, Path(folder) / "whole", data, None)
    train(whole, silent_console())
    stopped = spread(ranks, Path(folder) / "stopped", data, 12)
    stopped_at = ""
    try:
        train(stopped, silent_console())
    except Interrupted as error:
        stopped_at = str(error)
    resumed = spread(ranks, Path(folder) / "stopped", data, None)
    progress = train(resumed, silent_console())
    return {
        "stopped_at": stopped_at,
        "num_resumes": progress.num_resumes,
        "hashes": [hash_of(whole.model), hash_of(resumed.model)],
    }


@pytest.mark.parametrize("num_ranks", [2, pytest.param(4, marks=pytest.mark.nightly)])
def test_copies_train_apart_and_go_on_exactly(
    tmp_path: Path, data: TrainingData, num_ranks: int
) -> None:
    del data  # written to the folder that the processes read
    folders = str(tmp_path / "tokens"), str(tmp_path)
    results = run_ranks(train_whole_and_stopped, num_ranks, *folders, timeout_s=280)
    for found in results:
        assert found["hashes"][0] == found["hashes"][1]
        assert found["num_resumes"] == 1
        assert "stopped after step 15" in found["stopped_at"], "a stop waits for an average"
    num_shards = num_ranks // 2
    assert results[0]["hashes"] == results[num_shards]["hashes"], "the copies are alike"
    rows = read_rows(tmp_path / "whole" / "metrics.jsonl")
    steps = [row for row in rows if "train/loss" in row]
    assert [row["train/staleness"] for row in steps] == [step % 5 for step in range(1, 21)]
    assert steps[-1]["train/loss"] < steps[0]["train/loss"]
