"""New points of curves as they are written, and changes of state, as server-sent events.

In: which logs of which runs a page shows, and up to which row it has them. Out: events `points`
(what is new), `reset` (the log was begun anew: read it again), `state` (a run begins, ends or
changes its stage). Nothing is remembered between streams: a page that was away asks from where it
was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from yanmo.core.errors import YanmoError
from yanmo.studio.folders import find_run
from yanmo.studio.metric_log import MetricLogs
from yanmo.studio.run_logs import flops_per_token, open_log
from yanmo.studio.run_state import state_of
from yanmo.studio.series import Axis, axis_values, read_series
from yanmo.studio.settings import StudioSettings

POLL_S = 0.7
STATE_EVERY = 2
PING_S = 15.0
_MAX_NEW_POINTS = 5000


@dataclass
class Watched:
    """One log that a page shows, and how much of it the page has."""

    run: str
    stage: str
    generation: int
    row: int

    @classmethod
    def parse(cls, text: str) -> Watched | None:
        """From `RUN|STAGE|GENERATION|ROW`; None where it is not of that form."""
        parts = text.rsplit("|", 3)
        if len(parts) != 4 or not (parts[2].isdecimal() and parts[3].isdecimal()):
            return None
        return cls(parts[0], parts[1], int(parts[2]), int(parts[3]))


class LiveStream:
    """What one page follows.

    Args:
        settings: of the studio.
        logs: the metric logs.
        watched: the logs that the page shows.
        keys: the columns of them.
        axis: what its curves lie over.
    """

    def __init__(
        self,
        settings: StudioSettings,
        logs: MetricLogs,
        watched: Sequence[Watched],
        keys: Sequence[str],
        axis: Axis,
    ) -> None:
        self._settings = settings
        self._logs = logs
        self._watched = list(watched)
        self._keys = keys
        self._axis: Axis = axis
        self._states: dict[str, tuple[str, str | None]] = {}

    async def events(self) -> AsyncIterator[bytes]:
        """The stream, until whoever reads it goes away."""
        yield b": here\n\n"
        turn, silent_s = 0, 0.0
        while True:
            found = await asyncio.to_thread(self._look, turn % STATE_EVERY == 0)
            for name, data in found:
                yield b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
            silent_s = 0.0 if found else silent_s + POLL_S
            if silent_s >= PING_S:
                silent_s = 0.0
                yield b": still here\n\n"
            turn += 1
            await asyncio.sleep(POLL_S)

    def _look(self, has_states: bool) -> list[tuple[str, bytes]]:
        found = self._new_states() if has_states else []
        for one in list(self._watched):
            try:
                event = self._new_points(one)
            except YanmoError:
                continue  # its log is not there yet, or not any more
            if event is not None:
                found.append(event)
        return found

    def _new_states(self) -> list[tuple[str, bytes]]:
        found = []
        for run in dict.fromkeys(one.run for one in self._watched):
            try:
                state = state_of(find_run(self._settings, run))
            except YanmoError:
                continue
            now = (state.name, state.stage)
            if self._states.get(run) != now:
                self._states[run] = now
                told = {"run": run, "state": state.name, "stage": state.stage, "why": state.why}
                found.append(("state", orjson.dumps(told)))
        return found

    def _new_points(self, one: Watched) -> tuple[str, bytes] | None:
        run_dir = find_run(self._settings, one.run)
        log = open_log(self._logs, run_dir, one.stage)
        if log.generation != one.generation or log.num_rows < one.row:
            one.generation, one.row = log.generation, log.num_rows
            return "reset", orjson.dumps({"run": one.run, "stage": one.stage})
        if log.num_rows == one.row:
            return None
        x = axis_values(log, self._axis, flops_per_token(run_dir, one.stage))
        series = {
            key: read_series(log, key, x, max_points=_MAX_NEW_POINTS, first_row=one.row).as_json()
            for key in self._keys
        }
        one.row = len(x)
        told: dict[str, Any] = {
            "run": one.run,
            "stage": one.stage,
            "generation": one.generation,
            "row": one.row,
            "series": series,
        }
        return "points", orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY)
