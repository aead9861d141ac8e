"""While the studio runs, models that nobody uses are closed; at its end all are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from yanmo.studio.model_shelf import ModelShelf

SWEEP_S = 30.0


def sweeping(shelf: ModelShelf[Any]) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """The life of a router that owns `shelf`."""

    async def sweep() -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            await asyncio.to_thread(shelf.close_idle)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        task = asyncio.create_task(sweep())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.to_thread(shelf.close)

    return lifespan
