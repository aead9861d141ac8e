"""A few real training steps in a process of its own, so that its memory is what a run would take.

Comes in, on standard input: a recipe and the rows to try. Goes out, on standard output: seconds and
bytes. Loads what a run has loaded by the time it trains; tokens are random, everything else is the
recipe's.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from yanmo.core.errors import RunError
from yanmo.core.messages import t
from yanmo.pipeline.recipe import Recipe

if TYPE_CHECKING:
    import torch

    from yanmo.models.language_model import LanguageModel
    from yanmo.models.shape import ModelShape

PROBE_STEPS = 4
PROBE_MAX_S = 25.0
"""No step is begun after so many seconds, once one has been timed."""
_TIMEOUT_S = 600.0
_SCORED_ROWS = 8
_WRITTEN_TOKENS = 8


@dataclass(frozen=True)
class Trial:
    """Steps with so many rows at once: the process (on a GPU the device) at its largest, seconds of
    a step, its processor seconds, and seconds of the update alone and of a validation row."""

    rows: int
    peak_bytes: int
    step_s: float
    step_cpu_s: float
    update_s: float
    validation_row_s: float


@dataclass(frozen=True)
class ProbeResult:
    """What was measured. `libraries_bytes` is the process before a model is built;
    `written_token_s` and `scored_token_s` are seconds of a token of a sample, and of a token that
    is scored; `scoring_bytes` is what scoring adds."""

    device: str
    libraries_bytes: int
    trials: tuple[Trial, ...]
    written_token_s: float
    scored_token_s: float
    scoring_bytes: int


def run_probe(recipe: Recipe, rows: list[int]) -> ProbeResult:
    """Try the recipe's steps with each of `rows` rows at once.

    Raises:
        RunError: the process ended by itself.
    """
    asked = json.dumps({"recipe": recipe.model_dump(mode="json"), "rows": rows})
    done = subprocess.run(
        [sys.executable, "-m", "yanmo.pipeline.planning.probe"],
        input=asked,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise RunError(
            t("the probe ended by itself"),
            why=lines[-1] if lines else str(done.returncode),
            hint=t("Plan without it: --no-probe."),
        )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    trials = tuple(Trial(**trial) for trial in answer.pop("trials"))
    return ProbeResult(trials=trials, **answer)


def _probe(recipe: Recipe, rows: list[int]) -> ProbeResult:
    # What a run has loaded, and what loading leaves behind.
    import torch

    import yanmo.corpus.build
    import yanmo.pipeline.evaluate
    import yanmo.pipeline.pretrain
    import yanmo.tokens.build  # noqa: F401
    from yanmo.core.device import choose_device, device_name
    from yanmo.core.usage import UsageMeter
    from yanmo.models.build import build_model
    from yanmo.pipeline.model_shape import derive_shape

    libraries = UsageMeter().read().peak_memory_bytes
    shape = derive_shape(recipe, recipe.tokenizer.vocab_size).config
    device = choose_device(recipe.pretrain.device)
    model = build_model(shape, device, recipe.pretrain.seed)
    trials = [_try_steps(recipe, shape, model, device, count) for count in rows]
    model.eval()
    meter = UsageMeter()
    before = _resident_bytes()
    with torch.inference_mode():
        scored = _scored_token_s(recipe, shape, model)
        written = _written_token_s(model, shape.max_seq_len)
    return ProbeResult(
        device=device_name(device),
        libraries_bytes=libraries,
        trials=tuple(trials),
        written_token_s=written,
        scored_token_s=scored,
        scoring_bytes=max(0, meter.read().peak_memory_bytes - before),
    )


def _try_steps(
    recipe: Recipe, shape: ModelShape, model: LanguageModel, device: torch.device, rows: int
) -> Trial:
    import torch

    from yanmo.core.console import Console
    from yanmo.core.device import choose_dtype
    from yanmo.core.usage import UsageMeter
    from yanmo.pipeline.planning.probe_data import ProbeData, build_probe_data
    from yanmo.training.alone import execute_alone
    from yanmo.training.optimizers import build_optimizer
    from yanmo.training.step import TrainingStep, autocast, batch_to_device

    config = recipe.pretrain.model_copy(update={"batch_rows": rows, "micro_batch_rows": None})
    data: ProbeData = build_probe_data(config, shape, rows)
    dtype = choose_dtype(config.precision, device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    meter = UsageMeter()
    execution = execute_alone(
        model, data, config, device=device, dtype=dtype, console=Console(is_quiet=True)
    )
    optimizer = build_optimizer(model, config.optimizer)
    step = TrainingStep(execution, data.objective, optimizer, config, device=device, dtype=dtype)
    seconds: list[float] = []
    cpu_seconds: list[float] = []
    began_at = time.perf_counter()
    for index in range(PROBE_STEPS + 1):
        step_began_at, cpu_began_at = time.perf_counter(), time.process_time()
        step.run(index, data.micro_batches(config, index))
        seconds.append(time.perf_counter() - step_began_at)
        cpu_seconds.append(time.process_time() - cpu_began_at)
        if len(seconds) > 1 and time.perf_counter() - began_at > PROBE_MAX_S:
            break
    update_began_at = time.perf_counter()
    optimizer.step()
    update_s = time.perf_counter() - update_began_at
    peak = meter.read().peak_memory_bytes
    if device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(device)
    validation_began_at = time.perf_counter()
    model.eval()
    with torch.no_grad(), autocast(device, dtype):
        execution.measure(batch_to_device(data.batch, device), data.objective.loss)
    validation_s = time.perf_counter() - validation_began_at
    # The first step also warms up. The median: what else the machine does comes in bursts.
    return Trial(
        rows,
        peak,
        median(seconds[1:]),
        median(cpu_seconds[1:]),
        update_s,
        validation_s / rows,
    )


def _scored_token_s(recipe: Recipe, shape: ModelShape, model: LanguageModel) -> float:
    """Seconds for a token of a held-out document, which windows read twice over."""
    import numpy as np

    from yanmo.inference.scoring import CausalScorer

    if model.kind != "causal":
        return 0.0
    config = recipe.evaluate
    scorer = CausalScorer(
        model, eot_id=0, stride_tokens=config.stride_tokens, batch_rows=config.batch_rows
    )
    random = np.random.default_rng(0)
    length = scorer.stride_tokens * (config.batch_rows + 1)
    began_at = time.perf_counter()
    scorer.score([random.integers(0, shape.vocab_size, length)])
    return (time.perf_counter() - began_at) / length


def _written_token_s(model: LanguageModel, max_seq_len: int) -> float:
    """Seconds for a token of a sample."""
    from yanmo.inference.config import SamplingConfig
    from yanmo.inference.generate import generate_tokens

    if model.kind != "causal" or max_seq_len <= _WRITTEN_TOKENS + 1:
        return 0.0
    config = SamplingConfig(max_new_tokens=_WRITTEN_TOKENS)
    began_at = time.perf_counter()
    count = sum(1 for _ in generate_tokens(model, [1], config))
    return (time.perf_counter() - began_at) / max(1, count)


def _resident_bytes() -> int:
    import os

    from yanmo.core.process_memory import memory_of_tree

    return memory_of_tree(os.getpid())


def main() -> None:
    """Read what is asked, measure, print one line."""
    asked = json.loads(sys.stdin.read())
    recipe = Recipe.model_validate(asked["recipe"])
    print(json.dumps(asdict(_probe(recipe, asked["rows"]))))


if __name__ == "__main__":
    main()
