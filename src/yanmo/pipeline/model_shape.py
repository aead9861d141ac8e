"""From a recipe to the shape of its model: the `model` section, and what the objective adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from yanmo.models.presets import DerivedModel, derive_model
from yanmo.pipeline.recipe import Recipe


def derive_shape(
    recipe: Recipe, vocab_size: int, special_ids: Mapping[str, int] | None = None
) -> DerivedModel:
    """The shape of the recipe's model for a tokenizer of `vocab_size` entries.

    Args:
        special_ids: `eos` and `pad` of the tokenizer, where there is one already.

    Raises:
        ConfigError: the dimensions set by hand do not fit each other.
    """
    derived = derive_model(recipe.model, vocab_size, special_ids)
    masked = recipe.pretrain.masked
    if masked is None or not masked.has_next_sentence:
        return derived
    return replace(derived, config=derived.config.model_copy(update={"has_next_sentence": True}))
