"""A process that keeps its memory asks the system for fewer pages when it repeats itself."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from yanmo.training.allocation import keep_freed_memory

PROGRAM = """
import resource, sys, torch
from yanmo.training.allocation import keep_freed_memory
if "keep" in sys.argv:
    assert keep_freed_memory(torch.device("cpu"))

def write():
    torch.empty(64 * 2**20, dtype=torch.uint8).fill_(1)  # more than glibc ever keeps by itself

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

for _ in range(32):
    write()  # until a hole is large enough for the alignment too
before = faults()
for _ in range(4):
    write()
print((faults() - before) * resource.getpagesize())
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_pages_are_asked_for_less_often() -> None:
    kept, as_shipped = (
        int(subprocess.check_output([sys.executable, "-c", PROGRAM, word], text=True))
        for word in ("keep", "as shipped")
    )
    assert kept < 2**20  # the same pages, again and again
    assert as_shipped >= 4 * 64 * 2**20  # every page, every time


def test_a_gpu_s_memory_is_its_own_library_s_matter() -> None:
    assert not keep_freed_memory(torch.device("cuda"))
