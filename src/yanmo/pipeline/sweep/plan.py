"""What a sweep will do, decided before anything is run: axes, trials, and what they are judged by.

Comes in: a recipe, the words of the command line, options. Goes out: a plan, or everything that is
wrong with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.sweep.axes import Axis, draw_trials, grid, labels_of, parse_words
from yanmo.pipeline.sweep.choice import TOLERANCE_FRAC
from yanmo.pipeline.sweep.outcome import BITS, LOSS, PERPLEXITY, unknown_figure
from yanmo.pipeline.sweep.trials import (
    PRETRAIN,
    REDUCTION,
    Trial,
    build_trials,
    judged_stage,
)

DEFAULT_TRIALS = 10


@dataclass(frozen=True)
class SweepOptions:
    """How a sweep goes about it.

    Attributes:
        is_random: combinations are drawn; a range without a number of values has them drawn too.
        num_trials: so many are drawn; `DEFAULT_TRIALS` when None.
        seed: of the drawing.
        by: the validation figure that decides; what suits the recipe when None.
        until: `pretrain`, `finetune` or `evaluate`; what the varied keys belong to when None.
        has_halving: all trials first get a third of the steps, and the best third of them all.
        max_hours: no trial is begun after so long; None sets no limit.
        stops_on_error: a trial that fails ends the sweep.
        tolerance_frac: so much worse than the best may the smallest be.
    """

    is_random: bool = False
    num_trials: int | None = None
    seed: int = 0
    by: str | None = None
    until: str | None = None
    has_halving: bool = False
    max_hours: float | None = None
    stops_on_error: bool = False
    tolerance_frac: float = TOLERANCE_FRAC


@dataclass(frozen=True)
class SweepPlan:
    """A sweep before it is run. `recipe` has the values that are the same for all."""

    recipe_name: str
    recipe: Recipe
    axes: tuple[Axis, ...]
    labels: dict[str, str]
    trials: tuple[Trial, ...]
    judged: str
    is_random: bool
    options: SweepOptions

    @property
    def num_replicates(self) -> int:
        """How often each combination is run, with other seeds."""
        return math.prod(len(axis.values) for axis in self.axes if axis.is_replicate)

    @property
    def replicate_keys(self) -> frozenset[str]:
        """The keys whose values are seeds."""
        return frozenset(axis.key for axis in self.axes if axis.is_replicate)

    @property
    def default_folder(self) -> Path:
        """Where the sweep lies unless told."""
        return Path("runs") / f"{self.recipe.name}-sweep"


def plan_sweep(recipe: str, words: Sequence[str], options: SweepOptions) -> SweepPlan:
    """Read what is asked for.

    Args:
        recipe: a recipe file or the name of a shipped recipe.
        words: `key=value` for all trials, `key=a,b,c` and `key=low..high` for what is varied.

    Raises:
        ConfigError: an option has no effect, or not one trial can be run.
    """
    axes, overrides = parse_words(words)
    is_random = options.is_random or any(axis.is_open for axis in axes)
    if options.num_trials is not None and not is_random:
        raise ConfigError(
            t("--trials has no effect: every combination is run"),
            where="--trials",
            hint=t("Draw from the combinations with --random, or leave it out."),
        )
    for axis in axes:
        if axis.is_replicate and axis.is_open:
            raise ConfigError(
                t("a seed has no range"), where=axis.key, hint=t("Name the seeds: 0,1,2.")
            )
    number = options.num_trials or DEFAULT_TRIALS
    chosen = draw_trials(axes, number, options.seed) if is_random else grid(axes)
    labels = labels_of(axes)
    base = load_recipe(recipe, overrides)
    judged = judged_stage(base, axes, options.until)
    plan = SweepPlan(
        recipe_name=recipe,
        recipe=base,
        axes=tuple(axes),
        labels=labels,
        trials=tuple(build_trials(recipe, overrides, chosen, labels)),
        judged=judged,
        is_random=is_random,
        options=options,
    )
    _check_figure(plan)
    if options.has_halving and len(plan.trials) < REDUCTION * plan.num_replicates:
        raise ConfigError(
            t("halving keeps one combination of {count}: give as many", count=REDUCTION),
            where="--halving",
        )
    return plan


def _check_figure(plan: SweepPlan) -> None:
    """Refuse a figure that no trial will have, where that is known beforehand."""
    by, name = plan.options.by, plan.judged.partition("/")[2]
    if by is None:
        return
    if plan.judged == PRETRAIN:
        known = [BITS, PERPLEXITY, LOSS]
    else:
        tasks = plan.recipe.finetune[name].task_names(name)
        if len(tasks) > 1:
            return  # their figures carry the names of tasks
        from yanmo.tasks.metrics.of_kind import metrics_of

        kind = plan.recipe.tasks[tasks[0]].kind
        known = [*(metric.name for metric in metrics_of(kind)), LOSS]
        if kind not in ("classification", "entities", "similarity", "keywords"):
            return  # what writes has figures of its language and of its loss too
    if by not in known:
        raise unknown_figure(by, known)
