"""A few real steps of a fine-tuning in a process of its own: its rows, memory and time.

Comes in, on standard input: a recipe, a section's name and the folder of the run. Goes out, on
standard output: a `TuningTrial`. The examples are read and the model is opened as the stage would;
nothing is written but into a folder that is removed. Where the recipe's own model is not trained
yet, one of its shape with random weights stands in, and a vocabulary of the task's texts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING

from yanmo.core.errors import YanmoError
from yanmo.core.messages import t
from yanmo.pipeline.recipe import Recipe

if TYPE_CHECKING:
    from yanmo.pipeline.finetune.plan import Plan
    from yanmo.pipeline.finetune.section import FinetuneSection

PROBE_STEPS = 4
PROBE_MAX_S = 20.0
_MEASURED_EXAMPLES = 16
_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class TuningTrial:
    """What a section would do, as far as a few steps tell.

    Attributes:
        section: its name.
        problem: why it could not be tried; then nothing else is known.
        num_params, num_trained_params: of the model.
        num_rows: to learn from, of one draw.
        num_draws: tunings one after the other; 1 unless it is of few examples.
        steps: of one draw, at most: early stopping may end it.
        step_tokens: that the model reads at one.
        step_s: seconds of one.
        validation_s: seconds of all validations of one draw.
        peak_bytes: the process, on a GPU the device, at its largest.
        is_stand_in: whether another model of the same shape was tried.
    """

    section: str
    problem: str | None = None
    num_params: int = 0
    num_trained_params: int = 0
    num_rows: int = 0
    num_draws: int = 1
    steps: int = 0
    step_tokens: float = 0.0
    step_s: float = 0.0
    validation_s: float = 0.0
    peak_bytes: int = 0
    is_stand_in: bool = False

    @property
    def tokens(self) -> int:
        """That are read by all draws in training."""
        return round(self.num_draws * self.steps * self.step_tokens)

    @property
    def total_s(self) -> float:
        """Seconds of all draws, without evaluation."""
        return self.num_draws * (self.steps * self.step_s + self.validation_s)


def try_tuning(recipe: Recipe, name: str, run_dir: Path) -> TuningTrial:
    """Try the section `finetune.NAME` of a recipe; what stands in its way is told in `problem`."""
    asked = {
        "recipe": recipe.model_dump(mode="json"),
        "name": name,
        "run_dir": str(run_dir.absolute()),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "yanmo.pipeline.planning.tuning_probe"],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return TuningTrial(name, t("a few steps took more than {time:.0f} s", time=_TIMEOUT_S))
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return TuningTrial(name, lines[-1] if lines else str(done.returncode))
    return TuningTrial(**json.loads(done.stdout.splitlines()[-1]))


def trial_of(recipe: Recipe, name: str, run_dir: Path, directory: Path) -> TuningTrial:
    """Try the section in this process; a vocabulary that is learned lies in `directory`.

    Raises:
        YanmoError: what would stop the stage, too.
    """
    from yanmo.core.console import Console
    from yanmo.core.device import choose_device
    from yanmo.finetuning.balance import draw_of_each_class
    from yanmo.finetuning.config import PRETRAINED, SCRATCH
    from yanmo.pipeline.finetune.plan import labels_of, weight_counts
    from yanmo.pipeline.finetune.run import open_examples
    from yanmo.pipeline.finetune.tune import plan_of, vocabulary_of, with_known_length
    from yanmo.pipeline.stage import StageContext

    section = recipe.finetune[name]
    is_stand_in = section.init_from == PRETRAINED and not (run_dir / "pretrain/model").is_dir()
    if is_stand_in:
        section = section.model_copy(update={"init_from": SCRATCH})
    own = recipe.model.model_copy(update={"initial_embedding": None})  # it changes no figure
    recipe = recipe.model_copy(update={"model": own})
    context = StageContext(recipe, run_dir, directory, Console(is_quiet=True))
    tasks = [open_examples(context, section, task) for task in section.task_names(name)]
    vocabulary = vocabulary_of(context, tasks)
    few = section.few_shot
    if few is not None:
        chosen = [
            draw_of_each_class(labels_of(one.train), few.examples_per_class, section.seed)
            for one in tasks
        ]
        tasks = [
            replace(one, train=[one.train[place] for place in places])
            for one, places in zip(tasks, chosen, strict=True)
        ]
    num_validation = sum(len(one.validation) for one in tasks)
    wanted = min(section.max_validation_examples or num_validation, num_validation)
    measured = min(wanted, _MEASURED_EXAMPLES)
    asked = section.model_copy(update={"max_validation_examples": measured})
    device = choose_device(section.device)
    plan = plan_of(context, name, asked, tasks, vocabulary, device)
    config = with_known_length(section, plan.data.train.num_rows, name)
    step_s, step_tokens, peak = _run_steps(plan, config)
    validations = 1 + -(-config.steps // config.validate_every)
    # A pass without gradients takes about a third of one with them.
    loss_s = step_s / 3.0 * plan.data.validation.num_rows / config.batch_rows
    weights = weight_counts(plan.model)
    return TuningTrial(
        section=name,
        num_params=weights["num_params"],
        num_trained_params=weights["num_trained_params"],
        num_rows=plan.data.train.num_rows,
        num_draws=few.num_draws if few is not None else 1,
        steps=config.steps,
        step_tokens=step_tokens,
        step_s=step_s,
        validation_s=validations * (loss_s + _measure_s(plan) * wanted / max(1, measured)),
        peak_bytes=peak,
        is_stand_in=is_stand_in,
    )


def _run_steps(plan: Plan, config: FinetuneSection) -> tuple[float, float, int]:
    """Seconds and tokens of a step, and the peak of memory in bytes."""
    import torch

    from yanmo.core.console import Console
    from yanmo.core.device import choose_device, choose_dtype
    from yanmo.core.usage import UsageMeter
    from yanmo.training.alone import execute_alone
    from yanmo.training.optimizers import build_optimizer
    from yanmo.training.step import TrainingStep

    device = choose_device(config.device)
    dtype = choose_dtype(config.precision, device)
    meter = UsageMeter()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    execution = execute_alone(
        plan.model, plan.data, config, device=device, dtype=dtype, console=Console(is_quiet=True)
    )
    optimizer = build_optimizer(plan.model, config.optimizer)
    step = TrainingStep(
        execution, plan.data.objective, optimizer, config, device=device, dtype=dtype
    )
    plan.model.train()
    seconds: list[float] = []
    tokens: list[int] = []
    began_at = time.perf_counter()
    for index in range(min(PROBE_STEPS + 1, config.steps)):
        step_began_at = time.perf_counter()
        tokens.append(step.run(index, plan.data.micro_batches(config, index)).num_tokens)
        seconds.append(time.perf_counter() - step_began_at)
        if len(seconds) > 1 and time.perf_counter() - began_at > PROBE_MAX_S:
            break
    peak = meter.read().peak_memory_bytes
    if device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(device)
    # The first step also warms up. The median: what else the machine does comes in bursts.
    return median(seconds[1:] or seconds), mean(tokens), peak


def _measure_s(plan: Plan) -> float:
    """Seconds of the task's metric on the validation examples that the plan has."""
    import torch

    if plan.measure is None:
        return 0.0
    began_at = time.perf_counter()
    plan.model.eval()
    with torch.no_grad():
        plan.measure()
    return time.perf_counter() - began_at


def main() -> None:
    """Read what is asked, try it, print one line."""
    asked = json.loads(sys.stdin.read())
    recipe, name = Recipe.model_validate(asked["recipe"]), asked["name"]
    with tempfile.TemporaryDirectory() as folder:
        try:
            trial = trial_of(recipe, name, Path(asked["run_dir"]), Path(folder))
        except YanmoError as error:
            where = f"{error.where}: " if error.where else ""
            why = f" ({error.why})" if error.why else ""
            trial = TuningTrial(name, f"{where}{error.what}{why}")
    print(json.dumps(asdict(trial)))


if __name__ == "__main__":
    main()
