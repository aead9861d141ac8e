"""Tokens per second of a training step: yanmo, nanoGPT, litgpt and transformers on one shape.

All train a GPT-2 of the same shape on random tokens with AdamW and clipping, eager and compiled.
Each contender is a process of its own, as it would be on a user's machine, and they take steps in
turn (ours, theirs, ours, ...), so that a machine whose speed drifts favours nobody. Printed are
medians, ratios turn by turn, and how much of the FLOP/s of a large matrix product, measured in
every turn, a step reaches; and before them how many parameters each trains and its first loss,
which is near ln(4096) = 8.32 for a model that computes what it should.

    python bench/train_speed.py
    git clone https://github.com/karpathy/nanoGPT
    python bench/train_speed.py --shapes S M --steps 15 --nanogpt nanoGPT --trainer

litgpt takes part with `--litgpt PATH` (a clone of Lightning-AI/litgpt), with `--litgpt-python PATH`
(an interpreter that has it, torch and numpy), or with both. On a machine that others use too,
`--clock processor` and OMP_NUM_THREADS=1 count processor time, which waiting for them does not.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import torch
from train_speed_contenders import BUILDERS, run_trainer
from train_speed_setting import (
    SHAPES,
    VOCAB_SIZE,
    Answer,
    Setting,
    answer_stream,
    serve,
    write,
)

from yanmo.core.device import choose_device, computes_bfloat16, device_name, measure_peak_flops
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model

WARM_UP_STEPS = 2
SPINS = "3000"
"""GOMP_SPINCOUNT, as `yanmo` sets it: threads of one process that wait soon leave the processor to
the others."""
FIRST_LOSS_WITHIN = 0.6
"""Of ln(vocabulary): what initial weights of one or another scale give."""
PARAMS_WITHIN = 0.05
"""Of our number of parameters: one library has a bias more, another no learned positions."""


def work(args: argparse.Namespace) -> None:
    """The life of a worker of this project's interpreter."""
    answers = answer_stream()
    setting = Setting(
        SHAPES[args.worker_shape],
        choose_device(args.device),
        getattr(torch, args.worker_dtype),
        args.is_compiled,
        args.nanogpt,
    )
    if args.worker == "Trainer":
        work_as_trainer(setting, answers)
        return
    serve(BUILDERS[args.worker](setting), setting.shape, answers)


def work_as_trainer(setting: Setting, answers: IO[str]) -> None:
    """A worker whose loop is transformers' Trainer."""
    began_at, began_cpu = 0.0, 0.0

    def turns() -> Iterator[None]:
        nonlocal began_at, began_cpu
        for _ in sys.stdin:
            began_at, began_cpu = time.perf_counter(), time.process_time()
            yield

    def report() -> None:
        spent = time.perf_counter() - began_at, time.process_time() - began_cpu
        write(answers, Answer(*spent, loss=None))

    run_trainer(setting, turns(), report)


def command_of(name: str, args: argparse.Namespace, shape: str, dtype: str) -> list[str]:
    """The command line of the contender called `name`."""
    kind, _, is_compiled = name.partition(" ")
    compiled = ["--is-compiled"] if is_compiled else []
    if kind == "litgpt":
        device = choose_device(args.device).type
        command = [str(args.litgpt_python or sys.executable)]
        command += [str(Path(__file__).with_name("train_speed_litgpt.py"))]
        command += ["--shape", shape, "--dtype", dtype, "--device", device, *compiled]
        return command + (["--clone", str(args.litgpt)] if args.litgpt else [])
    command = [sys.executable, __file__, "--worker", kind, "--worker-shape", shape]
    command += ["--worker-dtype", dtype, "--device", args.device, *compiled]
    return command + (["--nanogpt", str(args.nanogpt)] if args.nanogpt else [])


class Worker:
    """A contender in a process of its own."""

    def __init__(self, name: str, args: argparse.Namespace, shape: str, dtype: str) -> None:
        self.name = name
        self.said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as the process
        self.process = subprocess.Popen(
            command_of(name, args, shape, dtype),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
            env=os.environ | {"GOMP_SPINCOUNT": SPINS},
        )

    def step(self) -> Answer:
        """One step."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            return Answer(**json.loads(self.process.stdout.readline()))
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
    kinds = ["yanmo"]
    kinds += ["nanoGPT"] if args.nanogpt else []
    kinds += ["litgpt"] if args.litgpt or args.litgpt_python else []
    kinds += ["transformers"]
    forms = ("", " compiled") if not args.only_compiled else (" compiled",)
    names = [f"{kind}{form}" for kind in kinds for form in forms]
    return names + (["Trainer compiled"] if args.trainer else [])


def check_first(name: str, first: Answer, ours: Answer) -> None:
    """Refuse a contender that does not train such a model."""
    expected = math.log(VOCAB_SIZE)
    if first.loss is not None and abs(first.loss - expected) > FIRST_LOSS_WITHIN:
        raise SystemExit(f"{name}: a first loss of {first.loss:.3f}, not near {expected:.3f}")
    if first.num_params is None or ours.num_params is None:
        return
    if abs(first.num_params / ours.num_params - 1) > PARAMS_WITHIN:
        raise SystemExit(f"{name}: {first.num_params:,} parameters, not near {ours.num_params:,}")


def compare(args: argparse.Namespace, shape: str, dtype: str) -> None:
    """Take steps in turn and print the table of one shape."""
    workers: list[Worker] = []
    peaks: list[float] = []
    firsts: dict[str, Answer] = {}
    times: dict[str, list[float]] = {}
    device = choose_device(args.device)
    try:
        for name in contenders_of(args):
            workers.append(Worker(name, args, shape, dtype))
            first = firsts[name] = workers[-1].step()
            check_first(name, first, next(iter(firsts.values())))
            loss = "" if first.loss is None else f", first loss {first.loss:.3f}"
            params = "" if first.num_params is None else f", {first.num_params:,} parameters"
            print(
                f"  {name}: first step {first.wall_s:.1f} s{loss}{params}",
                file=sys.stderr,
                flush=True,
            )
            times[name] = []
        for turn in range(args.steps + WARM_UP_STEPS):
            for worker in workers:
                answer = worker.step()
                if turn >= WARM_UP_STEPS:
                    seconds = answer.wall_s if args.clock == "wall" else answer.processor_s
                    times[worker.name].append(seconds)
            if turn >= WARM_UP_STEPS and args.clock == "wall":
                peaks.append(measure_peak_flops(device, getattr(torch, dtype)))
    finally:
        for worker in workers:
            worker.close()
    print_table(shape, dtype, times, statistics.median(peaks) if peaks else None)


def print_table(shape: str, dtype: str, times: dict[str, list[float]], peak: float | None) -> None:
    """Medians, share of the peak, and both of our speeds over each.

    Args:
        times: seconds of the turns, by contender.
        peak: FLOP/s of matrix products by the same clock; None where that was not measured.
    """
    sizes = SHAPES[shape]
    section = ModelConfig(
        family="gpt2",
        depth=sizes.layers,
        d_model=sizes.width,
        num_heads=sizes.heads,
        max_seq_len=sizes.context,
    )
    flops = derive_model(section, VOCAB_SIZE).config.flops_per_token() * sizes.num_tokens
    products = "processor time" if peak is None else f"matrix products {peak / 1e9:,.0f} GFLOP/s"
    ours = [name for name in times if name.partition(" ")[0] == "yanmo"]
    print(f"\n{shape}: {sizes}, {dtype}, {products}")
    heads = [
        "",
        "tokens/s",
        *(["of the peak"] if peak else []),
        *(f"{name} over it" for name in ours),
    ]
    print(f"| {' | '.join(heads)} |")
    print("|---" * len(heads) + "|")
    for name, theirs in times.items():
        median_s = statistics.median(theirs)
        cells = [name, f"{sizes.num_tokens / median_s:,.0f}"]
        cells += [f"{flops / median_s / peak:.0%}"] if peak else []
        for one in ours:
            ratios = [b / a for a, b in zip(times[one], theirs, strict=True)]
            cells.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")
        print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Compare in float32, or where the processor computes in it in bfloat16."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="+", default=["S"], choices=SHAPES)
    parser.add_argument("--steps", type=int, default=7, help="turns that count")
    parser.add_argument("--dtypes", nargs="+", choices=["float32", "bfloat16"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--nanogpt", type=Path, help="a clone of karpathy/nanoGPT")
    parser.add_argument("--litgpt", type=Path, help="a clone of Lightning-AI/litgpt")
    parser.add_argument("--litgpt-python", type=Path, help="an interpreter that litgpt is run by")
    parser.add_argument("--only-compiled", action="store_true", help="no eager contenders")
    parser.add_argument("--clock", choices=["wall", "processor"], default="wall")
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
    if args.litgpt is None and args.litgpt_python is None:
        print("litgpt takes part where --litgpt names a clone, or --litgpt-python an interpreter")
    for dtype in args.dtypes or (["float32", "bfloat16"] if has_bfloat16 else ["float32"]):
        for shape in args.shapes:
            compare(args, shape, dtype)


if __name__ == "__main__":
    main()
