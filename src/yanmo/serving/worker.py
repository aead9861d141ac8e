"""Work that a model does outside of the engine: vectors, labels, translations; one at a time.

In: functions. Out: what they return, awaited. Whoever goes away before it was his turn costs
nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from yanmo.serving.api_error import too_busy

Result = TypeVar("Result")


class Worker:
    """A thread of one model.

    Args:
        most_waiting: calls that may wait; beyond that they are refused.
    """

    def __init__(self, most_waiting: int) -> None:
        self.num_open = 0
        self._most_waiting = most_waiting
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="worker")

    async def run(self, function: Callable[[], Result]) -> Result:
        """What `function` returns.

        Raises:
            ApiError: too many wait already.
        """
        if self.num_open > self._most_waiting:
            raise too_busy()
        self.num_open += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, function)
        finally:
            self.num_open -= 1

    def close(self) -> None:
        """Take no more; what runs ends."""
        self._thread.shutdown(wait=False, cancel_futures=True)
