"""An engine in a thread of its own: requests come from anywhere, events go to who asked.

`deliver` is called in the engine's thread and must not take long. A step that fails ends what runs
with an event of its own and not the thread; those who wait are served as if nothing had been.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from yanmo.core.errors import RunError
from yanmo.core.messages import t
from yanmo.inference.engine.engine import Engine
from yanmo.inference.engine.request import ChoiceEvent, EngineCounts, EngineEvent, EngineRequest

Deliver = Callable[[EngineEvent], None]


class EngineThread:
    """Drives an engine.

    Args:
        engine: nobody else calls it from now on.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed = threading.Condition()
        self._deliver: dict[int, tuple[Deliver, int]] = {}  # with how many choices are open
        self._is_closing = False
        self._counts = engine.counts
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    @property
    def engine(self) -> Engine:
        """What is driven; its fixed attributes may be read from anywhere."""
        return self._engine

    @property
    def counts(self) -> EngineCounts:
        """As `Engine.counts`, after the last step."""
        return self._counts

    @property
    def is_open(self) -> bool:
        """Whether requests are taken."""
        return not self._is_closing and self._thread.is_alive()

    def submit(self, request: EngineRequest, deliver: Deliver) -> int:
        """Ask for something; its number. `deliver` gets all its events, in their order.

        Raises:
            ConfigError: it cannot be done; see `Engine.submit`.
            DataError: likewise.
            RunError: the engine has been closed.
        """
        with self._changed:
            if not self.is_open:
                raise RunError(t("the engine has been closed"))
            number = self._engine.submit(request)
            self._deliver[number] = (deliver, request.num_choices)
            self._counts = self._engine.counts
            self._changed.notify()
        return number

    def cancel(self, request: int) -> None:
        """End a request; nothing happens where it has ended already."""
        with self._changed:
            self._engine.cancel(request)
            self._changed.notify()

    def close(self) -> None:
        """End everything that is open as cancelled, and the thread with it."""
        with self._changed:
            self._is_closing = True
            for request in list(self._deliver):
                self._engine.cancel(request)
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._engine.has_work and not self._is_closing:
                    self._changed.wait()
                if not self._engine.has_work:
                    return
                try:
                    events = self._engine.step()
                except Exception as error:
                    events = self._engine.fail(str(error) or type(error).__name__)
                self._counts = self._engine.counts
                calls = [(self._receiver_of(event), event) for event in events]
            for deliver, event in calls:
                deliver(event)

    def _receiver_of(self, event: EngineEvent) -> Deliver:
        deliver, num_open = self._deliver[event.request]
        if isinstance(event, ChoiceEvent) and event.finish_reason is not None:
            if num_open == 1:
                del self._deliver[event.request]
            else:
                self._deliver[event.request] = (deliver, num_open - 1)
        return deliver
