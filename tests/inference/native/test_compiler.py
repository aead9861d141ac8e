"""Kernels are compiled once, by whoever comes first; what stands in the way is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.inference.native.conftest import KINDS, tiny

from yanmo.inference.native.build import build_native_runner, open_kernels
from yanmo.inference.native.compiler import cache_folder, library_for
from yanmo.inference.native.instruction_sets import INSTRUCTION_SETS
from yanmo.inference.native.unsupported import Unsupported

PORTABLE = INSTRUCTION_SETS[-1]


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache in which nothing is compiled yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "yanmo" / "native"


def reason_of(found: object) -> str:
    assert isinstance(found, Unsupported), found
    return found.reason


def test_what_is_compiled_is_found_again(empty_cache: Path) -> None:
    first = library_for(PORTABLE)
    assert isinstance(first, Path)
    assert first.parent == empty_cache
    made_at = first.stat().st_mtime_ns
    assert library_for(PORTABLE) == first
    assert first.stat().st_mtime_ns == made_at
    assert list(empty_cache.iterdir()) == [first]


def test_two_processes_may_compile_at_once(empty_cache: Path) -> None:
    code = (
        "from yanmo.inference.native.build import open_kernels\n"
        "from yanmo.inference.native.instruction_sets import INSTRUCTION_SETS\n"
        "library, _ = open_kernels(INSTRUCTION_SETS[-1])\n"
        "print(library.yanmo_step is not None)"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=240)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert said == ["True\n", "True\n"]
    assert len(list(empty_cache.iterdir())) == 1


def test_without_a_compiler_the_reason_is_told(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(empty_cache))
    found = build_native_runner(
        tiny(**KINDS["gpt2"]), num_slots=1, slot_tokens=8, weights="int8", num_threads=1
    )
    assert "no C compiler" in reason_of(found)


def test_a_compiler_that_is_not_there_is_named(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    assert "no-such-compiler" in reason_of(library_for(PORTABLE))


def test_what_a_compiler_complains_of_is_told(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = tmp_path / "strict-cc"
    compiler.write_text("#!/bin/sh\necho 'step.c:1: error: not today' >&2\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))
    assert "not today" in reason_of(open_kernels())
    assert list(empty_cache.iterdir()) == []


def test_a_compiler_that_writes_no_library_is_told(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = tmp_path / "idle-cc"
    compiler.write_text("#!/bin/sh\nexit 0\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))
    assert str(empty_cache) in reason_of(library_for(PORTABLE))


def test_a_cache_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yanmo").write_text("a file where a folder is wanted")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert str(cache_folder()) in reason_of(library_for(PORTABLE))


def test_a_damaged_library_is_told(empty_cache: Path) -> None:
    path = library_for(PORTABLE)
    assert isinstance(path, Path)
    path.write_bytes(b"no library")
    assert "cannot be loaded" in reason_of(open_kernels(PORTABLE))
