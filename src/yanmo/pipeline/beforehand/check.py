"""Everything that would stop the stages of tasks, told before the first stage that takes time.

In: a recipe, and the names of the stages that are to run. Out: nothing, or one error that tells all
that was found. Files of tasks are read to their last row, models are built without weights; nothing
is trained and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

from yanmo.pipeline.recipe import Recipe

if TYPE_CHECKING:
    from yanmo.pipeline.beforehand.models import Foreseer
    from yanmo.pipeline.beforehand.problems import Problems
    from yanmo.pipeline.beforehand.rows import ReadTask, SplitUse
    from yanmo.tasks.task import Task

Looks = dict[str, list["Callable[[Task], object]"]]


def task_stages(recipe: Recipe) -> list[str]:
    """The names of all stages that learn tasks or measure on them."""
    return [
        *(f"finetune/{name}{part}" for name in recipe.finetune for part in ("", "/evaluate")),
        *(f"measure/{name}" for name in recipe.measure),
        *(f"prompt/{name}" for name in recipe.prompt),
    ]


def check_tasks(recipe: Recipe, stages: Collection[str]) -> None:
    """Find out what would stop these stages.

    Args:
        recipe: whose tasks, fine-tunings and measurements are checked.
        stages: names of the stages that will run; others are left alone.

    Raises:
        YanmoError: a row, a setting or a model is wrong; of several, all of them.
    """
    wanted = set(task_stages(recipe)) & set(stages)
    if not wanted:
        return
    from yanmo.pipeline.beforehand.models import Foreseer
    from yanmo.pipeline.beforehand.problems import Problems
    from yanmo.pipeline.beforehand.unasked import note_unasked
    from yanmo.pipeline.beforehand.vectors import note_vectors

    problems = Problems()
    uses, looks = _uses(recipe, wanted)
    read = _read(recipe, problems, uses, looks)
    note_vectors(problems, recipe)
    unasked = note_unasked(problems, recipe, wanted)
    _check_sections(recipe, problems, Foreseer(recipe), wanted - unasked, read)
    problems.tell()


def _uses(recipe: Recipe, wanted: Collection[str]) -> tuple[list[SplitUse], Looks]:
    """The splits that stages read, and what is asked of tasks while their rows are there."""
    from yanmo.evaluation.prompting.predict import asking_of
    from yanmo.pipeline.beforehand.rows import SplitUse

    uses: list[SplitUse] = []
    looks: Looks = {}
    for name, section in recipe.finetune.items():
        for task in section.task_names(name):
            if f"finetune/{name}" in wanted:
                uses.append(SplitUse(task, "train", is_learned=True))
                uses.append(SplitUse(task, "validation", is_learned=True, is_measured=True))
            if f"finetune/{name}/evaluate" in wanted:
                told = section.evaluate
                uses.append(
                    SplitUse(task, told.split, is_measured=True, max_examples=told.max_examples)
                )
    for name, measured in recipe.measure.items():
        if f"measure/{name}" in wanted:
            uses += [
                SplitUse(task, measured.split, is_measured=True, max_examples=measured.max_examples)
                for task in measured.task_names(name)
                if recipe.tasks[task].kind not in ("choices", "text")
            ]
    for name, asked in recipe.prompt.items():
        if f"prompt/{name}" in wanted:
            (task,) = asked.task_names(name)
            uses.append(SplitUse(task, asked.split, is_measured=asked.max_items is None))
            if asked.num_examples:
                uses.append(SplitUse(task, asked.examples_split))
            looks.setdefault(task, []).append(
                partial(asking_of, config=asked, key=f"prompt.{name}")
            )
    return list(dict.fromkeys(uses)), looks


def _read(
    recipe: Recipe, problems: Problems, uses: list[SplitUse], looks: Looks
) -> dict[str, ReadTask]:
    """The tasks whose rows are all good; each is read once, and its rows are dropped."""
    from yanmo.pipeline.beforehand.rows import read_task
    from yanmo.tasks.build import open_task

    read: dict[str, ReadTask] = {}
    for name in dict.fromkeys(use.task for use in uses):
        with problems.noting(f"tasks.{name}"):
            task = open_task(name, recipe.tasks[name])
            read[name] = read_task(task, [use for use in uses if use.task == name])
            for look in looks.get(name, ()):
                with problems.noting(f"tasks.{name}"):
                    look(task)
    return read


def _check_sections(
    recipe: Recipe,
    problems: Problems,
    foreseer: Foreseer,
    wanted: Collection[str],
    read: dict[str, ReadTask],
) -> None:
    from yanmo.pipeline.beforehand.measurings import check_measuring, check_prompting
    from yanmo.pipeline.beforehand.tunings import check_tuning

    for name, section in recipe.finetune.items():
        if f"finetune/{name}" in wanted:
            names = section.task_names(name)
            kinds = [recipe.tasks[task].kind for task in names]
            found = [read[task] for task in names if task in read]
            tasks = found if len(found) == len(names) else None
            check_tuning(problems, foreseer, name, section, kinds, tasks)
    for name, measured in recipe.measure.items():
        if f"measure/{name}" in wanted:
            names = measured.task_names(name)
            tasks_measured = [
                (task, recipe.tasks[task].kind, read[task].target_language if task in read else "")
                for task in names
            ]
            check_measuring(problems, foreseer, name, measured, tasks_measured)
    for name, asked in recipe.prompt.items():
        if f"prompt/{name}" in wanted:
            (task,) = asked.task_names(name)
            check_prompting(problems, foreseer, name, asked, recipe.tasks[task].kind)
