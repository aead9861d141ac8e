"""What a stretch of work used, its own processes included."""

from __future__ import annotations

import subprocess
import sys

from yanmo.core.usage import UsageMeter

WORK = "x = bytearray(200_000_000); sum(range(6_000_000))"


def test_a_process_that_was_started_counts() -> None:
    meter = UsageMeter()
    subprocess.run([sys.executable, "-c", WORK], check=True)
    usage = meter.read()
    assert usage.cpu_s > 0.1
    assert usage.peak_memory_bytes > 200_000_000
    assert usage.wall_s > 0


def test_what_was_used_before_does_not_count() -> None:
    subprocess.run([sys.executable, "-c", WORK], check=True)
    assert UsageMeter().read().cpu_s < 0.1
