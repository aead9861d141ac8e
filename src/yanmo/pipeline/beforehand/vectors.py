"""Word vectors of `model.initial_embedding` that a fine-tuning and not pre-training would read.

In: a recipe. Out: nothing, or an error that says that the vectors are not there, or that nobody
reads them.
"""

from __future__ import annotations

from pathlib import Path

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.pipeline.beforehand.problems import Problems
from yanmo.pipeline.recipe import OWN_VECTORS, Recipe
from yanmo.pipeline.word_vectors import open_word_vectors

KEY = "model.initial_embedding"


def note_vectors(problems: Problems, recipe: Recipe) -> None:
    """Note vectors that cannot be opened, and a setting that has no effect."""
    named = recipe.model.initial_embedding
    if named is None:
        return
    if any(recipe.begins_as_model(name) for name in recipe.finetune):
        if named != OWN_VECTORS:
            with problems.noting(KEY, is_named=True):
                open_word_vectors(Path(named).expanduser())
    elif not recipe.needs_pretraining:
        with problems.noting():
            raise _without_effect(recipe)


def _without_effect(recipe: Recipe) -> ConfigError:
    """The error where no network in the shape of the section `model` is trained."""
    own = next((name for name, one in recipe.finetune.items() if one.scratch is not None), None)
    if own is None:
        why, hint = t("no model of the section [model] is trained"), t("Leave it out.")
    else:
        why = t("[finetune.{name}.scratch] describes a network of its own", name=own)
        hint = t("Write finetune.{name}.scratch.initial_embedding instead.", name=own)
    what = t("{name} has no effect on what is learned here", name="initial_embedding")
    return ConfigError(what, where=KEY, why=why, hint=hint)
