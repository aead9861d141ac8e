"""The guards of a whole run: over-fitting, odd gradients, faulty hardware; none in a sound run."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.training.guards.test_rerun import flip_bit
from tests.training.small_job import (
    EOT,
    PAD,
    ROW_TOKENS,
    build_config,
    build_job,
    build_model,
    silent_console,
    weights,
)

from yanmo.core.console import Console
from yanmo.parallel.execution import SingleProcess
from yanmo.tokens.rows import PackedRows
from yanmo.training import loop
from yanmo.training.config import AdamWConfig
from yanmo.training.data import TrainingData
from yanmo.training.guards.hardware import HardwareError
from yanmo.training.guards_config import GuardsConfig
from yanmo.training.job import Progress, TrainingJob
from yanmo.training.metrics import read_rows
from yanmo.training.optimizers import build_optimizer
from yanmo.training.step import TrainingStep


class FewRows(PackedRows):
    """The first rows of a split, over and over."""

    @property
    def num_rows(self) -> int:
        """Four of them."""
        return 4


def said_of_run(job: TrainingJob) -> tuple[Progress, str]:
    stream = io.StringIO()
    return loop.train(job, Console(stream)), stream.getvalue()


def test_a_run_that_over_fits_is_told_once_with_remedies(
    tmp_path: Path, data: TrainingData
) -> None:
    rows = FewRows(data.train.split, ROW_TOKENS, EOT, PAD)
    few = replace(data, train=rows, splits=(rows.split,))
    config = build_config(
        steps=120,
        batch_rows=4,
        validate_every=10,
        checkpoint_every=120,
        sample_every=None,
        optimizer=AdamWConfig(learning_rate=1e-2, weight_decay=0.0),
    )
    progress, said = said_of_run(build_job(tmp_path, few, config))
    assert said.count("over-fitting: since step") == 1
    for part in ("model.dropout = 0.1 (now 0)", "weight_decay = 0.1 (now 0)", "have been read"):
        assert part in said
    assert any("over-fitting" in note for note in progress.notes)
    (row,) = [row for row in read_rows(tmp_path / "metrics.jsonl") if "overfit/best_step" in row]
    assert row["validation/loss"] == row["overfit/validation_loss"]
    assert row["overfit/train_loss"] < row["overfit/train_loss_at_best"]


def test_a_healthy_run_hears_of_nothing(tmp_path: Path, data: TrainingData) -> None:
    guards = GuardsConfig(gradients_every=10, rerun_every=20)
    config = build_config(steps=60, validate_every=10, sample_every=None, guards=guards)
    progress, said = said_of_run(build_job(tmp_path, data, config))
    for word in ("skipped", "over-fitting", "gradient of", "computation"):
        assert word not in said
    assert progress.num_skipped == 0
    rows = {row["step"]: row for row in read_rows(tmp_path / "metrics.jsonl") if "train/lr" in row}
    key = "train/layer_grad_norms"
    watched = {step: row[key] for step, row in rows.items() if key in row}
    assert list(watched) == [10, 20, 30, 40, 50, 60]
    for step, norms in watched.items():
        assert list(norms) == ["embed", "blocks.0", "blocks.1", "final_norm"]
        whole = sum(norm**2 for norm in norms.values()) ** 0.5
        assert whole == pytest.approx(rows[step]["train/grad_norm"], rel=1e-5)


def test_looking_at_gradients_and_hardware_changes_nothing(
    tmp_path: Path, data: TrainingData
) -> None:
    found = []
    for name, guards in (
        ("off", GuardsConfig(gradients_every=None, rerun_every=None)),
        ("on", GuardsConfig(gradients_every=2, rerun_every=1)),
    ):
        job = build_job(tmp_path / name, data, build_config(guards=guards), dropout=0.3)
        loop.train(job, silent_console())
        found.append(weights(job))
    for name, value in found[0].items():
        assert torch.equal(value, found[1][name]), name


def test_a_vanished_gradient_is_named_with_its_layer(tmp_path: Path, data: TrainingData) -> None:
    config = build_config(guards=GuardsConfig(gradients_every=4), sample_every=None)
    job = build_job(tmp_path, data, config)
    for name, parameter in job.model.named_parameters():
        if name.startswith("blocks.1."):
            parameter.register_hook(lambda gradient: gradient * 1e-12)
    _, said = said_of_run(job)
    assert said.count("the gradient of blocks.1 has vanished") == 1


class FlippingBits(SingleProcess):
    """A machine that flips a bit at chosen runs of the forward and backward pass, from 0."""

    def __init__(self, model: torch.nn.Module, flips: dict[int, str]) -> None:
        super().__init__(model)
        self._flips = flips
        self._count = 0

    def accumulate(self, *arguments: Any) -> float:
        """The gradient; a bit of it or of a weight is then another one."""
        loss = super().accumulate(*arguments)
        place = self._flips.get(self._count)
        self._count += 1
        parameter = self.model.get_parameter("blocks.0.mlp.up_proj.weight")
        if place == "gradient":
            assert parameter.grad is not None
            # The largest number's: a smaller one's would be lost in the rounding of the norm.
            flip_bit(parameter.grad, int(parameter.grad.abs().argmax()), 22)
        if place == "weight":
            flip_bit(parameter, 17, 3)
        return loss


def job_on(
    directory: Path, data: TrainingData, flips: dict[int, str], **fields: Any
) -> TrainingJob:
    config = build_config(guards=GuardsConfig(rerun_every=4), **fields)
    job = build_job(directory, data, config)
    return replace(job, execution=FlippingBits(job.model, flips))


def test_a_transient_fault_is_told_and_does_no_harm(tmp_path: Path, data: TrainingData) -> None:
    sound = build_job(tmp_path / "sound", data, build_config())
    loop.train(sound, silent_console())
    # Step 3 is the first that is checked: its passes are 3 and 4, and 5 as one of them disagrees.
    job = job_on(tmp_path / "faulty", data, {4: "gradient"})
    progress, said = said_of_run(job)
    assert "two of three runs agree" in said and len(progress.notes) == 1
    for name, value in weights(sound).items():
        assert torch.equal(value, weights(job)[name]), name


def test_a_bit_of_a_weight_that_flips_ends_the_run_before_the_update(
    tmp_path: Path, data: TrainingData
) -> None:
    job = job_on(tmp_path, data, {9: "weight"}, checkpoint_every=2)
    with pytest.raises(HardwareError, match="step 7: the weights changed in memory") as stopped:
        loop.train(job, silent_console())
    assert stopped.value.exit_code == 75
    sound = build_job(tmp_path / "sound", data, build_config())
    loop.train(sound, silent_console())
    resumed = build_job(tmp_path, data, job.config)
    progress = loop.train(resumed, silent_console())
    assert progress.num_resumes == 1
    for name, value in weights(sound).items():
        assert torch.equal(value, weights(resumed)[name]), name


def test_results_that_differ_each_time_end_the_run(tmp_path: Path, data: TrainingData) -> None:
    class Unreliable(FlippingBits):
        def accumulate(self, *arguments: Any) -> float:
            loss = super().accumulate(*arguments)
            return loss * (1 + 1e-6 * self._count)

    job = build_job(tmp_path, data, build_config(guards=GuardsConfig(rerun_every=4)))
    job = replace(job, execution=Unreliable(job.model, {}))
    with pytest.raises(HardwareError, match="step 3: the same computation gave another result"):
        loop.train(job, silent_console())


def test_a_step_without_a_guard_of_its_own_still_has_one(data: TrainingData) -> None:
    config = build_config()
    model = build_model()
    step = TrainingStep(
        SingleProcess(model),
        data.objective,
        build_optimizer(model, config.optimizer),
        config,
        device=torch.device("cpu"),
        dtype=torch.float32,
    )
    assert step.run(0, data.micro_batches(config, 0)).verdict.is_accepted
