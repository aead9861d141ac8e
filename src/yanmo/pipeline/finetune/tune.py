"""One tuning: examples of tasks and a model in, a model that does them out, and how it went.

In the folder that the context names lie afterwards `metrics.jsonl`, `checkpoints/`, `model/`, and
`adapter/` where small matrices were learned.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch

from yanmo.core.device import choose_device, choose_dtype, device_name, device_text
from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import listed, t
from yanmo.finetuning.config import SCRATCH
from yanmo.finetuning.head_rows import HEAD_KIND_OF
from yanmo.finetuning.layer_rates import rate_factors
from yanmo.models.speech_ctc import SpeechCTC
from yanmo.pipeline.finetune.augmenting import augment_of
from yanmo.pipeline.finetune.begin import (
    TOKENIZER_FOLDER,
    Beginning,
    OwnVocabulary,
    base_folder,
    begin,
)
from yanmo.pipeline.finetune.chats import plan_chats
from yanmo.pipeline.finetune.effect import refuse_without_effect
from yanmo.pipeline.finetune.heads import plan_heads, texts_of
from yanmo.pipeline.finetune.plan import Plan, TaskData
from yanmo.pipeline.finetune.preferences import plan_preferences
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.finetune.speech import plan_speech
from yanmo.pipeline.finetune.writing import plan_writing
from yanmo.pipeline.stage import StageContext
from yanmo.tasks.task import TaskKind
from yanmo.training.config import EarlyStoppingConfig
from yanmo.training.events import append_event, recorded_end
from yanmo.training.job import Progress, TrainingJob
from yanmo.training.length import fit_to_steps, problems_of_length
from yanmo.training.loop import train

MODEL_FOLDER = "model"
Way = Literal["heads", "chats", "preferences", "writing"]
"""How tasks are learned: by heads; by answering in a conversation; by preferring one answer to
another; by writing with a decoder what an encoder has read."""
WRITTEN_KINDS = frozenset({"translation", "summarisation"})


@dataclass(frozen=True)
class Tuned:
    """A tuning that has come to its end.

    Attributes:
        files: that make up its model.
        figures: of its model on the validation split, the metric of the task first; none where it
            is chosen by the loss alone.
        counts: for the manifest.
        notes: for the report.
    """

    files: list[Path]
    figures: Mapping[str, float]
    counts: Mapping[str, Any]
    notes: Sequence[str] = ()


def tune(
    context: StageContext,
    name: str,
    section: FinetuneSection,
    tasks: Sequence[TaskData],
    vocabulary: OwnVocabulary,
) -> Tuned:
    """Tune a model on tasks; goes on where an earlier run in the same folder stopped.

    Args:
        context: where to work.
        name: of the section, for messages.
        section: how.
        tasks: on what.
        vocabulary: for a model that begins with random weights and no tokenizer of its own.

    Raises:
        ConfigError: settings that do not go together or have no effect.
        DataError: an example is wrong, or there is nothing to learn.
        CheckpointError: the model to begin from is missing or damaged.
    """
    console = context.console
    device = choose_device(section.device)
    dtype = choose_dtype(section.precision, device)
    plan = plan_of(context, name, section, tasks, vocabulary, device)
    config = with_known_length(section, plan.data.train.num_rows, name)
    for note in plan.notes:
        console.note(f"  {note}")
    console.note(
        t(
            "{tasks}: {rows:,} rows to learn from, {validation:,} to choose by;"
            " {steps} {steps:step|steps} of {batch} on {device}",
            tasks=listed(one.task.name for one in tasks),
            rows=plan.data.train.num_rows,
            validation=plan.data.validation.num_rows,
            steps=config.steps,
            batch=config.batch_rows,
            device=device_text(device_name(device)),
        )
    )
    job = TrainingJob(
        model=plan.model,
        objective=plan.data.objective,
        data=plan.data,
        config=config,
        directory=context.directory,
        device=device,
        dtype=dtype,
        flops_per_token=plan.flops_per_token,
        write_samples=lambda _step, _state: [],
        measure_task=plan.measure if section.select_by == "metric" else None,
        is_fresh=plan.is_fresh or section.init_from == SCRATCH,
        rate_factor=rate_factors(plan.num_layers, section.layer_decay, section.head_rate_factor),
    )
    warned = partial(append_event, context.directory, "warned")
    with console.overheard_by(lambda text: warned(text=text)), recorded_end(context.directory):
        progress = train(job, console)
    figures = dict(plan.measure()) if plan.measure is not None else {}
    files = plan.save(context.directory / MODEL_FOLDER)
    counts = (
        plan.counts
        | _counts_of(progress)
        | {
            "num_train_examples": sum(len(one.train) for one in tasks),
            "validation": figures,
            "device": device_name(device),
        }
    )
    return Tuned(files, figures, counts, progress.notes)


def vocabulary_of(context: StageContext, tasks: Sequence[TaskData]) -> OwnVocabulary:
    """The vocabulary of the tasks' own training texts, in the folder of the context."""
    return OwnVocabulary(
        context.directory / TOKENIZER_FOLDER,
        lambda: (text for one in tasks for text in texts_of(one.train)),
    )


def _counts_of(progress: Progress) -> dict[str, Any]:
    return {
        "steps": progress.step,
        "tokens": progress.num_tokens,
        "train_loss": progress.train_loss,
        "validation_loss": progress.validation_loss,
        "elapsed_s": progress.elapsed_s,
        "num_resumes": progress.num_resumes,
    }


def plan_of(
    context: StageContext,
    name: str,
    section: FinetuneSection,
    tasks: Sequence[TaskData],
    vocabulary: OwnVocabulary,
    device: torch.device,
) -> Plan:
    """The model that a section begins with, and what it learns."""
    kinds = {one.task.kind for one in tasks}
    if kinds == {"speech"} and len(tasks) == 1:  # there is no tokenizer to begin with
        refuse_without_effect(section, name, kinds, SpeechCTC.kind)
        return plan_speech(section, name, tasks[0], base_folder(section, context.run_dir), device)
    beginning = begin(context, section, vocabulary, device)
    refuse_without_effect(section, name, kinds, getattr(beginning.model, "kind", None))
    return _plan_for(section, tasks, beginning, device, has_colour=context.console.has_colour)


def _plan_for(
    section: FinetuneSection,
    tasks: Sequence[TaskData],
    beginning: Beginning,
    device: torch.device,
    *,
    has_colour: bool,
) -> Plan:
    way = way_of([one.task.kind for one in tasks], getattr(beginning.model, "kind", None))
    if way == "heads":
        return plan_heads(section, tasks, beginning, augment_of(section))
    if way == "chats":
        return plan_chats(section, tasks[0], beginning, has_colour=has_colour)
    if way == "preferences":
        return plan_preferences(section, tasks[0], beginning, device)
    return plan_writing(section, tasks[0], beginning)


def way_of(kinds: Sequence[TaskKind], model_kind: str | None) -> Way:
    """How tasks of these kinds, one for each task, are learned by a model of this kind.

    Raises:
        ConfigError: they are not learned, or not together.
    """
    own = set(kinds)
    if own <= HEAD_KIND_OF.keys():
        return "heads"
    if len(kinds) > 1:
        raise ConfigError(
            t("only tasks with heads can be learned together"),
            why=t("these are of the kinds {kinds}", kinds=listed(sorted(own))),
        )
    if own == {"conversations"} or (own <= WRITTEN_KINDS and model_kind == "causal"):
        return "chats"
    if own == {"preferences"}:
        return "preferences"
    if own <= WRITTEN_KINDS:
        return "writing"
    raise ConfigError(t("tasks of kind {kind} are not learned", kind=own.pop()))


def with_known_length(section: FinetuneSection, num_rows: int, name: str) -> FinetuneSection:
    """The section with the steps that its epochs come to, and with validations to match.

    Raises:
        ConfigError: a setting has no effect in so few steps.
        DataError: there are no rows.
    """
    if not num_rows:
        raise DataError(t("there is nothing to learn from"), where=f"finetune.{name}")
    if section.epochs is None:
        return section
    steps = max(1, math.ceil(section.epochs * num_rows / section.batch_rows))
    schedule = section.schedule.model_copy(
        update={"warmup_steps": min(round(section.warmup_frac * steps), steps - 1)}
    )
    every = max(1, math.ceil(steps / section.num_validations))
    fitted = fit_to_steps(section, steps).model_copy(
        update={"schedule": schedule, "validate_every": every, "epochs": None}
    )
    problems = list(problems_of_length(fitted))
    if problems:
        raise ConfigError(problems[0], where=f"finetune.{name}")
    if fitted.early_stopping is None:
        return fitted
    patience = min(fitted.early_stopping.patience, section.num_validations)
    stopping = EarlyStoppingConfig(patience=patience, min_delta=fitted.early_stopping.min_delta)
    return fitted.model_copy(update={"early_stopping": stopping})
