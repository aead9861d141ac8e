"""What a recipe costs on this machine before it is run: parameters, FLOPs, memory, disk, time,
energy and money.

Comes in: a recipe and the folder of its run. Goes out: a `Plan`. Training is tried for a few steps
in a process of its own (`probe`); what has been made already is taken as it was measured; the
stages before training are estimated from the volume of text, by constants that were measured with
the shipped recipes on Linux.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yanmo.core.energy import CPU_CORE_WATTS, GRAMS_CO2_PER_KWH, gpu_power_limit_watts
from yanmo.core.messages import t
from yanmo.models.shape import ModelShape
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.planning.machine_memory import (
    LIBRARIES_BYTES,
    activation_bytes,
    fitting_hint,
    machine_memory_bytes,
    state_bytes,
)
from yanmo.pipeline.planning.probe import ProbeResult, run_probe
from yanmo.pipeline.planning.text_volume import Volume, estimate_volume
from yanmo.pipeline.recipe import Recipe
from yanmo.training.config import PretrainConfig

_MIB = 2**20
CORPUS_LEAVES_BYTES = 185 * _MIB
"""What reading and tokenising leave in the process that then trains, besides large texts."""
SAMPLES_LEAVE_BYTES = 185 * _MIB
"""What samples, checkpoints and reading the model again leave by the time it is evaluated."""
TOKENIZER_BASE_BYTES = 340 * _MIB
TOKENIZER_BYTES_PER_BYTE = {False: 6.0, True: 41.0}
"""Memory of learning a vocabulary for each byte of text, without and with Chinese, whose stretches
between punctuation are seldom met twice."""
NGRAM_FIT_BYTES, NGRAM_BYTES = 96, 26
"""For each training token, while the n-gram baseline is counted and afterwards."""
NGRAM_FIT_S = 2.2e-6
CORPUS_S, CORPUS_S_PER_BYTE = 2.0, 0.9e-6
"""Of corpus, tokenizer and tokens together, with a core to themselves."""
STORAGE_BYTES_PER_S = 3e8
ANALYTIC_LIMIT_FRAC = 0.5
"""A probe with all rows is made where they take less of the memory by count; else with few."""


@dataclass(frozen=True)
class Prices:
    """What the user says of the machine; `watts` of the whole of it, None for design power."""

    watts: float | None = None
    grams_co2_per_kwh: float = GRAMS_CO2_PER_KWH
    per_hour: float | None = None


@dataclass(frozen=True)
class Plan:
    """The estimate. Bytes, seconds, watt-hours; what was not tried is None.

    `optimizer_bytes` are the optimiser's state with averaged and best weights where they are kept;
    with the weights they make `checkpoint_bytes`. `num_checkpoints` is the most that are there at
    once. `activation_bytes` is what one micro-batch keeps for the backward pass, and the logits
    that exist at once. `memory_bytes` is the largest of the stages in `stage_bytes`; `total_s` the
    sum of those in `stage_s`. `warning` is what stands in the way.
    """

    num_params: int
    num_params_non_embedding: int
    flops_per_token: int
    train_tokens: int
    corpus_tokens: int | None
    is_corpus_counted: bool
    total_flops: float
    weights_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    activation_bytes: int
    libraries_bytes: int
    stage_bytes: dict[str, int]
    memory_bytes: int
    machine_bytes: int
    disk_bytes: int
    checkpoint_bytes: int
    num_checkpoints: int
    probe_tokens_per_s: float | None
    stage_s: dict[str, float]
    train_s: float | None
    total_s: float | None
    watt_hours: float | None
    grams_co2: float | None
    energy_source: str | None
    money: float | None
    device: str | None
    warning: str | None
    notes: tuple[str, ...]


def estimate_plan(
    recipe: Recipe, run_dir: Path, *, has_probe: bool, prices: Prices | None = None
) -> Plan:
    """Estimate `recipe`; with `has_probe`, train a few steps of it on this machine.

    Raises:
        RunError: the probe failed.
    """
    from yanmo.models.build import count_embedding_params, count_params

    derived = derive_shape(recipe, recipe.tokenizer.vocab_size)
    shape, config = derived.config, recipe.pretrain
    params = count_params(shape)
    matrices = params - count_embedding_params(shape)
    weights, moments = state_bytes(params, matrices, config)
    rows = config.micro_batch_rows or config.batch_rows
    volume = estimate_volume(recipe, run_dir)
    states = 2 * weights + moments
    counted = LIBRARIES_BYTES + states + activation_bytes(shape, rows)
    machine = machine_memory_bytes()
    probed = _probe(recipe, rows, counted, machine) if has_probe else None
    libraries = probed.libraries_bytes if probed else LIBRARIES_BYTES
    trained = _peak_of(probed, rows) if probed else counted
    stage_bytes = _stage_bytes(recipe, shape, volume, libraries, trained, probed)
    memory = max(stage_bytes.values())
    stage_s = _stage_s(recipe, shape, volume, probed) if probed else {}
    total_s = sum(stage_s.values()) if stage_s else None
    train_tokens = config.steps * config.batch_rows * shape.max_seq_len
    speed = None
    if probed is not None:
        speed = config.batch_rows * shape.max_seq_len / _step_s(recipe, probed)
    hours = None if total_s is None else total_s / 3600
    energy, source = _energy(hours, prices or Prices(), probed)
    warning = None
    if memory > machine:
        warning = t(
            "this needs {needed:.1f} GiB, and the machine has {there:.1f} GiB. {hint}",
            needed=memory / 2**30,
            there=machine / 2**30,
            hint=fitting_hint(shape, config, machine),
        )
    per_hour = prices.per_hour if prices else None
    grams = (prices or Prices()).grams_co2_per_kwh
    return Plan(
        num_params=params,
        num_params_non_embedding=matrices,
        flops_per_token=shape.flops_per_token(),
        train_tokens=train_tokens,
        corpus_tokens=volume.train_tokens,
        is_corpus_counted=volume.is_counted,
        total_flops=float(shape.flops_per_token()) * train_tokens,
        weights_bytes=weights,
        gradients_bytes=weights,
        optimizer_bytes=moments,
        activation_bytes=max(0, trained - libraries - states),
        libraries_bytes=libraries,
        stage_bytes=stage_bytes,
        memory_bytes=memory,
        machine_bytes=machine,
        disk_bytes=_disk_bytes(recipe, volume, weights, weights + moments),
        checkpoint_bytes=weights + moments,
        num_checkpoints=count_checkpoints(config),
        probe_tokens_per_s=speed,
        stage_s=stage_s,
        train_s=stage_s.get("pretrain"),
        total_s=total_s,
        watt_hours=energy,
        grams_co2=None if energy is None else energy / 1000 * grams,
        energy_source=source,
        money=None if hours is None or per_hour is None else hours * per_hour,
        device=probed.device if probed else None,
        warning=warning,
        notes=derived.notes,
    )


def _probe(recipe: Recipe, rows: int, counted: int, machine: int) -> ProbeResult:
    """Try the steps with all rows, or with one and two where all of them may not fit."""
    if counted <= ANALYTIC_LIMIT_FRAC * machine or rows <= 2:
        return run_probe(recipe, [rows])
    return run_probe(recipe, [1, 2])


def _peak_of(probed: ProbeResult, rows: int) -> int:
    """The peak with `rows` rows: as it was, or on the line through two that were tried."""
    last = probed.trials[-1]
    if last.rows == rows or len(probed.trials) < 2:
        return last.peak_bytes
    first = probed.trials[0]
    each = max(0, last.peak_bytes - first.peak_bytes) / (last.rows - first.rows)
    return int(first.peak_bytes + each * (rows - first.rows))


def _step_s(recipe: Recipe, probed: ProbeResult) -> float:
    """Seconds of a step: as many micro-batches as it has, and one update."""
    trial = probed.trials[-1]
    computed = max(trial.step_s - trial.update_s, 0.2 * trial.step_s)
    return computed * recipe.pretrain.batch_rows / trial.rows + (trial.step_s - computed)


def _stage_bytes(
    recipe: Recipe,
    shape: ModelShape,
    volume: Volume,
    libraries: int,
    trained: int,
    probed: ProbeResult | None,
) -> dict[str, int]:
    """The process at its largest in each stage that is to be run: what one leaves, the next has."""
    text = volume.text_bytes or 0
    found: dict[str, int] = {}
    left, tokenizer = 0, 0
    if not volume.is_counted:
        each = TOKENIZER_BYTES_PER_BYTE[volume.has_chinese]
        tokenizer = TOKENIZER_BASE_BYTES + int(each * text)
        found["tokenizer"] = tokenizer
        left = CORPUS_LEAVES_BYTES
    found["pretrain"] = max(trained + left, tokenizer + 170 * _MIB if tokenizer else 0)
    if probed is not None and probed.trials and "cuda" in recipe.pretrain.device:
        return found
    base = max(libraries + left + SAMPLES_LEAVE_BYTES, tokenizer + 50 * _MIB if tokenizer else 0)
    scoring = probed.scoring_bytes if probed else _scoring_bytes(recipe, shape)
    tokens = volume.train_tokens or 0
    is_counting = recipe.evaluate.baseline_order is not None
    counting = NGRAM_FIT_BYTES * tokens if is_counting else 0
    kept = NGRAM_BYTES * tokens if is_counting else 0
    found["evaluate"] = base + max(counting, kept + scoring)
    return found


def _scoring_bytes(recipe: Recipe, shape: ModelShape) -> int:
    """Three copies of the scores of a batch of windows."""
    return 3 * 4 * recipe.evaluate.batch_rows * shape.max_seq_len * shape.vocab_size


def _stage_s(
    recipe: Recipe, shape: ModelShape, volume: Volume, probed: ProbeResult
) -> dict[str, float]:
    """Seconds of the stages that are to be run."""
    config, trial = recipe.pretrain, probed.trials[-1]
    found: dict[str, float] = {}
    if not volume.is_counted:
        found["corpus"] = CORPUS_S + CORPUS_S_PER_BYTE * (volume.text_bytes or 0)
    available = (volume.validation_tokens or 0) // shape.max_seq_len
    rows = min(config.validation_rows or available, available) or (config.validation_rows or 0)
    validations = 1 + -(-config.steps // config.validate_every)
    written = 0.0
    if config.sample_every is not None:
        prompts = 3 if config.sample_prompts is None else len(config.sample_prompts)
        samples = 1 + -(-config.steps // config.sample_every)
        written = samples * prompts * config.sample_tokens * probed.written_token_s
    weights, moments = state_bytes_of(recipe, shape)
    saves = -(-config.steps // config.checkpoint_every)
    found["pretrain"] = (
        config.steps * _step_s(recipe, probed)
        + validations * rows * trial.validation_row_s
        + written
        + saves * (weights + moments) / STORAGE_BYTES_PER_S
    )
    scored = recipe.evaluate.max_tokens or (volume.validation_tokens or 0)
    test = int((volume.train_tokens or 0) * recipe.corpus.split.test_frac)
    scored = min(scored, test) if test else scored
    found["evaluate"] = scored * probed.scored_token_s
    if recipe.evaluate.baseline_order is not None:
        found["evaluate"] += NGRAM_FIT_S * (volume.train_tokens or 0)
    return found


def state_bytes_of(recipe: Recipe, shape: ModelShape) -> tuple[int, int]:
    """Bytes of the weights and of the optimiser's state of a recipe's model."""
    from yanmo.models.build import count_embedding_params, count_params

    params = count_params(shape)
    return state_bytes(params, params - count_embedding_params(shape), recipe.pretrain)


def _energy(
    hours: float | None, prices: Prices, probed: ProbeResult | None
) -> tuple[float | None, str | None]:
    """Watt-hours, and what they rest on."""
    if hours is None or probed is None:
        return None, None
    if prices.watts is not None:
        return hours * prices.watts, t("{watts:g} W, as told", watts=prices.watts)
    trial = probed.trials[-1]
    cores = trial.step_cpu_s / trial.step_s if trial.step_s else 1.0
    watts = cores * CPU_CORE_WATTS
    gpu = gpu_power_limit_watts() if probed.device and "NVIDIA" in probed.device.upper() else None
    if gpu is not None:
        return hours * (watts + gpu), t("time x power limit of the GPU, {watts:.0f} W", watts=gpu)
    return hours * watts, t(
        "time x design power: {cores:.1f} cores of {watts:g} W", cores=cores, watts=CPU_CORE_WATTS
    )


def count_checkpoints(config: PretrainConfig) -> int:
    """The most checkpoints that a run has on disk at once: when its last one is written, since the
    number that is kept never falls."""
    saved = [
        *range(config.checkpoint_every, config.steps, config.checkpoint_every),
        config.steps,
    ]
    earlier = saved[:-1]
    kept = set(earlier[-config.keep_checkpoints :])
    if config.keep_every is not None:
        kept |= {step for step in earlier if step % config.keep_every == 0}
    has_best = config.keep_best_checkpoint and len(kept) < len(earlier)
    return len(kept) + has_best + 1


def _disk_bytes(recipe: Recipe, volume: Volume, weights: int, checkpoint: int) -> int:
    """Checkpoints, the model, the text and tokens."""
    text = (volume.text_bytes or 0) // 2  # Parquet packs it
    checkpoints = count_checkpoints(recipe.pretrain) * checkpoint
    return checkpoints + weights + text + 2 * (volume.train_tokens or 0)
