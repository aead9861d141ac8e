"""The stage `finetune/NAME`: examples and a model in, a model that does the task out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import torch

from yanmo.core.device import choose_device, choose_dtype, device_name
from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import t
from yanmo.finetuning.balance import draw_examples
from yanmo.finetuning.head_rows import HEAD_KIND_OF, Augment
from yanmo.finetuning.layer_rates import rate_factors
from yanmo.pipeline.finetune.begin import Beginning, begin
from yanmo.pipeline.finetune.chats import plan_chats
from yanmo.pipeline.finetune.heads import plan_heads, texts_of
from yanmo.pipeline.finetune.plan import Plan, TaskData
from yanmo.pipeline.finetune.preferences import plan_preferences
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.finetune.writing import plan_writing
from yanmo.pipeline.stage import StageContext, StageResult
from yanmo.tasks.build import open_task
from yanmo.tasks.example import Example, TextExample
from yanmo.training.config import EarlyStoppingConfig
from yanmo.training.events import append_event, recorded_end
from yanmo.training.job import TrainingJob
from yanmo.training.length import fit_to_steps, problems_of_length
from yanmo.training.loop import train

WRITTEN_KINDS = frozenset({"translation", "summarisation"})


def run_finetune(context: StageContext, name: str) -> StageResult:
    """Tune a model as the section `finetune.NAME` says, and write `model/`; goes on where an
    earlier run stopped.

    Raises:
        ConfigError: settings that do not go together or have no effect.
        DataError: an example is wrong, or there are none to choose by.
        CheckpointError: the model to begin from is missing or damaged.
    """
    section, console = context.recipe.finetune[name], context.console
    tasks = [_open(context, section, task) for task in section.task_names(name)]
    device = choose_device(section.device)
    dtype = choose_dtype(section.precision, device)
    beginning = begin(
        context, section, lambda: (text for one in tasks for text in texts_of(one.train)), device
    )
    plan = _plan_for(section, tasks, beginning, device, has_colour=console.has_colour)
    config = with_known_length(section, plan.data.train.num_rows, name)
    for note in plan.notes:
        console.note(f"  {note}")
    console.note(
        t(
            "{tasks}: {rows:,} rows to learn from, {validation:,} to choose by;"
            " {steps} {steps:step|steps} of {batch} on {device}",
            tasks=", ".join(one.task.name for one in tasks),
            rows=plan.data.train.num_rows,
            validation=plan.data.validation.num_rows,
            steps=config.steps,
            batch=config.batch_rows,
            device=device_name(device),
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
        rate_factor=rate_factors(plan.num_layers, section.layer_decay, section.head_rate_factor),
    )
    warned = partial(append_event, context.directory, "warned")
    with console.overheard_by(lambda text: warned(text=text)), recorded_end(context.directory):
        progress = train(job, console)
    figures = dict(plan.measure()) if plan.measure is not None else {}
    files = plan.save(context.directory / "model")
    counts = plan.counts | {
        "steps": progress.step,
        "tokens": progress.num_tokens,
        "train_loss": progress.train_loss,
        "validation_loss": progress.validation_loss,
        "elapsed_s": progress.elapsed_s,
        "num_resumes": progress.num_resumes,
        "num_train_examples": sum(len(one.train) for one in tasks),
        "validation": figures,
        "device": device_name(device),
    }
    return StageResult(files, counts, notes=list(progress.notes))


def _open(context: StageContext, section: FinetuneSection, name: str) -> TaskData:
    task = open_task(name, context.recipe.tasks[name])
    if "train" not in task.splits or "validation" not in task.splits:
        missing = "train" if "train" not in task.splits else "validation"
        raise ConfigError(
            t("task '{task}' has no split '{split}'", task=name, split=missing),
            where=f"tasks.{name}",
            hint=t("Name a file for it, or set {split}_frac to cut it off train.", split=missing),
        )
    train_examples: Sequence[Example] = task.examples("train")
    if section.max_examples is not None and section.max_examples < len(train_examples):
        labels = [
            example.label if isinstance(example, TextExample) else None
            for example in train_examples
        ]
        chosen = draw_examples(labels, section.max_examples, section.seed)
        train_examples = [train_examples[place] for place in chosen]
    return TaskData(task, train_examples, task.examples("validation"))


def _plan_for(
    section: FinetuneSection,
    tasks: Sequence[TaskData],
    beginning: Beginning,
    device: torch.device,
    *,
    has_colour: bool,
) -> Plan:
    kinds = {one.task.kind for one in tasks}
    if kinds <= HEAD_KIND_OF.keys():
        return plan_heads(section, tasks, beginning, augment_of(section))
    if len(tasks) > 1:
        raise ConfigError(
            t("only tasks with heads can be learned together"),
            why=t("these are of the kinds {kinds}", kinds=", ".join(sorted(kinds))),
        )
    is_causal = getattr(beginning.model, "kind", None) == "causal"
    if kinds == {"conversations"} or (kinds <= WRITTEN_KINDS and is_causal):
        return plan_chats(section, tasks[0], beginning, has_colour=has_colour)
    if kinds == {"preferences"}:
        return plan_preferences(section, tasks[0], beginning, device)
    if kinds <= WRITTEN_KINDS:
        return plan_writing(section, tasks[0], beginning)
    raise ConfigError(t("tasks of kind {kind} are not learned", kind=kinds.pop()))


def augment_of(section: FinetuneSection) -> Augment | None:
    """What changes the examples that are learned from, where the section asks for it."""
    config = section.augment
    if config is None:
        return None
    from yanmo.corpus.augmentation.operators import AUGMENTATIONS, TOKEN_AUGMENTATIONS
    from yanmo.pipeline.noisy_examples import changed_example

    def change(example: Example, generator: np.random.Generator) -> Example:
        # One reading in (copies + 1) sees the text as it is.
        turn = int(generator.integers(config.num_copies + 1))
        if not turn:
            return example
        name = config.operators[(turn - 1) % len(config.operators)]
        seed = int(generator.integers(2**31))
        token_change = TOKEN_AUGMENTATIONS.get(name)
        return changed_example(example, AUGMENTATIONS[name], token_change, config.strength, seed)

    return change


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
