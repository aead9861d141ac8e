"""Figures are there, in their units, and hang together."""

from __future__ import annotations

import pytest
import torch

from yanmo.models.build import build_model
from yanmo.models.presets import derive_model
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.machine_bench.measure import (
    measure_bandwidth,
    measure_machine,
    measure_writing,
)
from yanmo.pipeline.machine_bench.table import format_figures

TINY = [
    "model.preset=none",
    "model.depth=1",
    "model.max_seq_len=32",
    "pretrain.batch_rows=2",
    "pretrain.device=cpu",
]


@pytest.mark.slow
def test_a_machine_is_measured_and_told() -> None:
    recipe = load_recipe("python_docs", TINY)
    told: list[str] = []
    figures = measure_machine(recipe, tell=told.append)
    assert [words.split(":")[0] for words in told] == [f"measuring {n} of 5" for n in range(1, 6)]
    shape = derive_model(recipe.model, recipe.tokenizer.vocab_size).config
    assert figures.train_flops == figures.train_tokens_per_s * shape.flops_per_token()
    peak = figures.float32_flops if figures.dtype == "float32" else figures.bfloat16_flops
    assert peak is not None and figures.mfu == figures.train_flops / peak
    assert figures.all_reduce_bytes_per_s is not None and figures.all_reduce_bytes_per_s > 1e6
    assert figures.all_reduce_latency_s is not None and 0 < figures.all_reduce_latency_s < 10
    text = format_figures(figures)
    for word in ("GFLOP/s", "GB/s", "MFU", "two processes, gloo", "first token", "µs", "int8"):
        assert word in text


def test_bandwidth_is_positive() -> None:
    copied, triad = measure_bandwidth(torch.device("cpu"), 2**20)
    assert copied > 1e6 and triad > 1e6


def test_writing_with_fewer_bits_takes_less_memory() -> None:
    recipe = load_recipe("python_docs", [*TINY, "model.d_model=128"])
    shape = derive_model(recipe.model, recipe.tokenizer.vocab_size).config
    found = [
        measure_writing(build_model(shape, torch.device("cpu"), seed=0), weights)
        for weights in ("own", "int8", "int4")
    ]
    assert all(one.first_token_s > 0 and one.tokens_per_s > 0 for one in found)
    own, int8, int4 = (one.weight_bytes for one in found)
    assert own > int8 > int4
    assert "int8" in found[1].about
