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
weight = torch.zeros(256, 256, requires_grad=True)
x = torch.zeros(20000, 256)

def step():
    hidden = x
    for _ in range(4):
        hidden = torch.relu(hidden @ weight)
    hidden.sum().backward()
    weight.grad = None

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

step(), step()
before = faults()
for _ in range(6):
    step()
print(faults() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_pages_are_asked_for_less_often() -> None:
    counts = [
        int(subprocess.check_output([sys.executable, "-c", PROGRAM, word], text=True))
        for word in ("keep", "as shipped")
    ]
    assert counts[0] < counts[1]


def test_a_gpu_s_memory_is_its_own_library_s_matter() -> None:
    assert not keep_freed_memory(torch.device("cuda"))
