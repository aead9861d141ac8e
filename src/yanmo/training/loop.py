"""The training loop, in the order in which things happen.

In: a model, an objective, rows, a configuration. Out, below one directory: `metrics.jsonl`,
`samples.jsonl`, `checkpoints/`. An interrupted run goes on from its newest checkpoint and ends in
the same weights, bit for bit on one machine, as a run that was never interrupted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from yanmo.checkpoint.training_state import TrainingState, load_latest, save_training_state
from yanmo.core.console import Console
from yanmo.core.device import peak_flops
from yanmo.core.errors import CheckpointError, DataError, Interrupted
from yanmo.core.messages import t
from yanmo.core.usage import peak_memory_bytes
from yanmo.parallel.execution import Batch, Execution
from yanmo.training.alone import execute_alone
from yanmo.training.config import PretrainConfig
from yanmo.training.data import RowPlace, TrainingData
from yanmo.training.guards.divergence import check_validation
from yanmo.training.guards.run_guards import RunGuards
from yanmo.training.metrics import StepLog
from yanmo.training.objectives.objective import Objective
from yanmo.training.optimizers import (
    build_optimizer,
    load_optimizer_tensors,
    optimizer_tensors,
)
from yanmo.training.progress import ProgressLine
from yanmo.training.step import StepResult, TrainingStep, autocast, batch_to_device
from yanmo.training.stop_signal import StopSignal

FullState = Mapping[str, torch.Tensor]
SampleWriter = Callable[[int, FullState | None], Iterable[Mapping[str, Any]]]
"""Called with the number of steps done, and with the whole model's weights where it is spread over
several processes; gives rows for `samples.jsonl`."""
StepsCorrection = Callable[[int, float], int]
"""Called with the number of steps done and the seconds that they took; gives the steps of the whole
run, at least those done."""


@dataclass(frozen=True)
class TrainingJob:
    """Everything a run needs. `write_samples` is called every `sample_every` steps, and
    `correct_steps`, where there is one, after every step: a run that has so many seconds, and not
    so many steps. `execution` spreads `model` over several processes; None is this one alone."""

    model: nn.Module
    objective: Objective
    data: TrainingData
    config: PretrainConfig
    directory: Path
    device: torch.device
    dtype: torch.dtype
    flops_per_token: int
    write_samples: SampleWriter
    correct_steps: StepsCorrection | None = None
    execution: Execution | None = None


@dataclass(frozen=True)
class Progress:
    """How far a run has come: what a checkpoint holds besides tensors. `training_s` are seconds of
    optimiser steps, `elapsed_s` of everything; `num_skipped` steps changed nothing, and `notes` are
    for the report."""

    step: int = 0
    num_tokens: int = 0
    first_loss: float | None = None
    train_loss: float = math.nan
    validation_loss: float = math.nan
    elapsed_s: float = 0.0
    training_s: float = 0.0
    num_resumes: int = 0
    num_skipped: int = 0
    notes: tuple[str, ...] = ()


def train(job: TrainingJob, console: Console) -> Progress:
    """Train until `config.steps` or what they are corrected to, from the newest checkpoint where
    there is one.

    Raises:
        RunError: the run diverged, or a checkpoint could not be written.
        Interrupted: the user asked to stop; a checkpoint has been saved.
    """
    config = job.config
    optimizer = build_optimizer(job.model, config.optimizer)
    # Before resuming: trying out the compiled model may move what the model carries.
    execution = job.execution or execute_alone(
        job.model, job.data, config, device=job.device, dtype=job.dtype, console=console
    )
    ranks = execution.mesh.ranks
    place = RowPlace(execution.mesh.data_rank, execution.mesh.config.num_data_ranks)
    guards = RunGuards(config, job.model, job.data, job.directory, ranks, console.warn)
    progress = _resume(job, optimizer, guards, console)
    step = TrainingStep(
        execution,
        job.objective,
        optimizer,
        config,
        device=job.device,
        dtype=job.dtype,
        spikes=guards.spikes,
    )
    metrics = StepLog(
        job.directory / "metrics.jsonl", keep_until=progress.step, is_writing=ranks.is_main
    )
    samples = StepLog(
        job.directory / "samples.jsonl", keep_until=progress.step, is_writing=ranks.is_main
    )
    line = ProgressLine(config.steps, _flops_per_token(job), peak_flops(job.device))
    began_at = time.monotonic() - progress.elapsed_s

    if progress.step == 0:
        progress = _validate(job, execution, progress, metrics, guards)
        _sample(job, execution, progress, samples)

    with guards.watchdog, StopSignal() as stop:
        while progress.step < step.num_steps:
            step_began_at = time.monotonic()
            micro_batches = job.data.micro_batches(config, progress.step, place)
            result = step.run(
                progress.step,
                micro_batches,
                has_layer_norms=guards.is_gradient_row_due(progress.step),
            )
            step_s = time.monotonic() - step_began_at
            progress = _advance(progress, result, step_s, elapsed_s=time.monotonic() - began_at)
            if job.correct_steps is not None:
                step.num_steps = job.correct_steps(progress.step, progress.training_s)
                line.num_steps = step.num_steps
            guard_row = guards.after_step(progress.step, result)
            metrics.write(_metrics_row(progress, result, step_s, line) | guard_row)
            console.progress(line.text(progress.step, result, step_s))

            is_last = progress.step == step.num_steps
            if is_last or progress.step % config.validate_every == 0:
                progress = _validate(job, execution, progress, metrics, guards)
                console.note(_validation_note(progress))
            if config.sample_every and (is_last or progress.step % config.sample_every == 0):
                _sample(job, execution, progress, samples)
                guards.watchdog.beat(progress.step, "sampling")
            must_stop = ranks.any(stop.is_set)
            if is_last or must_stop or progress.step % config.checkpoint_every == 0:
                metrics.sync()
                samples.sync()
                job.data.check_unchanged()
                _save(job, optimizer, progress, guards)
                guards.watchdog.beat(progress.step, "saving")
            if must_stop and not is_last:
                raise _interrupted(progress.step, step.num_steps)
    console.end_progress()
    metrics.close()
    samples.close()
    return replace(progress, num_skipped=guards.num_skipped, notes=tuple(guards.notes))


def _resume(
    job: TrainingJob, optimizer: torch.optim.Optimizer, guards: RunGuards, console: Console
) -> Progress:
    loaded = load_latest(job.directory / "checkpoints")
    if loaded is None:
        return Progress()
    for reason in loaded.skipped:
        console.warn(t("a damaged checkpoint was passed over: {reason}", reason=reason))
    tensors = loaded.state.tensors
    with torch.no_grad():
        for name, tensor in _model_tensors(job.model).items():
            tensor.copy_(tensors["model"][name])
    load_optimizer_tensors(job.model, optimizer, dict(tensors["optimizer"]))
    state = dict(loaded.state.state)
    guards.load(state.pop("guards"))
    _check_tokens(job.data, state.pop("tokens"), loaded.path)
    progress = Progress(**state)
    console.note(t("going on after step {step} from {path}", step=progress.step, path=loaded.path))
    return replace(progress, num_resumes=progress.num_resumes + 1)


def _check_tokens(data: TrainingData, content_hash: str | None, checkpoint: Path) -> None:
    if content_hash != data.content_hash:
        raise CheckpointError(
            t("the tokens are not those that this run began with"),
            where=str(checkpoint),
            hint=t("Put them back, or delete the folder to start this stage again."),
        )


def _flops_per_token(job: TrainingJob) -> float:
    # Those of an encoder-decoder are for a token of the source and one of the target together.
    is_pair = getattr(job.model, "kind", None) == "seq2seq"
    return job.flops_per_token / 2 if is_pair else job.flops_per_token


def _advance(
    progress: Progress, result: StepResult, step_s: float, *, elapsed_s: float
) -> Progress:
    loss = result.loss if result.verdict.is_accepted else None
    return replace(
        progress,
        step=progress.step + 1,
        num_tokens=progress.num_tokens + result.num_tokens,
        first_loss=loss if progress.first_loss is None else progress.first_loss,
        train_loss=progress.train_loss if loss is None else loss,
        elapsed_s=elapsed_s,
        training_s=progress.training_s + step_s,
    )


def _validate(
    job: TrainingJob,
    execution: Execution,
    progress: Progress,
    metrics: StepLog,
    guards: RunGuards,
) -> Progress:
    def measure(model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        with autocast(job.device, job.dtype):
            return job.objective.loss(model, batch)

    place = RowPlace(execution.mesh.data_rank, execution.mesh.config.num_data_ranks)
    loss_sum, num_targets = 0.0, 0
    batches = list(job.data.validation_batches(job.config, place))
    job.model.eval()
    for batch, is_everywhere in batches:
        batch_sum, batch_targets = execution.measure(batch_to_device(batch, job.device), measure)
        copies = place.count if is_everywhere else 1
        loss_sum += batch_sum / copies
        num_targets += batch_targets // copies
        guards.watchdog.beat(progress.step, "validating")
    if not num_targets:
        raise DataError(
            t("the validation split has nothing to be predicted"),
            hint=t("Give the corpus more text, or a larger part of it to validation."),
        )
    loss = loss_sum / num_targets
    check_validation(
        job.model,
        step=progress.step,
        loss=loss,
        rerun=lambda: execution.measure(batch_to_device(batches[0][0], job.device), measure),
        ranks=execution.mesh.ranks,
    )
    row: dict[str, Any] = {
        "step": progress.step,
        "time": time.time(),
        "train/tokens": progress.num_tokens,
        "validation/loss": loss,
    }
    if job.data.bytes_per_token is not None:
        row["validation/bits_per_byte"] = loss / math.log(2) / job.data.bytes_per_token
    metrics.write(row | guards.after_validation(progress.step, loss, progress.num_tokens))
    return replace(progress, validation_loss=loss)


def _sample(job: TrainingJob, execution: Execution, progress: Progress, samples: StepLog) -> None:
    if job.config.sample_every is None:
        return
    job.model.eval()
    ranks = execution.mesh.ranks
    state = execution.full_state() if ranks.size > 1 else None
    if ranks.is_main:
        for row in job.write_samples(progress.step, state):
            samples.write({"step": progress.step, **row})


def _save(
    job: TrainingJob, optimizer: torch.optim.Optimizer, progress: Progress, guards: RunGuards
) -> None:
    tensors = {
        "model": _model_tensors(job.model),
        "optimizer": optimizer_tensors(job.model, optimizer),
    }
    # A loss that is not known yet is no JSON number.
    known = {name: value for name, value in vars(progress).items() if value == value}
    own = known | {"guards": guards.state(), "tokens": job.data.content_hash}
    state = TrainingState(step=progress.step, tensors=tensors, state=own)
    save_training_state(job.directory / "checkpoints", state, keep_last=job.config.keep_checkpoints)


def _model_tensors(model: nn.Module) -> dict[str, torch.Tensor]:
    """Parameters, and buffers: what a recurrent model carries from step to step."""
    parameters = {name: parameter.data for name, parameter in model.named_parameters()}
    return parameters | dict(model.named_buffers())


def _metrics_row(
    progress: Progress, result: StepResult, step_s: float, line: ProgressLine
) -> dict[str, Any]:
    tokens_per_s = result.num_tokens / step_s
    is_accepted = result.verdict.is_accepted  # what was refused may be no number, and is no loss
    row = {
        "step": progress.step,
        "time": time.time(),
        **({"train/loss": result.loss} if is_accepted else {}),
        "train/lr": result.learning_rate,
        **({"train/grad_norm": result.grad_norm} if is_accepted else {}),
        "train/tokens": progress.num_tokens,
        "train/tokens_per_s": tokens_per_s,
        "memory/peak_bytes": peak_memory_bytes(),
    }
    mfu = line.mfu(tokens_per_s)
    return row if mfu is None else row | {"train/mfu": mfu}


def _interrupted(step: int, num_steps: int) -> Interrupted:
    return Interrupted(
        t(
            "stopped after step {step} of {steps}; a checkpoint is saved",
            step=step,
            steps=num_steps,
        )
    )


def _validation_note(progress: Progress) -> str:
    return t(
        "step {step}: validation loss {loss:.4f}", step=progress.step, loss=progress.validation_loss
    )
