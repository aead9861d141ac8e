"""What a process has used so far: processor time and the largest memory it ever held."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """Resources used between two moments, `peak_memory_bytes` since the process began."""

    wall_s: float
    cpu_s: float
    peak_memory_bytes: int


class UsageMeter:
    """Measures from its construction on."""

    def __init__(self) -> None:
        self._started_at = time.monotonic()
        self._cpu_started_at = time.process_time()

    def read(self) -> Usage:
        """Usage since the meter was made."""
        return Usage(
            wall_s=time.monotonic() - self._started_at,
            cpu_s=time.process_time() - self._cpu_started_at,
            peak_memory_bytes=peak_memory_bytes(),
        )


def peak_memory_bytes() -> int:
    """Largest resident set of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
