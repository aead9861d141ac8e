"""The panel products of every processor give what plain C gives, ARM's by emulation."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from yanmo.inference.native.compiler import SOURCES, find_compiler
from yanmo.inference.native.instruction_sets import (
    INSTRUCTION_SETS,
    InstructionSet,
    instruction_sets_here,
)

DRIVER = Path(__file__).with_name("panel_driver.c")
EMULATORS = ("qemu-aarch64", "qemu-aarch64-static")
ARM_COMPILER = "aarch64-linux-gnu-gcc"


def products(
    instruction_set: InstructionSet, folder: Path, compiler: str, *run_by: str
) -> torch.Tensor:
    """What the driver prints when it is compiled for `instruction_set`."""
    program = folder / instruction_set.name
    macro = [f"-D{instruction_set.macro}"] if instruction_set.macro else []
    options = ["-std=gnu11", "-O2", *instruction_set.options, *macro, f"-I{SOURCES}"]
    static = ["-static"] if run_by else []
    sources = [str(DRIVER), str(SOURCES / "panels.c")]
    subprocess.run([compiler, *options, *static, *sources, "-o", str(program)], check=True)
    done = subprocess.run([*run_by, str(program)], capture_output=True, text=True, check=True)
    return torch.tensor([float(line) for line in done.stdout.split()], dtype=torch.float64)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> torch.Tensor:
    """What plain C gives."""
    compiler = find_compiler()
    assert isinstance(compiler, str), compiler
    return products(INSTRUCTION_SETS[-1], tmp_path_factory.mktemp("plain"), compiler)


def test_this_processors_products_are_those_of_plain_c(
    plain: torch.Tensor, instruction_set: InstructionSet, tmp_path: Path
) -> None:
    compiler = find_compiler()
    assert isinstance(compiler, str), compiler
    found = products(instruction_set, tmp_path, compiler)
    assert len(found) == 4 * 36 * 32
    torch.testing.assert_close(found, plain, atol=2e-4, rtol=1e-5)


def test_the_products_for_arm_are_those_of_plain_c(plain: torch.Tensor, tmp_path: Path) -> None:
    (neon,) = (one for one in INSTRUCTION_SETS if one.name == "neon")
    if neon in instruction_sets_here():
        pytest.skip("this is such a processor")
    compiler = shutil.which(ARM_COMPILER)
    emulator = next((path for name in EMULATORS if (path := shutil.which(name))), None)
    if compiler is None or emulator is None:
        pytest.skip("needs gcc-aarch64-linux-gnu and qemu-user-static")
    found = products(neon, tmp_path, compiler, emulator, "-cpu", "max")
    torch.testing.assert_close(found, plain, atol=2e-4, rtol=1e-5)
