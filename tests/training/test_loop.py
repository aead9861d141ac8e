"""Resuming is exact, batches can be cut differently, and what a run writes stands once."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.training.small_job import (
    build_config,
    build_job,
    silent_console,
    weights,
)

from yanmo.checkpoint.training_state import list_checkpoints
from yanmo.core.errors import Interrupted, RunError
from yanmo.training import loop, run
from yanmo.training.config import AdamWConfig, MuonConfig, ScheduleConfig
from yanmo.training.data import TrainingData
from yanmo.training.job import FullState, Progress, TrainingJob
from yanmo.training.metrics import read_rows

GOLDEN = {1: 4.163436, 2: 4.135386, 3: 4.063972, 4: 4.057266}
"""Losses of the first steps of the small job, written down when they were first believed."""


def losses(directory: Path) -> dict[int, float]:
    rows = read_rows(directory / "metrics.jsonl")
    return {row["step"]: row["train/loss"] for row in rows if "train/loss" in row}


@pytest.mark.parametrize("optimizer", [MuonConfig(), AdamWConfig()], ids=lambda c: c.name)
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_interrupted_run_is_bitwise_equal_to_uninterrupted_one(
    tmp_path: Path,
    data: TrainingData,
    optimizer: MuonConfig | AdamWConfig,
    dropout: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = build_config(optimizer=optimizer)
    whole = build_job(tmp_path / "whole", data, config, dropout=dropout)
    loop.train(whole, silent_console())

    class DyingError(Exception):
        """Stands for a process that ends without warning."""

    advance = run.advance

    def die_after_step_seven(*args: object, **kwargs: object) -> Progress:
        progress = advance(*args, **kwargs)  # type: ignore[arg-type]
        if progress.step == 7:
            raise DyingError
        return progress

    broken = build_job(tmp_path / "broken", data, config, dropout=dropout)
    monkeypatch.setattr(run, "advance", die_after_step_seven)
    with pytest.raises(DyingError):
        loop.train(broken, silent_console())
    monkeypatch.setattr(run, "advance", advance)
    resumed = build_job(tmp_path / "broken", data, config, dropout=dropout)
    progress = loop.train(resumed, silent_console())

    assert progress.num_resumes == 1
    assert losses(tmp_path / "broken") == losses(tmp_path / "whole")
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(resumed)[name]), name


def test_resumed_run_may_cut_its_batches_differently(tmp_path: Path, data: TrainingData) -> None:
    whole = build_job(tmp_path / "whole", data, build_config())
    loop.train(whole, silent_console())

    first = build_job(tmp_path / "cut", data, build_config())
    stop_after(first, 4)
    resumed = build_job(tmp_path / "cut", data, build_config(micro_batch_rows=2))
    loop.train(resumed, silent_console())

    expected, found = losses(tmp_path / "whole"), losses(tmp_path / "cut")
    assert expected.keys() == found.keys()
    assert max(abs(expected[step] - found[step]) for step in expected) < 1e-4
    for name, value in weights(whole).items():
        torch.testing.assert_close(value, weights(resumed)[name], atol=2e-4, rtol=1e-3)


def stop_after(job: TrainingJob, step: int) -> None:
    """Train until `step` and stop as Ctrl-C does."""

    def sample(done: int, _state: FullState | None) -> list[dict[str, str]]:
        if done == step:
            os.kill(os.getpid(), signal.SIGINT)
        return []

    config = job.config.model_copy(update={"sample_every": step})
    with pytest.raises(Interrupted) as stopped:
        loop.train(replace(job, config=config, write_samples=sample), silent_console())
    assert stopped.value.exit_code == 130
    assert str(step) in str(stopped.value)


def test_ctrl_c_saves_a_checkpoint(tmp_path: Path, data: TrainingData) -> None:
    job = build_job(tmp_path / "run", data, build_config(checkpoint_every=100))
    stop_after(job, 5)
    assert [path.name for path in list_checkpoints(tmp_path / "run" / "checkpoints")] == [
        "step-00000005"
    ]


def test_accumulation_gives_the_gradient_of_the_whole_batch(
    tmp_path: Path, data: TrainingData
) -> None:
    found = []
    for rows in (8, 4, 1):
        job = build_job(tmp_path / str(rows), data, build_config(steps=3, micro_batch_rows=rows))
        loop.train(job, silent_console())
        found.append(losses(tmp_path / str(rows)))
    for other in found[1:]:
        assert max(abs(found[0][step] - other[step]) for step in other) < 1e-5


def test_training_learns(tmp_path: Path, data: TrainingData) -> None:
    job = build_job(tmp_path / "run", data, build_config(steps=60, validate_every=20))
    loop.train(job, silent_console())
    rows = [r for r in read_rows(tmp_path / "run" / "metrics.jsonl") if "validation/loss" in r]
    validation = [row["validation/loss"] for row in rows]
    assert [row["step"] for row in rows] == [0, 20, 40, 60]
    assert validation == sorted(validation, reverse=True)
    assert validation[-1] < 0.6 * validation[0]


def test_steps_corrected_before_the_rate_falls_are_as_if_right_from_the_start(
    tmp_path: Path, data: TrainingData
) -> None:
    right = build_job(tmp_path / "right", data, build_config(steps=8))
    loop.train(right, silent_console())
    seen: list[tuple[int, float]] = []

    def correct(step: int, training_s: float) -> int:
        seen.append((step, training_s))
        return 12 if step < 3 else 8

    job = build_job(tmp_path / "corrected", data, build_config(steps=12))
    progress = loop.train(replace(job, correct_steps=correct), silent_console())
    assert [step for step, _ in seen] == list(range(1, 9))
    assert seen[-1][1] == progress.training_s
    assert losses(tmp_path / "corrected") == losses(tmp_path / "right")
    for name, weight in weights(right).items():
        assert torch.equal(weight, weights(job)[name]), name
    (last,) = list_checkpoints(tmp_path / "corrected" / "checkpoints")[-1:]
    assert "8" in last.name


def test_golden_losses(tmp_path: Path, data: TrainingData) -> None:
    job = build_job(tmp_path / "run", data, build_config(steps=4))
    loop.train(job, silent_console())
    found = losses(tmp_path / "run")
    assert found == pytest.approx(GOLDEN, abs=2e-4)


def test_rows_after_the_checkpoint_are_dropped_on_resume(
    tmp_path: Path, data: TrainingData
) -> None:
    job = build_job(tmp_path / "run", data, build_config())
    stop_after(job, 4)
    metrics = tmp_path / "run" / "metrics.jsonl"
    with metrics.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"step": 5, "train/loss": 99.0}) + '\n{"step": 6, "tra')
    loop.train(build_job(tmp_path / "run", data, build_config()), silent_console())
    steps = [row["step"] for row in read_rows(metrics) if "train/loss" in row]
    assert steps == list(range(1, 13))
    assert losses(tmp_path / "run")[5] < 99.0


@pytest.mark.parametrize("optimizer", [MuonConfig, AdamWConfig])
def test_absurd_learning_rate_stops_the_run_with_step_and_layer(
    tmp_path: Path, data: TrainingData, optimizer: type[MuonConfig] | type[AdamWConfig]
) -> None:
    fields = {"learning_rate": 1e6}
    if optimizer is MuonConfig:
        fields["adamw_learning_rate"] = 1e6
    config = build_config(optimizer=optimizer(**fields), schedule=ScheduleConfig(warmup_steps=0))
    job = build_job(tmp_path / "run", data, config)
    with pytest.raises(RunError) as stopped:
        loop.train(job, silent_console())
    assert stopped.value.exit_code == 1
    assert re.match(r"step [1-5], layer \w+", str(stopped.value))


def test_planted_nan_stops_the_run_with_its_layer(tmp_path: Path, data: TrainingData) -> None:
    job = build_job(tmp_path / "run", data, build_config())
    with torch.no_grad():
        job.model.get_parameter("blocks.1.mlp.up_proj.weight")[3, 3] = torch.nan
    with pytest.raises(RunError, match=r"blocks\.1\.mlp\.up_proj"):
        loop.train(job, silent_console())


def test_compiled_training_equals_eager_or_says_why_not(
    tmp_path: Path, data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_compile(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("no compiler here")

    monkeypatch.setattr(torch, "compile", broken_compile)
    plain = build_job(tmp_path / "plain", data, build_config(steps=3))
    loop.train(plain, silent_console())
    console = silent_console()
    job = build_job(tmp_path / "compiled", data, build_config(steps=3, compile=True))
    loop.train(job, console)
    assert "no compiler here" in console._stream.getvalue()  # type: ignore[attr-defined]
    assert losses(tmp_path / "plain") == losses(tmp_path / "compiled")


@pytest.mark.slow
def test_sigterm_of_a_real_process_saves_and_exits_with_130(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.training import small_job as s\n"
        "from yanmo.training.loop import train\n"
        "from yanmo.core.errors import Interrupted\n"
        f"root = Path({str(tmp_path)!r}); (root / 'tokens').mkdir()\n"
        "s.write_tokens(root / 'tokens'); data = s.load_data(root / 'tokens')\n"
        "job = s.build_job(root / 'run', data, s.build_config(steps=100000, sample_every=None))\n"
        "try: train(job, s.silent_console())\n"
        "except Interrupted as e: sys.exit(e.exit_code)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    metrics = tmp_path / "run" / "metrics.jsonl"
    while not metrics.exists() or len(read_rows(metrics)) < 3:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 130
    newest = list_checkpoints(tmp_path / "run" / "checkpoints")[-1]
    last = [row["step"] for row in read_rows(metrics) if "train/loss" in row][-1]
    assert newest.name == f"step-{last:08d}"
