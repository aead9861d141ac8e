"""One run that is stopped and goes on in another layout each time is the run that never stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.parallel.ranks_harness import run_ranks
from tests.training.small_job import build_config, build_job, load_data, silent_console

from yanmo.checkpoint.training_state import list_checkpoints, load_full
from yanmo.core.errors import Interrupted
from yanmo.models.build import build_model
from yanmo.models.transformer_config import TransformerConfig
from yanmo.parallel.apply import apply_parallelism
from yanmo.parallel.config import ParallelConfig
from yanmo.parallel.mesh import build_mesh
from yanmo.parallel.ranks import Ranks
from yanmo.training.config import AdamWConfig
from yanmo.training.data import TrainingData
from yanmo.training.job import TrainingJob
from yanmo.training.loop import train
from yanmo.training.metrics import read_rows

CPU = torch.device("cpu")
STEPS = 12
LAYOUTS: dict[str, dict[str, int]] = {
    "single": {},
    "fsdp2": {"shard": 2},
    "copies2": {"replicate": 2},
    "tp2": {"tensor": 2},
    "pp2": {"pipeline": 2},
    "fsdp2_tp2": {"shard": 2, "tensor": 2},
    "hsdp2x2": {"replicate": 2, "shard": 2},
    "pp2_fsdp2": {"pipeline": 2, "shard": 2},
}


def size_of(layout: str) -> int:
    return ParallelConfig(**LAYOUTS[layout]).num_processes


def build(
    ranks: Ranks,
    folder: Path,
    data: TrainingData,
    layout: str,
    stop_after: int | None,
    fields: Mapping[str, Any],
) -> TrainingJob:
    """A job in float64, in which layouts differ by rounding alone: by less than any mistake."""
    config = build_config(
        steps=STEPS, optimizer=AdamWConfig(), sample_every=1, checkpoint_every=100, **fields
    )
    job = build_job(folder, data, config)
    # A pipeline has the embedding and the output on different processes: they cannot be tied.
    assert isinstance(job.model.config, TransformerConfig)
    shape = job.model.config.model_copy(update={"tie_embeddings": False})

    def sample(step: int, _state: Any) -> list[dict[str, str]]:
        if step == stop_after:
            os.kill(os.getpid(), signal.SIGTERM)
        return []

    if layout == "single":
        model = build_model(shape, CPU, 0).double()
        return replace(job, model=model, write_samples=sample)
    mesh = build_mesh(ParallelConfig(**LAYOUTS[layout]), ranks, CPU)
    execution = apply_parallelism(shape, mesh, device=CPU, seed=0, dtype=torch.float64)
    return replace(job, model=execution.model, execution=execution, write_samples=sample)


def train_until(
    ranks: Ranks, tokens: str, folder: str, layout: str, stop_after: int | None, is_async: bool
) -> int:
    """Go on in `layout` until `stop_after` steps; gives how often the run was resumed."""
    data = load_data(Path(tokens))
    fields = {"async_checkpoints": is_async}
    job = build(ranks, Path(folder), data, layout, stop_after, fields)
    try:
        return train(job, silent_console()).num_resumes
    except Interrupted as error:
        assert f"after step {stop_after} " in str(error)
        return -1


def go_through(tokens: Path, folder: Path, layouts: list[str], *, is_async: bool = False) -> None:
    """Train the whole run, in each of `layouts` for as many steps."""
    for number, layout in enumerate(layouts):
        is_last = number == len(layouts) - 1
        stop_after = None if is_last else STEPS * (number + 1) // len(layouts)
        arguments = str(tokens), str(folder), layout, stop_after, is_async
        resumed = run_ranks(train_until, size_of(layout), *arguments, timeout_s=280)
        assert set(resumed) == {number if is_last else -1}


def check_same(folder: Path, expected: Path) -> None:
    """Losses and final state are those of the other run."""
    losses = [
        [row["train/loss"] for row in read_rows(path / "metrics.jsonl") if "train/loss" in row]
        for path in (folder, expected)
    ]
    assert len(losses[0]) == len(losses[1]) == STEPS
    assert losses[0] == pytest.approx(losses[1], rel=0, abs=1e-11)
    states = [load_full(list_checkpoints(path / "checkpoints")[-1]) for path in (folder, expected)]
    for group in ("model", "optimizer"):
        found, wanted = (state.tensors[group] for state in states)
        assert found.keys() == wanted.keys()
        for name, tensor in wanted.items():
            assert found[name].dtype == tensor.dtype
            torch.testing.assert_close(found[name], tensor, rtol=0, atol=1e-9, msg=name)


@pytest.mark.slow
def test_a_run_that_changes_its_layout_is_the_run_that_never_stopped(
    tmp_path: Path, data: TrainingData
) -> None:
    del data  # written to the folder that the processes read
    tokens = tmp_path / "tokens"
    go_through(tokens, tmp_path / "whole", ["single"])
    go_through(tokens, tmp_path / "moved", ["single", "fsdp2", "pp2", "tp2"])
    check_same(tmp_path / "moved", tmp_path / "whole")


@pytest.mark.nightly
@pytest.mark.parametrize(
    "layouts",
    [
        ["fsdp2_tp2", "single", "hsdp2x2", "tp2"],
        ["pp2_fsdp2", "tp2", "fsdp2_tp2", "single"],
        ["copies2", "hsdp2x2", "pp2_fsdp2", "fsdp2"],
        ["tp2", "pp2", "single", "fsdp2_tp2"],
    ],
)
@pytest.mark.parametrize("is_async", [False, True])
def test_a_run_may_change_between_any_layouts(
    tmp_path: Path, data: TrainingData, layouts: list[str], is_async: bool
) -> None:
    del data
    tokens = tmp_path / "tokens"
    go_through(tokens, tmp_path / "whole", ["single"])
    go_through(tokens, tmp_path / "moved", layouts, is_async=is_async)
    check_same(tmp_path / "moved", tmp_path / "whole")
