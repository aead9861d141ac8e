"""Memory that a step gives back is kept for the next one.

The C library hands large pieces of memory back to the system as soon as they are free, and the
system fills every page with zeros before it hands it out again: on a CPU that took 4 to 8 percent
of a training step (docs/log.md).
"""

from __future__ import annotations

import ctypes

import torch

_M_TRIM_THRESHOLD = -1
_M_TOP_PAD = -2
_M_MMAP_THRESHOLD = -3
"""Names of glibc's `mallopt`, see mallopt(3)."""
_NEVER = 2**31 - 1
_GROWTH_BYTES = 64 * 2**20


def keep_freed_memory(device: torch.device) -> bool:
    """Make the C library keep what is freed, from now on and for the whole process.

    The process then holds the most that it ever used, which a training run needs again in the next
    step. Returns whether it was done: on a CPU, under Linux with glibc.
    """
    if device.type != "cpu":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # no glibc, or no such library at all
        return False
    settings = {
        _M_MMAP_THRESHOLD: _NEVER,
        _M_TRIM_THRESHOLD: _NEVER,
        _M_TOP_PAD: _GROWTH_BYTES,
    }
    accepted = [bool(mallopt(name, value)) for name, value in settings.items()]
    return all(accepted)
