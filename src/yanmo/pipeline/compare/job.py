"""What one process of a comparison is asked to do, as a file that it reads.

Comes in: a recipe, a candidate, a budget. Goes out: the candidate's own recipe, in which only the
family, its optimiser and what belongs to other families differ, and a key of everything that
decides its result. Knows no torch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.files import sha256_of_json
from yanmo.core.messages import t
from yanmo.models.config import FIELDS_OF_FAMILIES, Family
from yanmo.pipeline.compare.budget import Budget
from yanmo.pipeline.compare.names import Candidate
from yanmo.pipeline.compare.settings import SETTINGS
from yanmo.pipeline.recipe import Recipe
from yanmo.training.config import PretrainConfig, fields_without_effect
from yanmo.training.length import fit_to_steps
from yanmo.training.objective_config import SECTIONS

FORMAT_VERSION = 1
VALIDATIONS = 15
"""Validations over a run, so that its curve has points."""
VALIDATION_TOKENS = 16_384
"""Tokens of a validation, unless the recipe wants fewer."""
VALIDATIONS_PER_CHECKPOINT = 3
_EFFECT_IN_TIME = frozenset({"micro_batch_rows"})
"""Fields that change no weight, but what a step takes."""


class Job(Config):
    """Train and score one candidate."""

    name: str
    """Of the candidate."""
    kind: Literal["neural", "ngram"]
    """How it learns."""
    order: int | None
    """Longest n-gram of a counting model."""
    budget: Budget
    """What all candidates get."""
    steps: int | None
    """Steps of the budget, where they are known without a probe."""
    recipe: Recipe
    """The candidate's own recipe; its number of steps is not yet that of the budget."""
    run_dir: str
    """The run whose tokens are learned."""
    key: str
    """Hash of all that decides the trained model."""
    score_key: str
    """Hash of all that decides its scores."""


def build_job(
    candidate: Candidate, recipe: Recipe, budget: Budget, run_dir: Path, inputs: Mapping[str, str]
) -> Job:
    """The job of `candidate`.

    Args:
        recipe: from `candidate_recipe`.
        inputs: content hashes of what it reads: tokens, tokenizer, word vectors.
    """
    pretrain = recipe.pretrain.model_dump(
        mode="json",
        exclude=(fields_without_effect(recipe.pretrain) | {"steps"}) - _EFFECT_IN_TIME,
    )
    trained = {
        "format_version": FORMAT_VERSION,
        "name": candidate.name,
        "budget": budget.model_dump(mode="json"),
        "inputs": dict(inputs),
    }
    if candidate.kind == "neural":
        trained |= {"model": recipe.model.model_dump(mode="json"), "pretrain": pretrain}
    else:
        trained |= {"seed": recipe.pretrain.seed}
    key = sha256_of_json(trained)
    scored = recipe.evaluate.model_dump(mode="json", exclude={"baseline_order", "batch_rows"})
    return Job(
        name=candidate.name,
        kind=candidate.kind,
        order=candidate.order,
        budget=budget,
        steps=_steps(candidate, recipe, budget),
        recipe=recipe,
        run_dir=str(run_dir),
        key=key,
        score_key=sha256_of_json([key, scored]),
    )


def _steps(candidate: Candidate, recipe: Recipe, budget: Budget) -> int | None:
    from yanmo.pipeline.model_shape import derive_shape

    if candidate.kind == "ngram":
        return None
    shape = derive_shape(recipe, recipe.tokenizer.vocab_size).config
    batch_tokens = recipe.pretrain.batch_rows * shape.max_seq_len
    steps = budget.steps(batch_tokens, shape.flops_per_token())
    if steps == 0:
        needed = batch_tokens * (1 if budget.kind == "tokens" else shape.flops_per_token())
        raise ConfigError(
            t(
                "{budget} do not pay for one step of {name}",
                budget=budget.describe(),
                name=candidate.name,
            ),
            where="--budget",
            hint=t("A step takes {needed:,}.", needed=needed),
        )
    return steps


def candidate_recipe(recipe: Recipe, family: Family, given: Collection[str]) -> Recipe:
    """The recipe with another family, as it is compared with others.

    Seed, batch, context, schedule and dial stay. The objective is that of language models, rows are
    shuffled for all, nothing is written while training, and what belongs to other families alone
    is left out. Optimiser and dropout are those of `SETTINGS`.

    Args:
        given: settings that the user gave for all: `pretrain.optimizer`, `model.dropout`.
    """
    values: dict[str, Any] = recipe.model_dump(mode="json")
    setting = SETTINGS[family]
    model = values["model"] | {"family": family}
    model |= {name: None for name, owners in FIELDS_OF_FAMILIES.items() if family not in owners}
    if "model.dropout" not in given:
        model["dropout"] = setting.dropout
    pretrain = values["pretrain"] | dict.fromkeys(SECTIONS)
    pretrain |= {"objective": "causal", "row_order": "shuffled", "sample_every": None}
    if "pretrain.optimizer" not in given:
        pretrain["optimizer"] = setting.optimizer.model_dump(mode="json")
    return Recipe.model_validate(values | {"model": model, "pretrain": pretrain})


def with_steps(config: PretrainConfig, steps: int, row_tokens: int) -> PretrainConfig:
    """The section with the steps of the budget, and with validations and checkpoints to match."""
    every = -(-steps // VALIDATIONS)
    rows = max(1, VALIDATION_TOKENS // row_tokens)
    fitted = fit_to_steps(config, steps)
    schedule = fitted.schedule.model_copy(
        update={"warmup_steps": min(config.schedule.warmup_steps, steps // 4)}
    )
    return fitted.model_copy(
        update={
            "schedule": schedule,
            "validate_every": every,
            "validation_rows": min(rows, config.validation_rows or rows),
            "checkpoint_every": every * VALIDATIONS_PER_CHECKPOINT,
            "keep_checkpoints": 1,
        }
    )
