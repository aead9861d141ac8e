"""What a stretch of work has used: time, processor time and the largest memory held meanwhile."""

from __future__ import annotations

import os
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_CLEAR_REFS = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_GROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


@dataclass(frozen=True)
class Usage:
    """Resources used between two moments."""

    wall_s: float
    cpu_s: float
    peak_memory_bytes: int


class UsageMeter:
    """Measures from its construction on. Processes that were started and have ended count too.

    The peak of memory is that of the stretch on Linux, where the kernel can be told to begin
    again; elsewhere it is that of the process so far.
    """

    def __init__(self) -> None:
        self._started_at = time.monotonic()
        self._cpu_started_at = time.process_time() + _cpu_s_of_children()
        self._children_started_at = _cpu_s_of_children()
        self._has_reset = _reset_peak()

    def read(self) -> Usage:
        """Usage since the meter was made."""
        peak = _peak_since_reset() if self._has_reset else peak_memory_bytes()
        if _cpu_s_of_children() > self._children_started_at:
            peak = max(peak, _peak_of_children())
        return Usage(
            wall_s=time.monotonic() - self._started_at,
            cpu_s=time.process_time() + _cpu_s_of_children() - self._cpu_started_at,
            peak_memory_bytes=peak,
        )


def peak_memory_bytes() -> int:
    """Largest resident set of this process so far."""
    return _bytes_of(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def physical_memory_bytes() -> int:
    """Memory of this machine; less where its control group allows less (Linux)."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for path in _GROUP_LIMITS:
        try:
            text = path.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():  # "max" where there is no limit
            total = min(total, int(text))
    return total


def _peak_of_children() -> int:
    """Resident set of the largest process that was started and has ended."""
    return _bytes_of(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _cpu_s_of_children() -> float:
    """Processor time of the processes that were started and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _bytes_of(max_rss: int) -> int:
    """What the system calls the largest resident set, in bytes."""
    return max_rss if sys.platform == "darwin" else max_rss * 1024


def _reset_peak() -> bool:
    try:
        _CLEAR_REFS.write_text("5", encoding="ascii")  # resets VmHWM: man 5 proc
    except OSError:
        return False
    return True


def _peak_since_reset() -> int:
    for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return peak_memory_bytes()
