"""How the hot functions of the corpus engine are compiled.

Comes in: a function of numbers and NumPy arrays. Goes out: the same function as machine code that
releases the GIL and is cached on disk, so that it is compiled once on a machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Compile `function` with numba, without signatures: the first call decides on the types."""
    return cast(Function, numba.njit(cache=True, nogil=True)(function))
