"""An engine in a thread of its own: requests come from anywhere, events go to who asked.

`deliver` is called in the engine's thread and must not take long. A step that fails ends what runs
with an event of its own and not the thread; those who wait are served as if nothing had been. What
is asked lies in an inbox until the next step, so that nobody waits for one to end.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from yanmo.core.errors import RunError
from yanmo.core.messages import t
from yanmo.inference.engine.choice import Choice
from yanmo.inference.engine.engine import Engine
from yanmo.inference.engine.request import ChoiceEvent, EngineCounts, EngineEvent, EngineRequest

Deliver = Callable[[EngineEvent], None]


@dataclass
class _Receiver:
    deliver: Deliver
    num_open: int


class EngineThread:
    """Drives an engine.

    Args:
        engine: nobody else calls it from now on.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed = threading.Condition()
        self._inbox: deque[Sequence[Choice] | int] = deque()  # what to add, or whom to cancel
        self._receivers: dict[int, _Receiver] = {}
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
        """As `Engine.counts`, after the last step; those in the inbox wait too."""
        with self._changed:
            num_asked = sum(len(item) for item in self._inbox if not isinstance(item, int))
            return replace(self._counts, num_waiting=self._counts.num_waiting + num_asked)

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
        choices = self._engine.prepare(request)
        number = choices[0].number[0]
        with self._changed:
            if not self.is_open:
                raise RunError(t("the engine has been closed"))
            self._receivers[number] = _Receiver(deliver, len(choices))
            self._inbox.append(choices)
            self._changed.notify()
        return number

    def cancel(self, request: int) -> None:
        """End a request; nothing happens where it has ended already."""
        with self._changed:
            self._inbox.append(request)
            self._changed.notify()

    def close(self) -> None:
        """End everything that is open as cancelled, and the thread with it."""
        with self._changed:
            self._is_closing = True
            self._inbox += list(self._receivers)
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while self._take_orders():
            try:
                events = self._engine.step()
            except Exception as error:
                logging.getLogger(__name__).exception("a step of the engine failed")
                events = self._engine.fail(str(error) or type(error).__name__)
            counts = self._engine.counts
            with self._changed:
                self._counts = counts
            for event in events:
                self._tell(event)

    def _take_orders(self) -> bool:
        """Hand the inbox to the engine; wait where there is nothing to do. False at the end."""
        with self._changed:
            while not (self._inbox or self._engine.has_work or self._is_closing):
                self._changed.wait()
            while self._inbox:
                item = self._inbox.popleft()
                if isinstance(item, int):
                    self._engine.cancel(item)
                else:
                    self._engine.add(item)
            self._counts = self._engine.counts
            return self._engine.has_work or not self._is_closing

    def _tell(self, event: EngineEvent) -> None:
        with self._changed:
            receiver = self._receivers.get(event.request)
            if receiver is None:
                return
            if isinstance(event, ChoiceEvent) and event.finish_reason is not None:
                receiver.num_open -= 1
                if receiver.num_open == 0:
                    del self._receivers[event.request]
        try:
            receiver.deliver(event)
        except Exception:  # whoever asked cannot be told; nobody else has to suffer for it
            logging.getLogger(__name__).exception("an event could not be delivered")
            self.cancel(event.request)
