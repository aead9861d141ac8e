"""Tiny models of every kind that the kernels compute, and runners for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from yanmo.inference.engine.runner import SlotWork
from yanmo.inference.native.build import Format, build_native_runner
from yanmo.inference.native.instruction_sets import InstructionSet, instruction_sets_here
from yanmo.inference.native.runner import NativeRunner
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.decoder import Decoder
from yanmo.models.presets import derive_model

VOCAB_SIZE = 300
SLOT_TOKENS = 100
NUM_SLOTS = 12

KINDS: dict[str, dict[str, Any]] = {
    "gpt2": {"family": "gpt2", "d_model": 96, "num_heads": 4},
    "llama": {"family": "llama", "d_model": 96, "num_heads": 6, "num_kv_heads": 2},
    "qwen3": {"family": "qwen3", "d_model": 80, "num_heads": 4, "num_kv_heads": 2, "head_dim": 48},
}


def tiny(**settings: Any) -> Decoder:
    """A decoder of two layers with weights that make a difference everywhere, norms included."""
    section = ModelConfig(**({"depth": 2, "max_seq_len": SLOT_TOKENS} | settings))
    shape = derive_model(section, VOCAB_SIZE).config
    model = build_model(shape, torch.device("cpu"), seed=1).eval()
    assert isinstance(model, Decoder)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.05 * torch.randn(parameter.shape, generator=generator)
    return model


def open_runner(
    model: Decoder,
    weights: Format,
    instruction_set: InstructionSet | None = None,
    num_threads: int = 1,
) -> NativeRunner:
    """A runner in C, which must be there."""
    runner = build_native_runner(
        model,
        num_slots=NUM_SLOTS,
        slot_tokens=SLOT_TOKENS,
        weights=weights,
        num_threads=num_threads,
        instruction_set=instruction_set,
    )
    assert isinstance(runner, NativeRunner), runner
    return runner


def read(
    runner: NativeRunner, slot: int, ids: Sequence[int], start: int = 0, num_scored: int = 1
) -> torch.Tensor:
    """Scores of the last `num_scored` of `ids`, (num_scored, V), read by one slot alone."""
    return runner.run([SlotWork(slot, start, ids, num_scored)])


def some_ids(count: int, seed: int = 0) -> list[int]:
    """Random tokens."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(VOCAB_SIZE, (count,), generator=generator).tolist()


@pytest.fixture(params=instruction_sets_here(), ids=lambda one: one.name)
def instruction_set(request: pytest.FixtureRequest) -> InstructionSet:
    """Each that this processor can run."""
    found: InstructionSet = request.param
    return found
