"""How the extraction's hot functions are compiled.

Comes in: a function of numbers and of arrays in named tuples. Goes out: machine code that releases
the GIL and is cached on disk. Unlike `yanmo.corpus.kernel.kernel`, the functions may not allocate
arrays: they count no references to them, which makes small functions that pass a page's many
arrays on to each other six times as fast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Compile `function` with numba, without signatures and without counting references."""
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
    return cast(Function, numba.njit(**options)(function))
