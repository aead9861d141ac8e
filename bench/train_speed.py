"""Tokens per second of a training step: yanmo beside nanoGPT and transformers, on one shape.

All train a GPT-2 of the same shape on random tokens with AdamW and clipping, eager and compiled.
Each contender is a process of its own, as it would be on a user's machine, and they take steps in
turn (ours, theirs, ours, ...), so that a machine whose speed drifts favours nobody. Printed are
medians, ratios turn by turn, and how much of the FLOP/s of a large matrix product, measured in
every turn, a step reaches.

    python bench/train_speed.py
    git clone https://github.com/karpathy/nanoGPT
    python bench/train_speed.py --shapes S M --steps 15 --nanogpt nanoGPT --trainer
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import torch
from train_speed_contenders import BUILDERS, SHAPES, VOCAB_SIZE, Setting, run_trainer

from yanmo.core.device import choose_device, computes_bfloat16, device_name, measure_peak_flops
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model

WARM_UP_STEPS = 2
SPINS = "3000"
"""GOMP_SPINCOUNT, as `yanmo` sets it: threads of one process that wait soon leave the processor to
the others."""


def work(args: argparse.Namespace) -> None:
    """The life of a worker: a step for every line of standard input, its seconds on standard
    output."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes elsewhere
    device = choose_device(args.device)
    setting = Setting(
        SHAPES[args.worker_shape],
        device,
        getattr(torch, args.worker_dtype),
        args.is_compiled,
        args.nanogpt,
    )
    if args.worker == "Trainer":
        work_as_trainer(setting, answers)
        return
    step = BUILDERS[args.worker](setting)
    generator = np.random.default_rng(0)
    for _ in sys.stdin:
        rows = generator.integers(
            0, VOCAB_SIZE, (setting.shape.batch, setting.shape.context + 1), dtype=np.int64
        )
        began_at = time.perf_counter()
        step(rows)
        print(time.perf_counter() - began_at, file=answers, flush=True)


def work_as_trainer(setting: Setting, answers: IO[str]) -> None:
    """A worker whose loop is transformers' Trainer."""
    began_at = 0.0

    def turns() -> Iterator[None]:
        nonlocal began_at
        for _ in sys.stdin:
            began_at = time.perf_counter()
            yield

    def report() -> None:
        print(time.perf_counter() - began_at, file=answers, flush=True)

    run_trainer(setting, turns(), report)


class Worker:
    """A contender in a process of its own."""

    def __init__(self, name: str, args: argparse.Namespace, shape: str, dtype: str) -> None:
        self.name = name
        kind, _, is_compiled = name.partition(" ")
        command = [sys.executable, __file__, "--worker", kind, "--worker-shape", shape]
        command += ["--worker-dtype", dtype, "--device", args.device]
        command += ["--is-compiled"] if is_compiled else []
        command += ["--nanogpt", str(args.nanogpt)] if args.nanogpt else []
        self.said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as the process
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
            env=os.environ | {"GOMP_SPINCOUNT": SPINS},
        )

    def step(self) -> float:
        """Seconds of one step."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            return float(self.process.stdout.readline())
        except (OSError, ValueError) as error:
            self.said.seek(0)
            raise SystemExit(f"{self.name} stopped:\n{self.said.read()[-3000:]}") from error

    def close(self) -> None:
        """End the process."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def contenders_of(args: argparse.Namespace) -> list[str]:
    """Names of who takes part; ours first."""
    kinds = ["yanmo", *(["nanoGPT"] if args.nanogpt else []), "transformers"]
    names = [f"{kind}{form}" for kind in kinds for form in ("", " compiled")]
    return names + (["Trainer compiled"] if args.trainer else [])


def compare(args: argparse.Namespace, shape: str, dtype: str) -> None:
    """Take steps in turn and print the table of one shape."""
    workers: list[Worker] = []
    peaks: list[float] = []
    times: dict[str, list[float]] = {}
    device = choose_device(args.device)
    try:
        for name in contenders_of(args):
            workers.append(Worker(name, args, shape, dtype))
            first_s = workers[-1].step()
            print(f"  {name}: first step {first_s:.1f} s", file=sys.stderr, flush=True)
            times[name] = []
        for turn in range(args.steps + WARM_UP_STEPS):
            for worker in workers:
                seconds = worker.step()
                if turn >= WARM_UP_STEPS:
                    times[worker.name].append(seconds)
            if turn >= WARM_UP_STEPS:
                peaks.append(measure_peak_flops(device, getattr(torch, dtype)))
    finally:
        for worker in workers:
            worker.close()
    print_table(shape, dtype, times, statistics.median(peaks))


def print_table(shape: str, dtype: str, times: dict[str, list[float]], peak: float) -> None:
    """Medians, share of the peak, and both of our speeds over each."""
    sizes = SHAPES[shape]
    section = ModelConfig(
        family="gpt2",
        depth=sizes.layers,
        d_model=sizes.width,
        num_heads=sizes.width // 64 or 1,
        max_seq_len=sizes.context,
    )
    flops = derive_model(section, VOCAB_SIZE).config.flops_per_token() * sizes.num_tokens
    print(f"\n{shape}: {sizes}, {dtype}, matrix products {peak / 1e9:,.0f} GFLOP/s")
    print("| | tokens/s | of the peak | yanmo over it | yanmo compiled over it |")
    print("|---|---|---|---|---|")
    for name, theirs in times.items():
        ratios = [
            statistics.median(b / a for a, b in zip(times[ours], theirs, strict=True))
            for ours in ("yanmo", "yanmo compiled")
        ]
        median_s = statistics.median(theirs)
        print(
            f"| {name} | {sizes.num_tokens / median_s:,.0f} | {flops / median_s / peak:.0%}"
            f" | {ratios[0]:.2f} | {ratios[1]:.2f} |",
            flush=True,
        )


def main() -> None:
    """Compare in float32, or where the processor computes in it in bfloat16."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="+", default=["S"], choices=SHAPES)
    parser.add_argument("--steps", type=int, default=7, help="turns that count")
    parser.add_argument("--dtypes", nargs="+", choices=["float32", "bfloat16"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--nanogpt", type=Path, help="a clone of karpathy/nanoGPT")
    parser.add_argument("--trainer", action="store_true", help="transformers' Trainer as well")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--worker-shape", help=argparse.SUPPRESS)
    parser.add_argument("--worker-dtype", help=argparse.SUPPRESS)
    parser.add_argument("--is-compiled", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        work(args)
        return
    device = choose_device(args.device)
    has_bfloat16 = computes_bfloat16(device)
    print(f"{device_name(device)}, torch {torch.__version__}")
    if not has_bfloat16:
        print("bfloat16 is not computed by this processor, only emulated: float32 alone")
    if args.nanogpt is None:
        print("nanoGPT takes part where --nanogpt names a clone of karpathy/nanoGPT")
    for dtype in args.dtypes or (["float32", "bfloat16"] if has_bfloat16 else ["float32"]):
        for shape in args.shapes:
            compare(args, shape, dtype)


if __name__ == "__main__":
    main()
