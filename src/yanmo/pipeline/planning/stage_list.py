"""Which models a recipe trains and which it measures, and what each begins with.

Comes in: a recipe. Goes out: pairs for `--json`, and lines for a terminal. Nothing is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yanmo.core.messages import listed, t
from yanmo.core.text_width import cell_width, pad_right
from yanmo.finetuning.config import PRETRAINED, SCRATCH
from yanmo.pipeline.recipe import OWN_VECTORS, Recipe


@dataclass(frozen=True)
class StageList:
    """Stages by name.

    Attributes:
        trained: what each begins with: `scratch`, `pretrain`, `finetune/NAME` or a folder.
        measured: the models that each measures as they are.
    """

    trained: Mapping[str, str]
    measured: Mapping[str, tuple[str, ...]]


def list_stages(recipe: Recipe) -> StageList:
    """The stages of a recipe that train a model or measure one, in their order."""
    trained = {}
    if recipe.word_vectors is not None and (recipe.needs_pretraining or recipe.reads_own_vectors):
        trained[OWN_VECTORS] = SCRATCH
    if recipe.needs_pretraining:
        trained[PRETRAINED] = recipe.pretrain.init_from or SCRATCH
    trained |= {f"finetune/{name}": one.init_from for name, one in recipe.finetune.items()}
    measured = {
        f"measure/{name}": (one.model, *one.others.values()) for name, one in recipe.measure.items()
    }
    measured |= {f"prompt/{name}": (one.model,) for name, one in recipe.prompt.items()}
    return StageList(trained, measured)


def format_stages(recipe: Recipe) -> str:
    """The stages as lines for a terminal."""
    found = list_stages(recipe)
    width = max(map(cell_width, (*found.trained, *found.measured)), default=0)
    lines = []
    if found.trained:
        lines.append(t("trained:"))
    for stage, begins in found.trained.items():
        lines.append(f"  {pad_right(stage, width)}  {_beginning(recipe, stage, begins)}")
    if found.measured:
        lines.append(t("measured as they are:"))
    for stage, models in found.measured.items():
        lines.append(f"  {pad_right(stage, width)}  {listed(dict.fromkeys(models))}")
    return "\n".join(lines)


def _beginning(recipe: Recipe, stage: str, begins: str) -> str:
    """What a stage begins with, and of a base model what it reads."""
    said = t("from {model}", model=begins)
    if begins == SCRATCH and stage != OWN_VECTORS:
        said = t("{family} with random weights", family=_family(recipe, stage))
    if stage not in (PRETRAINED, OWN_VECTORS):
        return said
    kinds = listed(dict.fromkeys(source.kind for source in recipe.corpus.sources))
    on_corpus = t("on a corpus of {kinds}", kinds=kinds)
    return on_corpus if stage == OWN_VECTORS else said + t(", ") + on_corpus


def _family(recipe: Recipe, stage: str) -> str:
    """What a network that begins with random weights is called."""
    name = stage.removeprefix("finetune/")
    if stage == PRETRAINED or recipe.begins_as_model(name):
        return recipe.model.family
    own = recipe.finetune[name].scratch
    return own.family if own is not None else "speech"
