"""Opened models, by folder: opened in a thread when they are first wanted, closed when nobody has
wanted them for a while.

In: folders, and how one is opened. Out: the opened model, or how far its opening is. Knows neither
engines nor pages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from yanmo.core.errors import RunError, YanmoError
from yanmo.core.messages import t

Opened = TypeVar("Opened")
ShelfState = Literal["absent", "loading", "ready", "failed"]

IDLE_S = 15 * 60.0
"""Seconds without use after which a model is closed."""


@dataclass(frozen=True)
class ShelfStatus:
    """How far a model is.

    Attributes:
        state: not here, being opened, open, or it could not be opened.
        problem: why it could not be opened.
        num_users: streams that are using it now.
        seconds: how long the state has lasted; for an open model since its last use.
    """

    state: ShelfState
    problem: str | None = None
    num_users: int = 0
    seconds: float = 0.0


class _Place(Generic[Opened]):
    """One folder's place on the shelf."""

    def __init__(self) -> None:
        self.state: ShelfState = "loading"
        self.opened: Opened | None = None
        self.problem: str | None = None
        self.num_users = 0
        self.is_wanted = True
        self.touched_at = time.monotonic()
        self.settled = threading.Event()


class ModelShelf(Generic[Opened]):
    """The models that are open in this process.

    Args:
        open_model: opens a folder; runs in a thread of its own.
        close_model: gives back what an opened model holds.
        idle_s: seconds without use after which a model is closed.
    """

    def __init__(
        self,
        open_model: Callable[[Path], Opened],
        close_model: Callable[[Opened], None],
        idle_s: float = IDLE_S,
    ) -> None:
        self._open_model = open_model
        self._close_model = close_model
        self._idle_s = idle_s
        self._places: dict[Path, _Place[Opened]] = {}
        self._lock = threading.Lock()

    def load(self, directory: Path) -> ShelfStatus:
        """Begin to open a folder, unless that has been done; returns at once."""
        with self._lock:
            place = self._places.get(directory)
            if place is None or place.state == "failed":
                place = _Place()
                self._places[directory] = place
                threading.Thread(
                    target=self._fill, args=(directory, place), name="open-model", daemon=True
                ).start()
        return self.status(directory)

    def status(self, directory: Path) -> ShelfStatus:
        """How far a folder is."""
        with self._lock:
            place = self._places.get(directory)
            if place is None:
                return ShelfStatus("absent")
            seconds = time.monotonic() - place.touched_at
            return ShelfStatus(place.state, place.problem, place.num_users, seconds)

    def statuses(self) -> dict[Path, ShelfStatus]:
        """How far every folder on the shelf is."""
        with self._lock:
            directories = list(self._places)
        return {directory: self.status(directory) for directory in directories}

    @contextmanager
    def using(self, directory: Path) -> Iterator[Opened]:
        """The opened model, waiting until it is; it stays open until the block ends.

        Raises:
            RunError: it could not be opened.
        """
        self.load(directory)
        with self._lock:
            place = self._places[directory]
            place.num_users += 1
        try:
            place.settled.wait()
            if place.opened is None:
                raise RunError(place.problem or t("the model could not be opened"))
            yield place.opened
        finally:
            with self._lock:
                place.num_users -= 1
                place.touched_at = time.monotonic()

    def unload(self, directory: Path) -> bool:
        """Close a folder's model, once nobody uses it; False while somebody does."""
        with self._lock:
            place = self._places.get(directory)
            if place is None:
                return True
            if place.num_users:
                return False
            del self._places[directory]
            place.is_wanted = False
            opened, place.opened = place.opened, None
        if opened is not None:
            self._close_model(opened)
        return True

    def close_idle(self) -> list[Path]:
        """Close what nobody has used for long; return what was closed."""
        now = time.monotonic()
        with self._lock:
            idle = [
                directory
                for directory, place in self._places.items()
                if place.state == "ready"
                and not place.num_users
                and now - place.touched_at >= self._idle_s
            ]
        return [directory for directory in idle if self.unload(directory)]

    def close(self) -> None:
        """Close every model, whoever uses it."""
        with self._lock:
            places, self._places = list(self._places.values()), {}
        for place in places:
            place.is_wanted = False
            if place.opened is not None:
                self._close_model(place.opened)

    def _fill(self, directory: Path, place: _Place[Opened]) -> None:
        """Open a folder; what goes wrong is told by the place, not raised in a thread."""
        opened: Opened | None = None
        problem: str | None = None
        try:
            opened = self._open_model(directory)
        except YanmoError as error:
            problem = str(error)
        except MemoryError:
            problem = t("there is not enough memory for this model")
        except Exception as error:  # a defect, which a person at a page must see, too
            problem = f"{type(error).__name__}: {error}"
        with self._lock:
            place.opened, place.problem = opened, problem
            place.state = "ready" if opened is not None else "failed"
            place.touched_at = time.monotonic()
            is_wanted = place.is_wanted
        place.settled.set()
        if not is_wanted and opened is not None:
            self._close_model(opened)
