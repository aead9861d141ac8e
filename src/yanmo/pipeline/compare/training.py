"""A neural candidate: its steps from the budget, its training, and what that took.

For a budget of seconds some real steps are timed first, on a model that is thrown away, and the
number of steps is corrected while the model trains; `started.json` keeps it, so that an interrupted
run goes on with it. Time counts optimiser steps only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.core.console import Console
from yanmo.core.device import choose_device, choose_dtype, device_name
from yanmo.core.files import write_json
from yanmo.core.usage import UsageMeter
from yanmo.models.language_model import LanguageModel
from yanmo.models.shape import ModelShape
from yanmo.pipeline.compare.budget import Budget
from yanmo.pipeline.compare.job import Job, with_steps
from yanmo.pipeline.compare.pacing import Pacer
from yanmo.pipeline.compare.progress import read_learning
from yanmo.pipeline.compare.result_files import STEPS_NAME, read_keyed
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.pretrain import begin_model
from yanmo.pipeline.stage import StageContext
from yanmo.pipeline.training_rows import load_training_data
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.alone import execute_alone
from yanmo.training.config import PretrainConfig
from yanmo.training.data import TrainingData
from yanmo.training.job import Progress, TrainingJob
from yanmo.training.loop import train
from yanmo.training.metrics import read_rows
from yanmo.training.optimizers import build_optimizer
from yanmo.training.step import TrainingStep

PROBE_WARM_UP_STEPS = 3
PROBE_MIN_STEPS = 5
PROBE_MAX_STEPS = 60
PROBE_MAX_S = 10.0
PROBE_FRAC = 0.05
"""Steps are timed for this fraction of the budget, `PROBE_MAX_S` at most."""


@dataclass(frozen=True)
class _Parts:
    """What training needs besides its length."""

    tokenizer: Tokenizer
    special_ids: dict[str, int]
    shape: ModelShape
    data: TrainingData
    device: torch.device
    dtype: torch.dtype
    context: StageContext


def train_candidate(
    job: Job, folder: Path, console: Console
) -> tuple[PretrainConfig, dict[str, Any]]:
    """Train the candidate in `folder`, from its newest checkpoint where there is one, and write its
    model folder: the settings in full, and its figures.

    Raises:
        RunError: the run diverged.
        Interrupted: it was asked to stop; a checkpoint has been saved.
    """
    parts = _open_parts(job, folder, console)
    started = _fix_steps(job, parts, folder)
    config = with_steps(job.recipe.pretrain, started["planned_steps"], parts.shape.max_seq_len)
    config = config.model_copy(update={"steps": started["steps"]})
    meter = UsageMeter()
    model = _begin(parts)
    if parts.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(parts.device)
    began_at = time.monotonic()
    progress = train(
        TrainingJob(
            model=model,
            objective=parts.data.objective,
            data=parts.data,
            config=config,
            directory=folder,
            device=parts.device,
            dtype=parts.dtype,
            flops_per_token=model.flops_per_token(),
            write_samples=lambda _step, _state: [],
            correct_steps=_pacer(job, started, folder),
        ),
        console,
    )
    config = config.model_copy(update={"steps": progress.step})
    wall_s = max(progress.elapsed_s, time.monotonic() - began_at)
    peak_memory_bytes = meter.read().peak_memory_bytes
    if parts.device.type == "cuda":
        peak_memory_bytes = torch.cuda.max_memory_allocated(parts.device)
    save_model_folder(
        model,
        folder / "model",
        save_tokenizer=lambda place: parts.tokenizer.save(
            place, model_max_length=parts.shape.max_seq_len
        ),
        special_ids=parts.special_ids,
    )
    figures = _figures(model, progress, folder, wall_s)
    return config, {
        "name": job.name,
        "kind": job.kind,
        "family": model.config.family,
        "peak_memory_bytes": peak_memory_bytes,
        "device": device_name(parts.device),
        "dtype": str(parts.dtype).removeprefix("torch."),
        "optimizer": config.optimizer.model_dump(mode="json"),
        "dropout": model.config.dropout,
        **figures,
    }


def _open_parts(job: Job, folder: Path, console: Console) -> _Parts:
    run_dir = Path(job.run_dir)
    tokenizer = Tokenizer.load(run_dir / "tokenizer")
    special_ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    shape = derive_shape(job.recipe, tokenizer.vocab_size, special_ids).config
    device = choose_device(job.recipe.pretrain.device)
    return _Parts(
        tokenizer=tokenizer,
        special_ids=special_ids,
        shape=shape,
        data=load_training_data(run_dir / "tokens", tokenizer, job.recipe, shape),
        device=device,
        dtype=choose_dtype(job.recipe.pretrain.precision, device),
        context=StageContext(job.recipe, run_dir, folder, console),
    )


def _begin(parts: _Parts) -> LanguageModel:
    return begin_model(parts.context, parts.shape, parts.tokenizer, parts.device)


def _fix_steps(job: Job, parts: _Parts, folder: Path) -> dict[str, Any]:
    """The steps of the budget, decided once and written down."""
    path = folder / STEPS_NAME
    started = read_keyed(path, job.key) or {}
    if started.get("steps"):
        return started
    step_s = None
    steps = job.steps
    if steps is None:
        step_s = _probe_step_s(parts, job.budget)
        steps = job.budget.steps_by_probe(step_s)
    started = {"key": job.key, "steps": steps, "planned_steps": steps, "probe_step_s": step_s}
    write_json(path, started)
    return started


def _pacer(job: Job, started: dict[str, Any], folder: Path) -> Pacer | None:
    """What keeps a budget of seconds; other budgets are steps."""
    if job.budget.kind != "time":
        return None
    return Pacer(
        job.budget.amount,
        started["steps"],
        started["planned_steps"],
        keep=lambda steps: write_json(folder / STEPS_NAME, {**started, "steps": steps}),
    )


def _probe_step_s(parts: _Parts, budget: Budget) -> float:
    """Median seconds of a step, timed as the training loop times them."""
    num_steps = PROBE_WARM_UP_STEPS + PROBE_MAX_STEPS
    config = with_steps(parts.context.recipe.pretrain, num_steps, parts.shape.max_seq_len)
    data, model = parts.data, _begin(parts)
    execution = execute_alone(
        model,
        data,
        config,
        device=parts.device,
        dtype=parts.dtype,
        console=parts.context.console,
    )
    optimizer = build_optimizer(model, config.optimizer)
    step = TrainingStep(
        execution,
        data.objective,
        optimizer,
        config,
        device=parts.device,
        dtype=parts.dtype,
    )
    seconds: list[float] = []
    enough_s = min(PROBE_MAX_S, PROBE_FRAC * budget.amount)
    for index in range(num_steps):
        began_at = time.monotonic()
        step.run(index, data.micro_batches(config, index))
        if index >= PROBE_WARM_UP_STEPS:
            seconds.append(time.monotonic() - began_at)
        if len(seconds) >= PROBE_MIN_STEPS and sum(seconds) >= enough_s:
            break
    return median(seconds)


def _figures(
    model: LanguageModel, progress: Progress, folder: Path, wall_s: float
) -> dict[str, Any]:
    learning = read_learning(read_rows(folder / "metrics.jsonl"))
    return {
        "num_params": model.num_params(),
        "num_params_non_embedding": model.num_params() - model.num_embedding_params(),
        "steps": learning.steps,
        "tokens": learning.tokens,
        "training_s": learning.training_s,
        "other_s": max(0.0, wall_s - learning.training_s),
        "tokens_per_s": learning.tokens / learning.training_s,
        "flops_per_token": model.flops_per_token(),
        "flops": float(model.flops_per_token()) * learning.tokens,
        "num_resumes": progress.num_resumes,
        "curve": learning.curve,
    }
