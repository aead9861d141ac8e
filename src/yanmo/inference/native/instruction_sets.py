"""Which vector instructions this processor has, and what a compiler is told to use them.

Knows processors and compiler options; compiles nothing.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class InstructionSet:
    """A set of instructions that the kernels are written for.

    Attributes:
        name: as it is told to the user.
        macro: what selects its kernels in the C sources; empty for plain C.
        options: of the compiler.
        machines: names of the processor families that have it; empty for every one.
        features: what the processor must say it has.
    """

    name: str
    macro: str = ""
    options: tuple[str, ...] = ()
    machines: frozenset[str] = frozenset()
    features: frozenset[str] = frozenset()


_X86 = frozenset({"x86_64", "AMD64", "amd64"})
_ARM = frozenset({"aarch64", "arm64"})

INSTRUCTION_SETS = (
    InstructionSet(
        "avx512",
        "YANMO_AVX512",
        (
            *("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx512vnni"),
            *("-mavx512bf16", "-mfma", "-mf16c", "-mprefer-vector-width=512"),
        ),
        _X86,
        frozenset(
            {"avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_vnni", "avx512_bf16", "f16c"}
        ),
    ),
    InstructionSet(
        "avx2",
        "YANMO_AVX2",
        ("-mavx2", "-mfma", "-mf16c"),
        _X86,
        frozenset({"avx2", "fma", "f16c"}),
    ),
    InstructionSet(
        "neon",
        "YANMO_NEON",
        ("-march=armv8.2-a+dotprod",),
        _ARM,
        frozenset({"asimddp"}),
    ),
    InstructionSet("portable"),
)
"""Best first; the last one runs everywhere."""


def instruction_sets_of(machine: str, features: frozenset[str]) -> tuple[InstructionSet, ...]:
    """Those that a processor of family `machine` with `features` can run, best first."""
    return tuple(
        one
        for one in INSTRUCTION_SETS
        if (not one.machines or machine in one.machines) and one.features <= features
    )


@cache
def instruction_sets_here() -> tuple[InstructionSet, ...]:
    """Those that this processor can run, best first."""
    machine = platform.machine()
    return instruction_sets_of(machine, _features_here(machine))


def _features_here(machine: str) -> frozenset[str]:
    processors = Path("/proc/cpuinfo")
    if processors.is_file():
        for line in processors.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in ("flags", "Features"):
                return frozenset(value.split())
        return frozenset()
    if platform.system() == "Darwin" and machine in _ARM:
        return frozenset({"asimddp"})  # every processor that Apple has built for its computers
    return frozenset()
