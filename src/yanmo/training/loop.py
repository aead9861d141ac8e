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

from yanmo.checkpoint.training_state import CheckpointStore, TrainingState
from yanmo.core.console import Console
from yanmo.core.device import reached_peak_flops
from yanmo.core.errors import CheckpointError, DataError, Interrupted
from yanmo.core.messages import t
from yanmo.core.usage import peak_memory_bytes
from yanmo.parallel.execution import Batch, Execution
from yanmo.parallel.local_sgd import LocalSgd, build_local_sgd
from yanmo.parallel.ranks import Ranks
from yanmo.training.alone import execute_alone
from yanmo.training.checkpoints import checkpoint_store, load_run, run_state
from yanmo.training.config import PretrainConfig
from yanmo.training.course import Course
from yanmo.training.course_notes import describe_course
from yanmo.training.data import RowPlace, TrainingData
from yanmo.training.guards.divergence import check_validation
from yanmo.training.guards.run_guards import RunGuards
from yanmo.training.metrics import StepLog
from yanmo.training.objectives.objective import Objective
from yanmo.training.optimizers import build_optimizer
from yanmo.training.progress import ProgressLine
from yanmo.training.schedule import rows_before
from yanmo.training.step import StepResult, TrainingStep, autocast, batch_to_device
from yanmo.training.stop_signal import StopSignal
from yanmo.training.update_rules.penalty import penalty_of

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
    so many steps. `execution` spreads `model` over several processes; None is this one alone. Of
    `old_data` the validation rows are measured too: text of a domain that the model knew before."""

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
    old_data: TrainingData | None = None


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
    ranks = Ranks.alone() if job.execution is None else job.execution.mesh.ranks
    with checkpoint_store(job.directory, job.config, ranks) as store:
        return _train(job, store, console)


def _train(job: TrainingJob, store: CheckpointStore, console: Console) -> Progress:
    config = job.config
    optimizer = build_optimizer(
        job.model, config.optimizer, l1_penalty=config.l1_penalty, l2_penalty=config.l2_penalty
    )
    # Before resuming: trying out the compiled model may move what the model carries.
    execution = job.execution or execute_alone(
        job.model, job.data, config, device=job.device, dtype=job.dtype, console=console
    )
    ranks = execution.mesh.ranks
    place = RowPlace(execution.mesh.data_rank, execution.mesh.config.num_data_ranks)
    guards = RunGuards(config, job.model, job.data, job.directory, ranks, console.warn)
    course = Course(config, job.model)
    copies = build_local_sgd(execution.mesh, job.model, optimizer)
    progress = _resume(job, store, optimizer, guards, course, copies, console)
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
    peak = ranks.size * reached_peak_flops(job.device, job.dtype)
    line = ProgressLine(config.steps, _flops_per_token(job), peak)
    began_at = time.monotonic() - progress.elapsed_s

    if progress.step == 0:
        with course.weights_that_count():
            progress = _validate(job, execution, progress, metrics, guards, course)
            _sample(job, execution, progress, samples)

    with guards.watchdog, StopSignal() as stop:
        while progress.step < step.num_steps and not course.is_over:
            step_began_at = time.monotonic()
            micro_batches = job.data.micro_batches(config, progress.step, place)
            noise_row = {}
            if _is_noise_due(config, progress.step):
                noise_row = course.after_noise(step.measure_noise(progress.step, micro_batches))
            result = step.run(
                progress.step,
                micro_batches,
                validation_losses=course.validation_losses,
                has_layer_norms=guards.is_gradient_row_due(progress.step),
            )
            store.poll()
            step_s = time.monotonic() - step_began_at
            progress = _advance(progress, result, step_s, elapsed_s=time.monotonic() - began_at)
            if job.correct_steps is not None:
                step.num_steps = job.correct_steps(progress.step, progress.training_s)
                line.num_steps = step.num_steps
            is_last = progress.step == step.num_steps
            are_alike = copies is None or copies.after_step(progress.step, is_last=is_last)
            if copies is not None and are_alike:
                step.take_weights()
            course.after_update(progress.step, result.verdict.is_accepted)
            row = _metrics_row(progress, result, step_s, line)
            if copies is not None:
                row["train/staleness"] = copies.staleness
            row |= guards.after_step(progress.step, result) | noise_row
            if config.l1_penalty or config.l2_penalty:
                row["train/penalty"] = penalty_of(optimizer, execution.mesh)
            metrics.write(row)
            console.progress(line.text(progress.step, result, step_s))

            if is_last or progress.step % config.validate_every == 0:
                with course.weights_that_count():
                    progress = _validate(job, execution, progress, metrics, guards, course)
                console.note(_validation_note(progress))
                is_last = is_last or course.is_over
            if config.sample_every and (is_last or progress.step % config.sample_every == 0):
                with course.weights_that_count():
                    _sample(job, execution, progress, samples)
                guards.watchdog.beat(progress.step, "sampling")
            must_stop = are_alike and ranks.any(stop.is_set)  # a checkpoint has one copy
            if is_last or must_stop or progress.step % config.checkpoint_every == 0:
                metrics.sync()
                samples.sync()
                job.data.check_unchanged()
                is_async = config.async_checkpoints and not (is_last or must_stop)
                state = _state(job, optimizer, progress, guards, course, copies)
                store.save(state, is_async=is_async)
                guards.watchdog.beat(progress.step, "saving")
            if must_stop and not is_last:
                raise _interrupted(progress.step, step.num_steps)
    console.end_progress()
    metrics.close()
    samples.close()
    notes = [*guards.notes, *_conclude(job, course, progress, console)]
    return replace(
        progress,
        validation_loss=course.validation_losses[course.index_of_result],
        num_skipped=guards.num_skipped,
        notes=tuple(notes),
    )


def _conclude(job: TrainingJob, course: Course, progress: Progress, console: Console) -> list[str]:
    """Give the model the weights that the run ends with, and say what the run has shown."""
    course.put_result_into_model()
    old_data = job.old_data
    notes = describe_course(
        course,
        job.config,
        batch_tokens=progress.num_tokens
        / max(1, rows_before(job.config, progress.step))
        * job.config.batch_rows,
        old_bytes_per_token=None if old_data is None else old_data.bytes_per_token,
    )
    for note in notes:
        console.note(note)
    return notes


def _resume(
    job: TrainingJob,
    store: CheckpointStore,
    optimizer: torch.optim.Optimizer,
    guards: RunGuards,
    course: Course,
    copies: LocalSgd | None,
    console: Console,
) -> Progress:
    loaded = load_run(
        store, job.model, optimizer, lambda: {**course.targets(), **_copies_state(copies)}
    )
    if loaded is None:
        return Progress()
    for reason in loaded.skipped:
        console.warn(t("a damaged checkpoint was passed over: {reason}", reason=reason))
    state = dict(loaded.state.state)
    guards.load(state.pop("guards"))
    course.load(state.pop("course"), loaded.state.tensors)
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


def _is_noise_due(config: PretrainConfig, step: int) -> bool:
    # Not at the first step: where nothing is known yet, all examples pull the same way.
    every = config.noise_scale_every
    return every is not None and step > 0 and step % every == 0


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
    course: Course,
) -> Progress:
    row: dict[str, Any] = {
        "step": progress.step,
        "time": time.time(),
        "train/tokens": progress.num_tokens,
    }
    losses: list[float] = []
    for prefix, data in (("", job.data), ("old_", job.old_data)):
        if data is not None:
            loss = _measure(job, data, execution, progress, guards)
            losses.append(loss)
            row[f"validation/{prefix}loss"] = loss
            if data.bytes_per_token is not None:
                bits = loss / math.log(2) / data.bytes_per_token
                row[f"validation/{prefix}bits_per_byte"] = bits
    course.after_validation(progress.step, losses[0], *losses[1:])
    metrics.write(row | guards.after_validation(progress.step, losses[0], progress.num_tokens))
    return replace(progress, validation_loss=losses[0])


def _measure(
    job: TrainingJob,
    data: TrainingData,
    execution: Execution,
    progress: Progress,
    guards: RunGuards,
) -> float:
    """The loss of the validation rows of `data`, in nats per target."""

    def measure(model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        with autocast(job.device, job.dtype):
            return job.objective.loss(model, batch)

    place = RowPlace(execution.mesh.data_rank, execution.mesh.config.num_data_ranks)
    loss_sum, num_targets = 0.0, 0
    batches = list(data.validation_batches(job.config, place))
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
    return loss


def _sample(job: TrainingJob, execution: Execution, progress: Progress, samples: StepLog) -> None:
    if job.config.sample_every is None:
        return
    job.model.eval()
    ranks = execution.mesh.ranks
    state = execution.full_state() if ranks.size > 1 else None
    if ranks.is_main:
        for row in job.write_samples(progress.step, state):
            samples.write({"step": progress.step, **row})


def _state(
    job: TrainingJob,
    optimizer: torch.optim.Optimizer,
    progress: Progress,
    guards: RunGuards,
    course: Course,
    copies: LocalSgd | None,
) -> TrainingState:
    # A loss that is not known yet is no JSON number.
    known = {name: value for name, value in vars(progress).items() if value == value}
    own = known | {
        "guards": guards.state(),
        "course": course.state(),
        "tokens": job.data.content_hash,
    }
    others = {**course.tensors(), **_copies_state(copies)}
    return run_state(progress.step, job.model, optimizer, others, own, progress.validation_loss)


def _copies_state(copies: LocalSgd | None) -> dict[str, Mapping[str, torch.Tensor]]:
    return {} if copies is None else {"local_sgd": copies.state_tensors()}


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
