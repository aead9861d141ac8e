"""Models that the kernels do not have are refused with the reason; kernels are clean C."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.inference.native.conftest import KINDS, SLOT_TOKENS, some_ids, tiny

from yanmo.inference.engine.runner import SlotWork
from yanmo.inference.native.build import build_native_runner, why_unsupported
from yanmo.inference.native.compiler import find_compiler
from yanmo.inference.native.unsupported import Unsupported
from yanmo.models.build import lay_out
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.nn.quantized_linear import quantize_linear_layers

REFUSED: dict[str, dict[str, Any]] = {
    "mixture": {"family": "qwen3_moe"},
    "alibi": {"family": "transformer", "positions": "alibi"},
    "behind": {"family": "transformer", "norm_placement": "after"},
    "decoders": {"family": "lstm"},
}


@pytest.mark.parametrize("word", REFUSED)
def test_a_model_with_other_parts_is_refused_with_the_reason(word: str) -> None:
    section = ModelConfig(**({"depth": 2, "d_model": 64, "max_seq_len": 64} | REFUSED[word]))
    model = lay_out(derive_model(section, 300).config).to_empty(device="cpu")
    found = build_native_runner(model, num_slots=1, slot_tokens=64, weights="int8", num_threads=1)
    assert isinstance(found, Unsupported)
    assert word in found.reason


def test_a_model_that_is_not_on_the_processor_is_refused() -> None:
    section = ModelConfig(family="gpt2", depth=2, d_model=64)
    reason = why_unsupported(lay_out(derive_model(section, 300).config))
    assert reason is not None
    assert "meta" in reason


def test_a_model_with_swapped_layers_is_refused() -> None:
    model = tiny(**KINDS["gpt2"])
    assert why_unsupported(model) is None
    assert quantize_linear_layers(model, 8) == 13
    reason = why_unsupported(model)
    assert reason is not None
    assert "QuantizedLinear" in reason


SANITIZED_RUN = f"""
import torch
from yanmo.inference.native import instruction_sets
from tests.inference.native.conftest import KINDS, open_runner, read, some_ids, tiny
from yanmo.inference.engine.runner import SlotWork
clean = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
for one in instruction_sets.instruction_sets_here():
    watched = instruction_sets.InstructionSet(
        "watched-" + one.name, one.macro, (*one.options, *clean)
    )
    for kind in KINDS:
        for weights in ("float32", "bfloat16", "int8", "int4"):
            runner = open_runner(tiny(**KINDS[kind]), weights, watched, num_threads=2)
            read(runner, 11, some_ids({SLOT_TOKENS}), num_scored=9)
            runner.copy(11, 0, 50)
            runner.run([SlotWork(slot, 50, some_ids(50), slot) for slot in (0, 3, 7)])
            runner.close()
print("clean")
"""


@pytest.mark.nightly
def test_no_address_or_behaviour_is_undefined(tmp_path: Path) -> None:
    compiler = find_compiler()
    assert isinstance(compiler, str), compiler
    library = subprocess.run(
        [compiler, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if not Path(library).is_absolute():
        pytest.skip("the compiler has no address sanitizer")
    environment = os.environ | {
        "LD_PRELOAD": library,
        "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0",
        "XDG_CACHE_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", SANITIZED_RUN],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.stdout.strip() == "clean", done.stderr[-3000:]


def test_scores_do_not_change_when_the_model_does() -> None:
    model = tiny(**KINDS["llama"])
    runner = build_native_runner(
        model, num_slots=1, slot_tokens=40, weights="int8", num_threads=None
    )
    assert not isinstance(runner, Unsupported)
    assert "int8" in runner.about
    assert (runner.num_slots, runner.slot_tokens) == (1, 40)
    assert runner.vocab_size == model.config.vocab_size

    work = [SlotWork(0, 0, some_ids(40), 40)]
    before = runner.run(work)
    for block in model.blocks:
        for parameter in block.parameters():
            parameter.data.zero_()
    assert before.equal(runner.run(work))
