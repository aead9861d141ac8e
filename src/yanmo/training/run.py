"""A run and everything that lives as long as it does, as the loop uses it.

A job and the store of its checkpoints come in. The loop calls, in its own order: `take_step`,
`validate`, `write_samples`, `save`. Each leaves rows in the logs of the run's directory.
"""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from yanmo.checkpoint.training_state import CheckpointStore
from yanmo.core.console import Console
from yanmo.core.device import device_name, reached_peak_flops
from yanmo.core.errors import CheckpointError, DataError
from yanmo.core.messages import t
from yanmo.core.usage import peak_memory_bytes
from yanmo.parallel.execution import Batch
from yanmo.parallel.local_sgd import build_local_sgd
from yanmo.training.alone import execute_alone
from yanmo.training.checkpoints import attempt_number, load_run, run_state
from yanmo.training.compilation import compilation_of
from yanmo.training.config import TrainingConfig
from yanmo.training.course import Course
from yanmo.training.course_notes import describe_course
from yanmo.training.data import RowPlace, TrainingData
from yanmo.training.events import append_event
from yanmo.training.guards.divergence import check_validation
from yanmo.training.guards.run_guards import RunGuards
from yanmo.training.job import Progress, TrainingJob, advance
from yanmo.training.metrics import StepLog
from yanmo.training.optimizers import build_optimizer
from yanmo.training.progress import ProgressLine
from yanmo.training.schedule import rows_before
from yanmo.training.step import StepResult, TrainingStep, autocast, batch_to_device
from yanmo.training.update_rules.penalty import penalty_of


class Run:
    """One run, from its newest checkpoint where there is one.

    Attributes:
        progress: how far it has come.
        guards: what watches over it.
        num_steps: steps of the whole run, which may be corrected on the way.
        are_copies_alike: whether all processes hold one model, which copies that train apart do
            only after an average; what is saved is one model.
    """

    def __init__(self, job: TrainingJob, store: CheckpointStore, console: Console) -> None:
        config = job.config
        self._job, self._store, self._console = job, store, console
        self._optimizer = build_optimizer(
            job.model,
            config.optimizer,
            l1_penalty=config.l1_penalty,
            l2_penalty=config.l2_penalty,
            rate_factor=job.rate_factor,
        )
        # Before resuming: trying out the compiled model may move what the model carries.
        self._execution = job.execution or execute_alone(
            job.model, job.data, config, device=job.device, dtype=job.dtype, console=console
        )
        mesh = self._execution.mesh
        self.ranks = mesh.ranks
        self._place = RowPlace(mesh.data_rank, mesh.config.num_data_ranks)
        self.guards = RunGuards(
            config, job.model, job.data, job.directory, self.ranks, console.warn
        )
        self._course = Course(config, job.model, is_fresh=job.is_fresh)
        self._copies = build_local_sgd(mesh, job.model, self._optimizer)
        self.are_copies_alike = True
        self._passed_over: tuple[str, ...] = ()
        self.progress = self._resume()
        self._step = TrainingStep(
            self._execution,
            job.objective,
            self._optimizer,
            config,
            device=job.device,
            dtype=job.dtype,
            spikes=self.guards.spikes,
        )
        self._metrics = self._open_log("metrics.jsonl")
        self._samples = self._open_log("samples.jsonl")
        peak = self.ranks.size * reached_peak_flops(job.device, job.dtype)
        self._line = ProgressLine(config.steps, _flops_per_token(job), peak)
        self._began_at = time.monotonic() - self.progress.elapsed_s
        self._note_beginning()

    @property
    def num_steps(self) -> int:
        """Steps of the whole run as it is known now."""
        return self._step.num_steps

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to learn: all steps are done, or validations say so."""
        return self.progress.step >= self._step.num_steps or self._course.is_over

    def is_due(self, every: int | None) -> bool:
        """Whether what is done `every` so many steps, and at the end, is done now."""
        return every is not None and (self.is_over or self.progress.step % every == 0)

    def take_step(self) -> None:
        """One optimiser step, and its row."""
        job, config, number = self._job, self._job.config, self.progress.step
        began_at = time.monotonic()
        micro_batches = job.data.micro_batches(config, number, self._place)
        noise_row = {}
        if _is_noise_due(config, number):
            noise = self._step.measure_noise(number, micro_batches)
            noise_row = self._course.after_noise(noise)
        result = self._step.run(
            number,
            micro_batches,
            validation_losses=self._course.criteria,
            has_layer_norms=self.guards.is_gradient_row_due(number),
        )
        self._store.poll()
        step_s = time.monotonic() - began_at
        elapsed_s = time.monotonic() - self._began_at
        self.progress = advance(self.progress, result, step_s, elapsed_s=elapsed_s)
        if job.correct_steps is not None:
            num_steps = job.correct_steps(self.progress.step, self.progress.training_s)
            self._step.num_steps = self._line.num_steps = num_steps
        self._average_copies()
        self._course.after_update(self.progress.step, result.verdict.is_accepted)
        row = self._metrics_row(result, step_s) | noise_row
        self._metrics.write(row | self.guards.after_step(self.progress.step, result))
        self._console.progress(self._line.text(self.progress.step, result, step_s))

    def validate(self) -> None:
        """Measure the validation rows, those of the old domain too, with the weights that count."""
        step = self.progress.step
        row: dict[str, Any] = {
            "step": step,
            "time": time.time(),
            "train/tokens": self.progress.num_tokens,
        }
        losses: list[float] = []
        figures: Mapping[str, float] = {}
        with self._course.weights_that_count():
            for prefix, data in (("", self._job.data), ("old_", self._job.old_data)):
                if data is not None:
                    loss = self._measure(data)
                    losses.append(loss)
                    row[f"validation/{prefix}loss"] = loss
                    if data.bytes_per_token is not None:
                        bits = loss / math.log(2) / data.bytes_per_token
                        row[f"validation/{prefix}bits_per_byte"] = bits
            if self._job.measure_task is not None:
                self._job.model.eval()
                figures = self._job.measure_task()
                row |= {f"validation/{name}": figure for name, figure in figures.items()}
                self.guards.watchdog.beat(step, "validating")
            criterion = -next(iter(figures.values())) if figures else None
            self._course.after_validation(step, losses[0], *losses[1:], criterion=criterion)
        row |= self.guards.after_validation(
            step, losses[0], self.progress.num_tokens, metric=next(iter(figures), None)
        )
        self._metrics.write(row)
        self.progress = replace(self.progress, validation_loss=losses[0])
        if step or figures:
            said = t("step {step}: validation loss {loss:.4f}", step=step, loss=losses[0])
            told = [f"{name} {figures[name]:.4f}" for name in [*figures][:_FIGURES_TOLD]]
            self._console.note(t(", ").join([said, *told]))

    def write_samples(self) -> None:
        """Have the model write, with the weights that count."""
        if self._job.config.sample_every is None:
            return
        with self._course.weights_that_count():
            self._job.model.eval()
            state = self._execution.full_state() if self.ranks.size > 1 else None
            if self.ranks.is_main:
                for row in self._job.write_samples(self.progress.step, state):
                    self._samples.write({"step": self.progress.step, **row})
        self.guards.watchdog.beat(self.progress.step, "sampling")

    def save(self, *, is_last: bool) -> None:
        """Save everything that the run goes on from; what it is about to end with, at once."""
        self._metrics.sync()
        self._samples.sync()
        self._job.data.check_unchanged()
        is_async = self._job.config.async_checkpoints and not is_last
        # A loss that is not known yet is no JSON number.
        known = {name: value for name, value in vars(self.progress).items() if value == value}
        own = known | {
            "guards": self.guards.state(),
            "course": self._course.state(),
            "tokens": self._job.data.content_hash,
        }
        others = {**self._course.tensors(), **self._copies_tensors()}
        state = run_state(
            self.progress.step,
            self._job.model,
            self._optimizer,
            others,
            own,
            self._course.criteria[-1] if self._course.criteria else math.nan,
        )
        self._store.save(state, is_async=is_async)
        self.guards.watchdog.beat(self.progress.step, "saving")

    def conclude(self) -> Progress:
        """Give the model the weights that the run ends with, and say what the run has shown."""
        self._console.end_progress()
        self._metrics.close()
        self._samples.close()
        course, old_data = self._course, self._job.old_data
        course.put_result_into_model()
        num_rows = max(1, rows_before(self._job.config, self.progress.step))
        notes = describe_course(
            course,
            self._job.config,
            batch_tokens=self.progress.num_tokens / num_rows * self._job.config.batch_rows,
            old_bytes_per_token=None if old_data is None else old_data.bytes_per_token,
        )
        for note in notes:
            self._console.note(note)
        return replace(
            self.progress,
            validation_loss=course.validation_losses[course.index_of_result],
            num_skipped=self.guards.num_skipped,
            notes=(*self.guards.notes, *notes),
        )

    def _open_log(self, name: str) -> StepLog:
        path = self._job.directory / name
        return StepLog(path, keep_until=self.progress.step, is_writing=self.ranks.is_main)

    def _resume(self) -> Progress:
        loaded = load_run(
            self._store,
            self._job.model,
            self._optimizer,
            lambda: {**self._course.targets(), **self._copies_tensors()},
        )
        if loaded is None:
            return Progress()
        self._passed_over = tuple(loaded.skipped)
        for reason in self._passed_over:
            self._console.warn(t("a damaged checkpoint was passed over: {reason}", reason=reason))
        state = dict(loaded.state.state)
        self.guards.load(state.pop("guards"))
        self._course.load(state.pop("course"), loaded.state.tensors)
        if state.pop("tokens") != self._job.data.content_hash:
            raise CheckpointError(
                t("the tokens are not those that this run began with"),
                where=str(loaded.path),
                hint=t("Put them back, or delete the folder to start this stage again."),
            )
        progress = Progress(**state)
        self._console.note(
            t("going on after step {step} from {path}", step=progress.step, path=loaded.path)
        )
        return replace(progress, num_resumes=progress.num_resumes + 1)

    def _note_beginning(self) -> None:
        """Leave a line about the processes that train from here on; every process calls this."""
        hosts = self.ranks.gather_json(socket.gethostname())
        if hosts is None:
            return
        job, execution = self._job, self._execution
        append_event(
            job.directory,
            "began",
            step=self.progress.step,
            attempt=attempt_number(),
            num_processes=self.ranks.size,
            num_hosts=len(set(hosts)),
            parallel=execution.mesh.config.model_dump(mode="json"),
            device=device_name(job.device),
            dtype=str(job.dtype).removeprefix("torch."),
            compilation=compilation_of(execution, job.config, job.device),
            passed_over=list(self._passed_over),
        )

    def _average_copies(self) -> None:
        if self._copies is None:
            return
        is_last = self.progress.step == self._step.num_steps
        self.are_copies_alike = self._copies.after_step(self.progress.step, is_last=is_last)
        if self.are_copies_alike:
            self._step.take_weights()

    def _copies_tensors(self) -> dict[str, Mapping[str, torch.Tensor]]:
        return {} if self._copies is None else {"local_sgd": self._copies.state_tensors()}

    def _measure(self, data: TrainingData) -> float:
        """The loss of the validation rows of `data`, in nats per target."""
        job, execution = self._job, self._execution

        def measure(model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
            with autocast(job.device, job.dtype):
                return job.objective.loss(model, batch)

        loss_sum, num_targets = 0.0, 0
        batches = list(data.validation_batches(job.config, self._place))
        job.model.eval()
        for batch, is_everywhere in batches:
            batch_sum, batch_targets = execution.measure(
                batch_to_device(batch, job.device), measure
            )
            copies = self._place.count if is_everywhere else 1
            loss_sum += batch_sum / copies
            num_targets += batch_targets // copies
            self.guards.watchdog.beat(self.progress.step, "validating")
        if not num_targets:
            raise DataError(
                t("the validation split has nothing to be predicted"),
                hint=t("Give the corpus more text, or a larger part of it to validation."),
            )
        loss = loss_sum / num_targets
        check_validation(
            job.model,
            step=self.progress.step,
            loss=loss,
            rerun=lambda: execution.measure(batch_to_device(batches[0][0], job.device), measure),
            ranks=self.ranks,
        )
        return loss

    def _metrics_row(self, result: StepResult, step_s: float) -> dict[str, Any]:
        tokens_per_s = result.num_tokens / step_s
        config = self._job.config
        row = {
            "step": self.progress.step,
            "time": time.time(),
            "train/lr": result.learning_rate,
            "train/tokens": self.progress.num_tokens,
            "train/tokens_per_s": tokens_per_s,
            "memory/peak_bytes": peak_memory_bytes(),
        }
        if result.verdict.is_accepted:  # what was refused may be no number, and is no loss
            row |= {"train/loss": result.loss, "train/grad_norm": result.grad_norm}
        mfu = self._line.mfu(tokens_per_s)
        if mfu is not None:
            row["train/mfu"] = mfu
        if self._copies is not None:
            row["train/staleness"] = self._copies.staleness
        if config.l1_penalty or config.l2_penalty:
            row["train/penalty"] = penalty_of(self._optimizer, self._execution.mesh)
        return row


_FIGURES_TOLD = 2


def _is_noise_due(config: TrainingConfig, step: int) -> bool:
    # Not at the first step: where nothing is known yet, all examples pull the same way.
    every = config.noise_scale_every
    return every is not None and step > 0 and step % every == 0


def _flops_per_token(job: TrainingJob) -> float:
    # Those of an encoder-decoder are for a token of the source and one of the target together.
    is_pair = getattr(job.model, "kind", None) == "seq2seq"
    return job.flops_per_token / 2 if is_pair else job.flops_per_token
