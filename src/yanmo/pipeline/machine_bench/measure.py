"""Measures this machine: products, memory bandwidth, sums over processes, training, inference.

Comes in: a device. Goes out: a `MachineFigures`. Every figure is the best of several tries, since
whatever else the machine does can only slow it down; training is the median of its steps.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from yanmo.core.device import (
    choose_device,
    choose_dtype,
    computes_bfloat16,
    device_name,
    measure_peak_flops,
)
from yanmo.core.errors import RunError
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.config import EngineConfig, Weights
from yanmo.inference.engine.open import engine_of
from yanmo.inference.engine.request import ChoiceEvent, EngineRequest
from yanmo.models.build import build_model
from yanmo.models.language_model import LanguageModel
from yanmo.parallel.launch import supervise
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.planning.probe import run_probe
from yanmo.pipeline.recipe import Recipe

BANDWIDTH_BYTES = {"cpu": 64 * 2**20, "cuda": 2**30}
"""Of each array: far more than caches hold."""
BANDWIDTH_TRIES = 8
PROMPT_TOKENS, WRITTEN_TOKENS = 64, 65
NUM_RANKS = 2


@dataclass(frozen=True)
class WritingFigures:
    """One text written by an engine.

    Attributes:
        weights: how weights are held: `own`, `int8` or `int4`.
        about: who computes.
        weight_bytes: memory of the weights.
        first_token_s: seconds from a prompt of `PROMPT_TOKENS` tokens to the first token.
        tokens_per_s: from there on.
    """

    weights: str
    about: str
    weight_bytes: int
    first_token_s: float
    tokens_per_s: float


@dataclass(frozen=True)
class MachineFigures:
    """FLOP/s, bytes/s, seconds and tokens/s. None where the machine has no such thing.

    `triad` is c = a + s b (McCalpin 1995, STREAM); `all_reduce_bytes_per_s` is the bandwidth of the
    bus, size / time for two processes; `mfu` is training FLOPs over the measured peak of products
    in the number format of training, `dtype`; `writing` has the forms in which weights are held.
    """

    device: str
    threads: int
    dtype: str
    float32_flops: float
    bfloat16_flops: float | None
    copy_bytes_per_s: float
    triad_bytes_per_s: float
    backend: str | None
    all_reduce_bytes_per_s: float | None
    all_reduce_latency_s: float | None
    shape: str
    train_tokens_per_s: float
    train_flops: float
    mfu: float
    writing: tuple[WritingFigures, ...]


def measure_machine(
    recipe: Recipe,
    *,
    has_collective: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> MachineFigures:
    """Measure everything; some ten seconds on a quiet machine, a minute on a busy one.

    Args:
        recipe: its model, batch, device and number format are what is trained and written with.
        has_collective: start two processes and time their sums.
        tell: is told what is about to be measured, and how much is left.

    Raises:
        RunError: a process that was started ended by itself.
    """
    device = choose_device(recipe.pretrain.device)
    dtype = choose_dtype(recipe.pretrain.precision, device)
    parts = _Parts(5 if has_collective else 4, tell)
    parts.begin(t("products of matrices"))
    peaks = {torch.float32: measure_peak_flops(device, torch.float32)}
    if computes_bfloat16(device):
        peaks[torch.bfloat16] = measure_peak_flops(device, torch.bfloat16)
    parts.begin(t("bandwidth of the memory"))
    copied, triad = measure_bandwidth(device)
    messages = {}
    if has_collective:
        parts.begin(t("messages between two processes"))
        messages = _measure_collective(device)
    parts.begin(t("steps of training"))
    shape = derive_shape(recipe, recipe.tokenizer.vocab_size).config
    rows = recipe.pretrain.micro_batch_rows or recipe.pretrain.batch_rows
    trial = run_probe(recipe, [rows]).trials[0]
    trained = rows * shape.max_seq_len / trial.step_s
    parts.begin(t("writing text"))
    forms: tuple[Weights, ...] = ("own", "int8", "int4") if device.type == "cpu" else ("own",)
    writing = tuple(measure_writing(build_model(shape, device, seed=0), form) for form in forms)
    flops = trained * shape.flops_per_token()
    return MachineFigures(
        device=device_name(device),
        threads=torch.get_num_threads(),
        dtype=str(dtype).removeprefix("torch."),
        float32_flops=peaks[torch.float32],
        bfloat16_flops=peaks.get(torch.bfloat16),
        copy_bytes_per_s=copied,
        triad_bytes_per_s=triad,
        backend=messages.get("backend"),
        all_reduce_bytes_per_s=messages.get("bytes_per_s"),
        all_reduce_latency_s=messages.get("latency_s"),
        shape=t(
            "{family}, {layers} x {width}, {rows} rows of {length} tokens",
            family=shape.family,
            layers=getattr(shape, "num_layers", 1),
            width=shape.d_model,
            rows=rows,
            length=shape.max_seq_len,
        ),
        train_tokens_per_s=trained,
        train_flops=flops,
        mfu=flops / peaks.get(dtype, peaks[torch.float32]),
        writing=writing,
    )


class _Parts:
    """Tells which of `count` parts is being measured."""

    def __init__(self, count: int, tell: Callable[[str], None]) -> None:
        self._count, self._tell = count, tell
        self._number = 0

    def begin(self, what: str) -> None:
        self._number += 1
        self._tell(
            t(
                "measuring {number} of {count}: {what}",
                number=self._number,
                count=self._count,
                what=what,
            )
        )


def measure_bandwidth(device: torch.device, size: int | None = None) -> tuple[float, float]:
    """Bytes per second of a copy (read and written) and of the triad (two read, one written).

    Args:
        size: bytes of an array; by the kind of device unless given.
    """
    count = (size or BANDWIDTH_BYTES.get(device.type, BANDWIDTH_BYTES["cpu"])) // 4
    a, b, c = (torch.ones(count, device=device) for _ in range(3))
    copied_s = _best_s(lambda: b.copy_(a), device)
    triad_s = _best_s(lambda: torch.add(a, b, alpha=3.0, out=c), device)
    return 2 * 4 * count / copied_s, 3 * 4 * count / triad_s


def measure_writing(model: LanguageModel, weights: Weights) -> WritingFigures:
    """Let a model write some texts, one after another, with its weights held as `weights` says."""
    model.eval()
    room = model.config.max_seq_len // 2
    config = SamplingConfig(max_new_tokens=min(WRITTEN_TOKENS, room))
    prompt = tuple(1 + index % 200 for index in range(min(PROMPT_TOKENS, room)))
    engine = engine_of(model, None, EngineConfig(num_slots=1, weights=weights))
    firsts, rates = [], []
    for number in range(3):
        began_at = time.perf_counter()
        engine.submit(EngineRequest((1 + number, *prompt[1:]), config))  # nothing is known already
        moments = []
        while engine.has_work:
            events = engine.step()
            if any(isinstance(event, ChoiceEvent) and event.tokens for event in events):
                moments.append(time.perf_counter())
        firsts.append(moments[0] - began_at)
        rates.append((len(moments) - 1) / (moments[-1] - moments[0]))
    return WritingFigures(weights, engine.about, engine.weight_bytes, min(firsts), max(rates))


def _best_s(work: Callable[[], Any], device: torch.device) -> float:
    best_s = float("inf")
    for index in range(BANDWIDTH_TRIES + 1):
        began_at = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if index:
            best_s = min(best_s, time.perf_counter() - began_at)
    return best_s


def _measure_collective(device: torch.device) -> dict[str, Any]:
    """Time sums over two processes: NCCL between two GPUs, else gloo over the loopback."""
    is_cuda = device.type == "cuda" and torch.cuda.device_count() >= NUM_RANKS
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "collective.json"
        kind = "cuda" if is_cuda else "cpu"
        module = "yanmo.pipeline.machine_bench.collective"
        command = [sys.executable, "-m", module, kind, str(answer)]
        code = supervise(command, NUM_RANKS, max_restarts=0, on_restart=lambda _: None)
        if code or not answer.is_file():
            raise RunError(
                t("the processes that time messages ended by themselves"),
                why=str(code),
                hint=t("Measure without them: --no-collective."),
            )
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return found
