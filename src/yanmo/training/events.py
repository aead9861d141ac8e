"""`events.jsonl`: what happened to a run, beside what it learned.

In: one fact at a time, from whichever process knows it: how the run began and each time that it
went on, deaths of processes, warnings, wishes to stop, errors. Out: one JSON object a line. Unlike
`metrics.jsonl` nothing is ever dropped from it: a death is not undone by going on from a
checkpoint. Knows nothing of what the facts mean to a reader.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from yanmo.core.errors import Interrupted, YanmoError
from yanmo.training.metrics import last_step

EVENTS_NAME = "events.jsonl"
EventName = Literal["began", "died", "stalled", "warned", "interrupted", "stopped"]
"""`began`: training starts or goes on; `died`: a process ended and all are started again;
`stalled`: a process ended itself because others keep it waiting; `warned`: the person who watches
was told something; `interrupted`: a wish to stop was granted; `stopped`: an error ended the run."""


def append_event(directory: Path, event: EventName, **facts: Any) -> None:
    """Add one line to the events of the run in `directory`.

    Args:
        facts: JSON values; sentences are in the language of the one who ran it.

    Raises:
        OSError: it cannot be written.
    """
    row = {"time": time.time(), "event": event, **facts}
    # A line that a crash cut off must not swallow this one, so this one begins with an end.
    line = "\n" + json.dumps(row, ensure_ascii=False) + "\n"
    with (directory / EVENTS_NAME).open("a", encoding="utf-8") as file:
        file.write(line)


def read_events(directory: Path) -> list[dict[str, Any]]:
    """All whole events of the run in `directory`, the oldest first; none where there is no file."""
    path = directory / EVENTS_NAME
    if not path.exists():
        return []
    rows = []
    for line in path.read_bytes().splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue  # the empty one before each event, or one that a crash cut off
        if isinstance(row, dict) and isinstance(row.get("event"), str):
            rows.append(row)
    return rows


@contextmanager
def recorded_end(directory: Path) -> Iterator[None]:
    """Note what ends the training inside early: a wish to stop, or an error of the run."""
    try:
        yield
    except Interrupted:
        append_event(directory, "interrupted", step=last_step(directory / "metrics.jsonl"))
        raise
    except YanmoError as error:
        append_event(
            directory,
            "stopped",
            step=last_step(directory / "metrics.jsonl"),
            what=error.what,
            where=error.where,
            why=error.why,
        )
        raise
