"""Processes that die with the one that started them, so that no orphan goes on writing."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Mapping

_PR_SET_PDEATHSIG = 1
PARENT_VARIABLE = "YANMO_PARENT_PID"


def die_with_parent(environment: Mapping[str, str] = os.environ) -> None:
    """Ask the kernel to kill this process when the one that started it dies (Linux only).

    A killed launcher would else leave its processes training on, beside those of the next one.
    Under torchrun the parent is its agent.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    expected = environment.get(PARENT_VARIABLE)
    if expected is not None and os.getppid() != int(expected):
        os.kill(os.getpid(), signal.SIGKILL)  # it died before we could ask
