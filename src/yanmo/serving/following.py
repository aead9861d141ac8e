"""The events of requests to an engine, from the engine's thread into the server's loop.

In: what is asked of one model. Out: its events as they come, or silence. Whatever happens to who
listens, what was asked is cancelled when nobody listens any more.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from yanmo.inference.engine.request import (
    ChoiceEvent,
    EngineCounts,
    EngineEvent,
    EngineRequest,
    PromptEvent,
)
from yanmo.serving.api_error import too_busy
from yanmo.serving.metrics import RequestClock


class EventSource(Protocol):
    """Who takes requests: the engine in its thread, or another engine behind the same interface."""

    @property
    def counts(self) -> EngineCounts:
        """What it is doing."""

    def submit(self, request: EngineRequest, deliver: Callable[[EngineEvent], None]) -> int:
        """Ask for something; its number."""

    def cancel(self, request: int) -> None:
        """End a request."""

    def close(self) -> None:
        """End all of them, and take no more."""


class Door:
    """Lets requests into one engine, in their order, and no more than may wait.

    Args:
        source: the engine.
        most_open: choices that may run and wait, all together.
    """

    def __init__(self, source: EventSource, most_open: int) -> None:
        self.source = source
        self.num_open = 0
        self._most_open = most_open
        # To put a request in may take as long as a step. One thread keeps the order, so that no
        # request is cancelled before it was made.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="door")

    def enter(self, num_choices: int) -> None:
        """Count choices in.

        Raises:
            ApiError: too many are open already.
        """
        # A request that is alone is always let in, however many choices it has.
        if self.num_open and self.num_open + num_choices > self._most_open:
            raise too_busy()
        self.num_open += num_choices

    def leave(self, num_choices: int) -> None:
        """Count choices out."""
        self.num_open -= num_choices

    def in_order(self, function: Callable[[], None]) -> asyncio.Future[None]:
        """Call `function` after what was given here before."""
        return asyncio.get_running_loop().run_in_executor(self._thread, function)

    def close(self) -> None:
        """End everything."""
        self.source.close()
        self._thread.shutdown(wait=True)


class Following:
    """Requests that somebody waits for.

    Args:
        door: of the engine.
        requests: one for each prompt.
        clock: is told what comes.
    """

    def __init__(self, door: Door, requests: Sequence[EngineRequest], clock: RequestClock) -> None:
        self.requests = requests
        self._door = door
        self._clock = clock
        self._numbers: list[int] = []
        self._open = sum(request.num_choices for request in requests)
        self._is_closed = False
        self._first_choice = [0]
        for request in requests:
            self._first_choice.append(self._first_choice[-1] + request.num_choices)
        door.enter(self._open)
        self._counted = self._open
        self._events: asyncio.Queue[tuple[int, EngineEvent]] = asyncio.Queue()

    async def start(self) -> None:
        """Ask.

        Raises:
            ConfigError: what is asked for cannot be done.
            DataError: likewise.
        """
        loop = asyncio.get_running_loop()

        def deliver_of(place: int) -> Callable[[EngineEvent], None]:
            def deliver(event: EngineEvent) -> None:
                with contextlib.suppress(RuntimeError):  # the loop has ended: nobody listens
                    loop.call_soon_threadsafe(self._take, place, event)

            return deliver

        def submit() -> None:
            for place, request in enumerate(self.requests):
                self._numbers.append(self._door.source.submit(request, deliver_of(place)))

        try:
            await asyncio.shield(self._door.in_order(submit))
        except BaseException:
            self.close()
            raise

    async def next(self, patience_s: float) -> tuple[int, EngineEvent] | None:
        """The next event with the place of its request; None after so long a silence."""
        # Not `wait_for`: in Python 3.11 it forgets that it was cancelled where an event comes too.
        try:
            async with asyncio.timeout(patience_s):
                return await self._events.get()
        except TimeoutError:
            return None

    @property
    def is_open(self) -> bool:
        """Whether events are still to come."""
        return self._open > 0 or not self._events.empty()

    def choice_of(self, place: int, event: ChoiceEvent) -> int:
        """The number of a choice among those of all requests."""
        return self._first_choice[place] + event.choice

    def close(self) -> None:
        """Nobody listens any more: end what is still open."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._open:
            self._door.in_order(self._cancel)
            self._door.leave(self._open)
            self._open = 0
        self._clock.finish()

    def _cancel(self) -> None:
        for number in self._numbers:
            self._door.source.cancel(number)

    def _take(self, place: int, event: EngineEvent) -> None:
        """In the server's loop: count, and hand on."""
        if isinstance(event, PromptEvent):
            self._clock.read_prompt(event.num_tokens, getattr(event, "queued_s", 0.0))
        else:
            self._clock.wrote(self._first_choice[place] + event.choice, len(event.tokens))
            if event.finish_reason is not None:
                self._clock.ended(event.finish_reason)
                if not self._is_closed:
                    self._open -= 1
                    self._door.leave(1)
        if not self._is_closed:
            self._events.put_nowait((place, event))
