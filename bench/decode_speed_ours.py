"""A contender of `decode_speed.py`: yanmo's engine, or its runner alone, with kernels in C.

    python decode_speed_ours.py MODEL-FOLDER THREADS WEIGHTS engine|runner

The engine draws the most probable token of every sequence; the runner reads given ones.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from decode_speed_setting import Answer, Turn, now, prompts_of, serve

from yanmo.checkpoint.model_folder import load_model
from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.engine import Engine
from yanmo.inference.engine.open import engine_of
from yanmo.inference.engine.request import ChoiceEvent, EngineRequest
from yanmo.inference.engine.runner import Runner, SlotWork
from yanmo.inference.native.build import build_native_runner

NUM_SLOTS, SLOT_TOKENS = 16, 512


def run_engine(engine: Engine, vocab_size: int, turn: Turn) -> Answer:
    """The time after the last sequence has its first token is that of writing."""
    sampling = SamplingConfig(temperature=0.0, max_new_tokens=turn.new_tokens)
    started_at = now(turn)
    for prompt in prompts_of(turn, vocab_size):
        engine.submit(EngineRequest(tuple(prompt), sampling, ignores_end=True))
    begun: set[int] = set()
    num_decoded, read_at = 0, started_at
    while engine.has_work:
        has_all = len(begun) == turn.batch
        for event in engine.step():
            if isinstance(event, ChoiceEvent) and event.tokens:
                begun.add(event.request)
                num_decoded += len(event.tokens) if has_all else 0
        if not has_all:
            read_at = now(turn)
    return Answer(read_at - started_at, now(turn) - read_at, num_decoded)


def run_runner(runner: Runner, turn: Turn) -> Answer:
    """The steps alone."""
    prompts = prompts_of(turn, runner.vocab_size)
    started_at = now(turn)
    for slot, prompt in enumerate(prompts):
        runner.run([SlotWork(slot, 0, prompt)])
    read_at = now(turn)
    for step in range(turn.new_tokens - 1):
        position = turn.prompt_tokens + step
        runner.run([SlotWork(slot, position, [300 + step]) for slot in range(turn.batch)])
    return Answer(read_at - started_at, now(turn) - read_at, turn.batch * (turn.new_tokens - 1))


def main() -> None:
    """Open the model and answer."""
    folder, num_threads, weights, part = sys.argv[1:]
    torch.set_num_threads(int(num_threads))
    model = load_model(Path(folder))
    vocab_size = model.config.vocab_size
    if part == "runner":
        runner = build_native_runner(
            model,
            num_slots=NUM_SLOTS,
            slot_tokens=SLOT_TOKENS,
            weights=weights,
            num_threads=int(num_threads),
        )
        del model
        serve(lambda turn: run_runner(runner, turn))
        return
    config = EngineConfig(
        num_slots=NUM_SLOTS,
        slot_tokens=SLOT_TOKENS,
        weights=weights,
        kernels="native",
        num_threads=int(num_threads),
    )
    engine = engine_of(model, None, config)
    del model
    serve(lambda turn: run_engine(engine, vocab_size, turn))


main()
