"""Training that goes on from a model that exists, on other text: its weights, and what it forgets.

Comes in: a model folder, and the run folder of the old domain. Goes out: weights in a new model,
after its tokenizer and its shape have been compared; and the old domain's validation rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from yanmo.checkpoint.model_folder import load_model
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.models.language_model import LanguageModel
from yanmo.models.shape import ModelShape
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.training_rows import load_training_data
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.data import TrainingData

_NOT_COMPARED = {"dropout", "max_seq_len"}
"""Fields of a shape that training may change; a table of positions is compared by its size."""


def take_weights(folder: Path, model: LanguageModel, tokenizer: Tokenizer) -> None:
    """Give `model` the weights of the model in `folder`.

    Raises:
        CheckpointError: there is no model there, or it is damaged.
        DataError: it has no tokenizer.
        ConfigError: it has another tokenizer or another shape than the recipe.
    """
    require_same_tokenizer(folder, tokenizer, setting="pretrain.init_from")
    old = load_model(folder)
    differences = _differences(old.config, model.config)
    if not differences:
        old_weights, weights = old.state_dict(), model.state_dict()
        shapes = ((name, weights[name].shape, old_weights.get(name)) for name in weights)
        differences = [
            f"{name}: {None if found is None else tuple(found.shape)} != {tuple(shape)}"
            for name, shape, found in shapes
            if found is None or found.shape != shape
        ]
    if differences:
        raise ConfigError(
            t("the model to begin from has another shape than the recipe's"),
            where=f"pretrain.init_from = {folder}",
            why=t("; ").join(differences[:5]),
            hint=t("Give the section [model] the numbers that made that model."),
        )
    with torch.no_grad():
        for name, weight in model.state_dict().items():
            weight.copy_(old_weights[name])


def load_old_domain(
    run_dir: Path, tokenizer: Tokenizer, recipe: Recipe, shape: ModelShape
) -> TrainingData:
    """The rows of the run in `run_dir`, of which the validation split is measured.

    Raises:
        DataError: it has no tokenizer or no tokens.
        ConfigError: its tokens were made by another tokenizer.
    """
    require_same_tokenizer(run_dir / "tokenizer", tokenizer, setting="pretrain.forgetting")
    return load_training_data(run_dir / "tokens", tokenizer, recipe, shape)


def require_same_tokenizer(folder: Path, tokenizer: Tokenizer, *, setting: str) -> None:
    """Compare the tokenizer in `folder` with the run's own.

    Raises:
        DataError: there is none.
        ConfigError: they differ.
    """
    if Tokenizer.load(folder).to_json() != tokenizer.to_json():
        raise ConfigError(
            t("its tokenizer is another one than that of this run"),
            where=f"{setting} = {folder}",
            hint=t(
                'Take that tokenizer for this run too: tokenizer.take_from = "{folder}".',
                folder=folder,
            ),
        )


def _differences(old: ModelShape, new: ModelShape) -> list[str]:
    """Fields in which two shapes differ, with both values."""
    fields: tuple[Mapping[str, object], ...] = (old.model_dump(), new.model_dump())
    return [
        f"{name}: {fields[0].get(name)} != {fields[1].get(name)}"
        for name in sorted(fields[0].keys() | fields[1].keys())
        if name not in _NOT_COMPARED and fields[0].get(name) != fields[1].get(name)
    ]
