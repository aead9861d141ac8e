"""A base model that a recipe would train although nothing in it says so.

In: a recipe, and the stages that are to run. Out: nothing, or an error for each section that leaves
out with which model it begins, where neither the recipe's sections nor another one's words ask for
a model that is trained first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.finetuning.config import PRETRAINED
from yanmo.pipeline.beforehand.problems import Problems
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.measure.section import MeasureSection, PromptSection
from yanmo.pipeline.recipe import Recipe

OF_A_BASE_MODEL = frozenset({"corpus", "pretrain"})
"""Sections that are there for a base model alone, the empty ones too."""


def note_unasked(problems: Problems, recipe: Recipe, wanted: Collection[str]) -> frozenset[str]:
    """Note each section that would have a base model trained which nobody asked for.

    Args:
        problems: where it is noted.
        recipe: whose sections they are.
        wanted: names of the stages that will run.

    Returns:
        The stages of these sections; what else is to be said of them depends on their model.
    """
    if _asks_for_a_base_model(recipe):
        return frozenset()
    stages: list[str] = []
    for stage, setting, section in _sections(recipe):
        if stage not in wanted or getattr(section, setting) != PRETRAINED:
            continue
        stages.append(stage)
        with problems.noting():
            raise ConfigError(
                t(
                    "a model would be trained first, on the default corpus, and the recipe does not"
                    " ask for one"
                ),
                where=f"{stage.replace('/', '.', 1)}.{setting}",
                why=t(
                    "{setting} is not set, and there is no section [corpus] or [pretrain]",
                    setting=setting,
                ),
                hint=_hint(setting),
            )
    return frozenset(stages)


def _asks_for_a_base_model(recipe: Recipe) -> bool:
    """Whether the recipe has a section about one, or names it."""
    if recipe.model_fields_set & OF_A_BASE_MODEL:
        return True
    named = [
        getattr(section, setting)
        for _, setting, section in _sections(recipe)
        if setting in section.model_fields_set
    ]
    named += [model for section in recipe.measure.values() for model in section.others.values()]
    return PRETRAINED in named


def _sections(
    recipe: Recipe,
) -> Iterator[tuple[str, str, FinetuneSection | MeasureSection | PromptSection]]:
    """Of each section about tasks its stage, and the setting that names a model."""
    for name, tuned in recipe.finetune.items():
        yield f"finetune/{name}", "init_from", tuned
    for name, measured in recipe.measure.items():
        yield f"measure/{name}", "model", measured
    for name, asked in recipe.prompt.items():
        yield f"prompt/{name}", "model", asked


def _hint(setting: str) -> str:
    if setting == "init_from":
        return t(
            'Write init_from = "scratch" for random weights, or the folder of a model; if one is to'
            " be trained first, add a section [corpus] or [pretrain]."
        )
    return t(
        'Write model = "finetune/NAME", or the folder of a model; if one is to be trained first,'
        " add a section [corpus] or [pretrain]."
    )
