"""The best instructions that a processor says it has are chosen."""

from __future__ import annotations

import pytest

from yanmo.inference.native.instruction_sets import (
    INSTRUCTION_SETS,
    instruction_sets_here,
    instruction_sets_of,
)

ZEN_4 = "avx2 fma f16c avx512f avx512bw avx512vl avx512dq avx512_vnni avx512_bf16"


@pytest.mark.parametrize(
    ("machine", "features", "expected"),
    [
        ("x86_64", ZEN_4, ["avx512", "avx2", "portable"]),
        ("x86_64", ZEN_4.replace("avx512_bf16", ""), ["avx2", "portable"]),
        ("x86_64", "sse2", ["portable"]),
        ("aarch64", "fp asimd asimddp", ["neon", "portable"]),
        ("aarch64", "fp asimd", ["portable"]),
        ("riscv64", ZEN_4, ["portable"]),
    ],
)
def test_instructions_follow_from_what_the_processor_has(
    machine: str, features: str, expected: list[str]
) -> None:
    found = instruction_sets_of(machine, frozenset(features.split()))
    assert [one.name for one in found] == expected


def test_plain_c_runs_here() -> None:
    assert instruction_sets_here()[-1] == INSTRUCTION_SETS[-1]
