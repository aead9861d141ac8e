"""How the hot functions of the corpus engine are compiled.

Comes in: a function of numbers and NumPy arrays. Goes out: the same function as machine code that
releases the GIL and is cached on disk, so that it is compiled once on a machine. The cache of a
function does not notice when another file's function that it calls changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Compile `function` with numba, without signatures: the first call decides on the types."""
    return cast(Function, numba.njit(cache=True, nogil=True)(function))


def lean_kernel(function: Function) -> Function:
    """Compile a `function` that makes no arrays, without counting the references to those it gets.

    Any kernel can call such a function. Small functions that pass the many arrays of a named tuple
    on to each other are six times as fast as with `kernel`.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
    return cast(Function, numba.njit(**options)(function))
