"""`yanmo lr-find`: which learning rate suits a recipe, from a short sweep over its own data.

Comes in: a recipe. Its stages up to the tokens are made where they are not up to date; then the
model trains from its initial weights while the learning rate grows. Goes out: `lr-find/` in the run
folder, with the points as JSON and the curve as SVG. The run itself is not touched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yanmo.core.console import Console
from yanmo.core.device import choose_device, choose_dtype
from yanmo.core.files import write_atomically, write_json
from yanmo.core.messages import t
from yanmo.core.text_width import pad_right
from yanmo.pipeline.life import run
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.pretrain import begin_model
from yanmo.pipeline.rate_chart import rate_chart
from yanmo.pipeline.recipe import Recipe
from yanmo.pipeline.stage import StageContext
from yanmo.pipeline.training_rows import load_training_data
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.training.alone import execute_alone
from yanmo.training.config import PretrainConfig, ScheduleConfig
from yanmo.training.optimizers import build_optimizer
from yanmo.training.rate_range import RateRange, sweep_rates
from yanmo.training.step import TrainingStep

FOLDER_NAME = "lr-find"
_TABLE_ROWS = 12


@dataclass(frozen=True)
class LearningRates:
    """What was found: the folder with the files, and what `report.json` in it says."""

    directory: Path
    report: dict[str, Any]


def find_learning_rate(
    recipe: Recipe,
    *,
    low: float,
    high: float,
    num_steps: int,
    out: Path | None = None,
    console: Console | None = None,
) -> LearningRates:
    """Sweep the learning rate from `low` to `high` over `num_steps` steps.

    Other rates of the optimiser, Muon's for embeddings say, keep their ratio to the first.

    Raises:
        YanmoError: bad settings or bad data.
    """
    console = console or Console()
    run_dir = run(recipe, out=out, until="tokens", console=console).run_dir
    step, first_rate = _prepare(recipe, run_dir, console)

    def take_step(index: int, factor: float) -> float:
        loss = step(index, factor)
        console.progress(
            t(
                "step {step} of {steps}: learning rate {rate:.2e}, loss {loss:.4f}",
                step=index + 1,
                steps=num_steps,
                rate=factor * first_rate,
                loss=loss,
            )
        )
        return loss

    found = sweep_rates(take_step, low / first_rate, high / first_rate, num_steps)
    console.end_progress()
    report = _report(recipe, found, first_rate)
    directory = run_dir / FOLDER_NAME
    directory.mkdir(exist_ok=True)
    write_json(directory / "report.json", report)
    write_atomically(directory / "curve.svg", rate_chart(report))
    return LearningRates(directory, report)


def _prepare(
    recipe: Recipe, run_dir: Path, console: Console
) -> tuple[Callable[[int, float], float], float]:
    """A step as a function of its number and a factor, and the rate that the factor multiplies."""
    config = recipe.pretrain
    tokenizer = Tokenizer.load(run_dir / "tokenizer")
    special_ids = {"bos": tokenizer.bos_id, "eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    shape = derive_shape(recipe, tokenizer.vocab_size, special_ids).config
    data = load_training_data(run_dir / "tokens", tokenizer, recipe, shape)
    device = choose_device(config.device)
    dtype = choose_dtype(config.precision, device)
    context = StageContext(recipe, run_dir, run_dir / FOLDER_NAME, console)
    model = begin_model(context, shape, tokenizer, device)
    execution = execute_alone(model, data, config, device=device, dtype=dtype, console=console)
    optimizer = build_optimizer(
        model, config.optimizer, l1_penalty=config.l1_penalty, l2_penalty=config.l2_penalty
    )
    training = TrainingStep(
        execution, data.objective, optimizer, _unguarded(config), device=device, dtype=dtype
    )
    peaks = [group["peak_lr"] for group in optimizer.param_groups]

    def step(index: int, factor: float) -> float:
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["peak_lr"] = factor * peak
        return training.run(index, data.micro_batches(config, index)).loss

    return step, config.optimizer.learning_rate


def _unguarded(config: PretrainConfig) -> PretrainConfig:
    """The settings with a rate that the sweep alone decides, and without guards: it is meant to end
    in a loss that explodes."""
    guards = config.guards.model_copy(
        update={"max_sigmas": None, "max_loss_ratio": None, "max_skipped_in_a_row": sys.maxsize}
    )
    schedule = ScheduleConfig(name="constant", warmup_steps=0)
    return config.model_copy(update={"guards": guards, "schedule": schedule})


def _report(recipe: Recipe, found: RateRange, first_rate: float) -> dict[str, Any]:
    # A recipe's decay is kept, and so is its clipping: what is found is meant for this recipe.
    return {
        "run": recipe.name,
        "optimizer": recipe.pretrain.optimizer.name,
        "setting": "pretrain.optimizer.learning_rate",
        "recipe": first_rate,
        "suggestion": None if found.suggestion is None else found.suggestion * first_rate,
        "steepest": None if found.steepest is None else found.steepest * first_rate,
        "lowest": found.lowest * first_rate,
        "has_risen": found.has_risen,
        "points": [
            {
                "learning_rate": point.factor * first_rate,
                "loss": point.loss,
                "smoothed_loss": point.smoothed_loss,
            }
            for point in found.points
        ],
    }


def format_rates(found: LearningRates) -> str:
    """A table of the sweep, and what it suggests."""
    report = found.report
    points = report["points"]
    every = max(1, len(points) // _TABLE_ROWS)
    lines = [f"{pad_right(t('learning rate'), 16)}{t('loss')}"]
    lines += [
        f"{point['learning_rate']:<16.2e}{point['smoothed_loss']:.4f}" for point in points[::every]
    ]
    lines += ["", _advice(report), t("curve: {path}", path=found.directory / "curve.svg")]
    return "\n".join(lines)


def _advice(report: dict[str, Any]) -> str:
    if report["suggestion"] is None:
        return t("the loss fell at no learning rate: look at the data, or sweep a wider range")
    if not report["has_risen"]:
        return t(
            "the loss fell fastest at {rate:.2g} and rose nowhere in this range: begin with"
            " {setting}={rate:.2g}, or sweep a wider range. The recipe has {recipe:.2g}.",
            rate=report["suggestion"],
            recipe=report["recipe"],
            setting=report["setting"],
        )
    return t(
        "the loss fell fastest at {steepest:.2g} and was lowest at {lowest:.2g}. A tenth of that is"
        " a good peak for a run: {setting}={rate:.2g}. The recipe has {recipe:.2g}.",
        steepest=report["steepest"],
        rate=report["suggestion"],
        lowest=report["lowest"],
        recipe=report["recipe"],
        setting=report["setting"],
    )
