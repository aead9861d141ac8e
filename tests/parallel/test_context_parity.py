"""Training with shared rows is training by one process: losses, norms and weights in float64."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest
from tests.parallel.parity_case import MAX_NORM, Case, compare
from tests.parallel.ranks_harness import run_ranks

ULYSSES = {"context": 2, "context_attention": "ulysses"}
TWO = [
    Case("gathered", {"context": 2}),
    Case("gathered, packed, accumulation", {"context": 2}, is_packed=True, micro_batches=2),
    Case("gathered, learned positions, tied", {"context": 2}, shape="gpt2", is_packed=True),
    Case("gathered, full", {"context": 2, "activation_checkpointing": "full"}, is_packed=True),
    Case("gathered, experts", {"context": 2}, shape="mixture", is_packed=True),
    Case("ulysses", ULYSSES),
    Case("ulysses, packed, alibi", ULYSSES, shape="alibi", is_packed=True),
]
FOUR = [
    Case("gathered over four", {"context": 4}, is_packed=True),
    Case("ulysses over four", ULYSSES | {"context": 4}, shape="multi_head", is_packed=True),
    Case("fsdp x context", {"shard": 2, "context": 2}, is_packed=True),
    Case("fsdp x ulysses", {"shard": 2} | ULYSSES, is_packed=True, micro_batches=2),
    Case("copies x context", {"replicate": 2, "context": 2}, is_packed=True),
    Case("fsdp x context, experts", {"shard": 2, "context": 2}, shape="mixture"),
    Case("context x tp + sp", {"context": 2, "tensor": 2}, is_packed=True),
    Case("context x tp", {"context": 2, "tensor": 2, "is_sequence_parallel": False}, "alibi"),
    Case("ulysses x tp + sp", ULYSSES | {"tensor": 2}, shape="multi_head", is_packed=True),
]


def check(cases: Sequence[Case], *, num_steps: int, **changes: Any) -> None:
    """Run cases that want as many processes, and hold their differences to the tolerances."""
    fields = [asdict(case) | {"num_steps": num_steps} | changes for case in cases]
    results = run_ranks(compare, cases[0].num_processes, fields, timeout_s=900)
    wrong = []
    for place, case in enumerate(fields):
        found = results[0][place]
        assert found["smallest_norm"] > MAX_NORM, "the gradient was not clipped"
        assert all(of_rank[place]["losses"] == found["losses"] for of_rank in results)
        is_double = case["dtype"] == "float64"
        limits = {"loss": 1e-12, "norm": 1e-12, "weight": 1e-11} if is_double else {"loss": 1e-5}
        wrong += [(found["name"], k, found[k]) for k, limit in limits.items() if found[k] > limit]
        print({key: found[key] for key in ("name", "loss", "norm", "weight")})
    assert not wrong


def test_two_processes_that_share_rows_train_as_one_does() -> None:
    check(TWO, num_steps=3)


@pytest.mark.nightly
def test_two_processes_that_share_rows_train_as_one_does_for_longer() -> None:
    check(TWO, num_steps=20)


@pytest.mark.nightly
def test_shared_rows_in_float32() -> None:
    check(TWO, num_steps=20, dtype="float32")


@pytest.mark.nightly
def test_shared_rows_go_together_with_shards_copies_and_shared_products() -> None:
    check(FOUR, num_steps=20)
