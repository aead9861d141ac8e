"""A refused step leaves everything as it was; the next one goes on; a run says what it skipped.

Faults are planted in the loss and in the gradient of a real training step.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.training.small_job import build_config, build_job, silent_console, weights

from yanmo.core.console import Console
from yanmo.core.errors import CheckpointError, DataError, RunError
from yanmo.parallel.execution import SingleProcess
from yanmo.training import loop
from yanmo.training.config import PretrainConfig
from yanmo.training.data import TrainingData
from yanmo.training.guards.spike import SpikeGuard
from yanmo.training.guards_config import GuardsConfig
from yanmo.training.job import TrainingJob
from yanmo.training.metrics import read_rows
from yanmo.training.optimizers import build_optimizer, optimizer_tensors
from yanmo.training.step import TrainingStep


class Faulty(SingleProcess):
    """One process whose loss or gradient goes wrong at chosen steps.

    Args:
        faults: by the number of the gradient that is computed, from 0.
    """

    def __init__(self, model: torch.nn.Module, faults: dict[int, str]) -> None:
        super().__init__(model)
        self.faults = faults
        self.count = 0

    def accumulate(self, *arguments: object) -> float:
        """The gradient, and the fault."""
        loss = super().accumulate(*arguments)  # type: ignore[arg-type]
        fault = self.faults.get(self.count)
        self.count += 1
        gradient = self.model.get_parameter("blocks.0.mlp.up_proj.weight").grad
        assert gradient is not None
        if fault == "loss_nan":
            return float("nan")
        if fault == "loss_inf":
            return float("inf")
        if fault == "loss_x10":
            return 10 * loss
        if fault == "loss_x1000":
            return 1000 * loss
        if fault == "gradient_nan":
            gradient[3, 5] = torch.nan
        if fault == "gradient_inf":
            gradient[3, 5] = torch.inf
        if fault == "gradient_x1000":
            for parameter in self.model.parameters():
                assert parameter.grad is not None
                parameter.grad *= 1000
        return loss


KINDS = (
    "loss_nan", "loss_inf", "loss_x10", "loss_x1000",
    "gradient_nan", "gradient_inf", "gradient_x1000",
)  # fmt: skip


def state_hash(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> str:
    """SHA-256 over weights, buffers and optimiser."""
    digest = hashlib.sha256()
    tensors = {**model.state_dict(), **optimizer_tensors(model, optimizer)}
    for name, tensor in sorted(tensors.items()):
        flat = tensor.detach().reshape(-1).contiguous()
        digest.update(name.encode() + flat.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def known(guard: SpikeGuard, num_steps: int) -> None:
    """Give a guard the history of so many healthy steps."""
    for step in range(num_steps):
        assert guard.judge(4.1 + 0.01 * (step % 3), 1.0 + 0.1 * (step % 2)).is_accepted


@pytest.mark.parametrize("at", [1, 65, 500])
@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_step_changes_nothing_and_the_next_goes_on(
    tmp_path: Path, data: TrainingData, kind: str, at: int
) -> None:
    config = build_config(steps=600, schedule={"warmup_steps": 1})
    job = build_job(tmp_path, data, config, dropout=0.2)
    optimizer = build_optimizer(job.model, config.optimizer)
    guard = SpikeGuard(config.guards)
    known(guard, at - 1)
    step = TrainingStep(
        Faulty(job.model, {1: kind}),
        job.objective,
        optimizer,
        config,
        device=job.device,
        dtype=job.dtype,
        spikes=guard,
    )
    assert step.run(at - 1, data.micro_batches(config, at - 1)).verdict.is_accepted
    before = state_hash(job.model, optimizer)
    refused = step.run(at, data.micro_batches(config, at))
    assert not refused.verdict.is_accepted and not refused.verdict.must_stop
    assert state_hash(job.model, optimizer) == before
    assert step.run(at + 1, data.micro_batches(config, at + 1)).verdict.is_accepted
    assert state_hash(job.model, optimizer) != before
    assert guard.num_skipped == 1


def faulty_job(
    directory: Path, data: TrainingData, config: PretrainConfig, faults: dict[int, str]
) -> TrainingJob:
    job = build_job(directory, data, config)
    return TrainingJob(**{**vars(job), "execution": Faulty(job.model, faults)})


def test_a_run_counts_what_it_skips_and_says_why(tmp_path: Path, data: TrainingData) -> None:
    said = io.StringIO()
    job = faulty_job(
        tmp_path, data, build_config(), {3: "loss_nan", 4: "gradient_inf", 8: "loss_x10"}
    )
    progress = loop.train(job, Console(said))
    assert progress.num_skipped == 3 and progress.step == 12
    rows = {row["step"]: row for row in read_rows(tmp_path / "metrics.jsonl") if "train/lr" in row}
    assert {n: row["train/skipped"] for n, row in rows.items() if "train/skipped" in row} == {
        4: 1, 5: 2, 9: 3,
    }  # fmt: skip
    assert all(("train/loss" in row) == ("train/skipped" not in row) for row in rows.values())
    assert rows[9]["train/skipped_because"] == "exploded" and rows[9]["train/skipped_loss"] > 30
    assert said.getvalue().count("is skipped") == 3
    assert "step 9 is skipped: the loss has exploded" in said.getvalue()


def test_too_many_in_a_row_stop_the_run_with_step_layer_and_numbers(
    tmp_path: Path, data: TrainingData
) -> None:
    faults = dict.fromkeys((5, 6, 7), "gradient_nan")
    job = faulty_job(tmp_path, data, build_config(), faults)
    with pytest.raises(RunError, match=r"step 7, layer blocks\.0\.mlp\.up_proj") as stopped:
        loop.train(job, silent_console())
    assert "3 steps in a row" in str(stopped.value)


def test_spikes_without_end_name_the_rule_that_refuses_them(
    tmp_path: Path, data: TrainingData
) -> None:
    job = faulty_job(tmp_path, data, build_config(), dict.fromkeys(range(6, 9), "gradient_x1000"))
    with pytest.raises(RunError, match=r"far larger [^\n]*\n.*pretrain\.guards\.max_sigmas"):
        loop.train(job, silent_console())


def test_a_run_that_is_told_to_stop_at_once_does(tmp_path: Path, data: TrainingData) -> None:
    config = build_config(guards=GuardsConfig(non_finite="stop"))
    with pytest.raises(RunError, match="step 5, layer"):
        loop.train(faulty_job(tmp_path, data, config, {5: "loss_nan"}), silent_console())


@pytest.mark.parametrize("fault_at", [3, 4, 5, 9])
def test_a_run_resumed_amid_its_window_skips_the_same_steps(
    tmp_path: Path, data: TrainingData, fault_at: int
) -> None:
    faults = {2: "loss_x10", fault_at: "gradient_nan", 10: "loss_nan"}
    whole = faulty_job(tmp_path / "whole", data, build_config(), faults)
    loop.train(whole, silent_console())

    class DyingError(Exception):
        """Stands for a process that ends without warning."""

    def stop_at(step: int) -> list[dict[str, str]]:
        if step == 6:
            raise DyingError
        return []

    broken = faulty_job(tmp_path / "broken", data, build_config(), faults)
    dying = {**vars(broken), "write_samples": lambda step, _state: stop_at(step)}
    with pytest.raises(DyingError):
        loop.train(TrainingJob(**dying), silent_console())
    shifted = {step - 4: fault for step, fault in faults.items()}
    resumed = faulty_job(tmp_path / "broken", data, build_config(), shifted)
    progress = loop.train(resumed, silent_console())
    assert progress.num_resumes == 1 and progress.num_skipped == 3
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(resumed)[name]), name


def test_a_run_whose_every_step_so_far_was_refused_goes_on(
    tmp_path: Path, data: TrainingData
) -> None:
    config = build_config(steps=4, checkpoint_every=1, validate_every=100)
    whole = faulty_job(tmp_path / "whole", data, config, {0: "loss_nan"})
    loop.train(whole, silent_console())

    class DyingError(Exception):
        """Stands for a process that ends without warning."""

    def die(step: int) -> list[dict[str, str]]:
        if step == 2:
            raise DyingError
        return []

    broken = faulty_job(tmp_path / "broken", data, config, {0: "loss_nan", 1: "loss_nan"})
    sampled = {**vars(broken), "write_samples": lambda step, _state: die(step)}
    sampled["config"] = config.model_copy(update={"sample_every": 1})
    with pytest.raises(DyingError):
        loop.train(TrainingJob(**sampled), silent_console())
    resumed = faulty_job(tmp_path / "broken", data, config, {})
    assert loop.train(resumed, silent_console()).num_skipped == 1
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(resumed)[name]), name


def test_tokens_that_change_under_a_run_are_refused(tmp_path: Path, data: TrainingData) -> None:
    job = build_job(tmp_path, replace(data, content_hash="a"), build_config())
    loop.train(job, silent_console())
    other = build_job(tmp_path, replace(data, content_hash="b"), build_config(steps=20))
    with pytest.raises(CheckpointError, match="tokens are not those"):
        loop.train(other, silent_console())

    splits = (data.train.split,)
    job = build_job(tmp_path / "second", replace(data, splits=splits), build_config())
    shard = data.train.split.directory / "train-00001.bin"
    shard.write_bytes(bytes([shard.read_bytes()[0] ^ 1]) + shard.read_bytes()[1:])
    with pytest.raises(DataError, match=r"train-00001\.bin"):
        loop.train(job, silent_console())
