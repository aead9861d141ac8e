"""The stage `finetune/NAME`: examples and a model in, a model that does the task out."""

from __future__ import annotations

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.finetuning.balance import draw_examples
from yanmo.pipeline.finetune.few_shot import tune_on_draws
from yanmo.pipeline.finetune.plan import TaskData, labels_of
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.finetune.tune import tune, vocabulary_of
from yanmo.pipeline.stage import StageContext, StageResult
from yanmo.tasks.build import open_task
from yanmo.tasks.task import Task


def run_finetune(context: StageContext, name: str) -> StageResult:
    """Tune a model as the section `finetune.NAME` says, and write `model/`; goes on where an
    earlier run stopped.

    Raises:
        ConfigError: settings that do not go together or have no effect.
        DataError: an example is wrong, or there are none to choose by.
        CheckpointError: the model to begin from is missing or damaged.
    """
    section = context.recipe.finetune[name]
    tasks = [open_examples(context, section, task) for task in section.task_names(name)]
    notes = [note for one in tasks for note in one.notes]
    for note in notes:
        context.console.note(f"  {note}")
    if section.few_shot is None:
        tuned = tune(context, name, section, tasks, vocabulary_of(context, tasks))
    else:
        tuned = tune_on_draws(context, name, section, section.few_shot, tasks)
    return StageResult(tuned.files, tuned.counts, notes=[*notes, *tuned.notes])


def open_examples(context: StageContext, section: FinetuneSection, name: str) -> TaskData:
    """A task with its examples, of which only so many are taken as the section says."""
    task = open_task(name, context.recipe.tasks[name])
    require_learnable(task)
    train, validation = task.examples("train"), task.examples("validation")
    if section.max_examples is not None and section.max_examples < len(train):
        chosen = draw_examples(labels_of(train), section.max_examples, section.seed)
        train = [train[place] for place in chosen]
    return TaskData(task, train, validation)


def require_learnable(task: Task) -> None:
    """Refuse a task without examples to learn from or to choose by.

    Raises:
        ConfigError: it has no such split.
    """
    name = task.name
    for split in ("train", "validation"):
        if split not in task.splits:
            raise ConfigError(
                t("task '{task}' has no split '{split}'", task=name, split=split),
                where=f"tasks.{name}",
                hint=t("Name a file for it, or set {split}_frac to cut it off train.", split=split)
                if split == "validation"
                else t("Name a file for it."),
            )
