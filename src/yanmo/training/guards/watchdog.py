"""Ends a process that waits in vain, and says for whom.

In a run of several processes one that hangs keeps all others waiting, for as long as the timeout of
the collectives, and nobody learns which one it was. Here a thread of each process writes a small
file every few seconds: how far the process has come, and a count that shows that it is alive. When
a process makes no progress for the timeout, its thread reads the files of all, writes down who
stalls and where, and ends the process with its own exit code, upon which a launcher starts the
group again. Files in the run's folder need no other process to be alive, unlike a store that one of
them serves; and no clocks are compared, only whether a file changes. Knows no tensors.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from yanmo.core.messages import t
from yanmo.training.events import append_event

EXIT_STALLED = 75
"""Exit code of a process that ended itself: EX_TEMPFAIL of sysexits.h, "try again"."""
FOLDER = "heartbeats"


@dataclass(frozen=True)
class _Seen:
    """The last content of a process's file, and when this process saw it change."""

    content: dict[str, Any]
    changed_at: float


class StallWatchdog:
    """Watches one process of a group; a context manager around the training loop.

    Args:
        directory: a folder that all processes see; the files go into `heartbeats` below it.
        rank: this process's number.
        size: processes in the group; for one alone nothing is done.
        timeout_s: seconds without progress; None does nothing.
        end: how the process is ended, given the message.
    """

    def __init__(
        self,
        directory: Path,
        *,
        rank: int,
        size: int,
        timeout_s: float | None,
        end: Callable[[str], None] | None = None,
    ) -> None:
        self._folder = directory / FOLDER
        self._rank, self._size = rank, size
        self._timeout_s = timeout_s
        self._end = end or _end_process
        self._directory = directory
        self._progress = (0, 0, "")  # beats, step, what is done: replaced as a whole, so no lock
        self._pulse = 0
        self._seen: dict[int, _Seen] = {}
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def beat(self, step: int, doing: str = "training") -> None:
        """Say that the process has come further; cheap enough for every micro-batch."""
        self._progress = (self._progress[0] + 1, step, doing)

    def __enter__(self) -> Self:
        if self._timeout_s is not None and self._size > 1:
            self._folder.mkdir(parents=True, exist_ok=True)
            watch = threading.Thread(target=self._watch, args=(self._timeout_s,), daemon=True)
            watch.start()
            self._thread = watch
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
            _path(self._folder, self._rank).unlink(missing_ok=True)

    def _watch(self, timeout_s: float) -> None:
        pause_s = min(5.0, timeout_s / 10)
        came_at = looked_at = time.monotonic()
        last = -1
        while not self._is_over.wait(pause_s):
            now = time.monotonic()
            beats = self._progress[0]
            # This process itself may have been stopped for a while, with all others perhaps.
            if beats != last or now - looked_at > timeout_s / 2:
                came_at, last = now, beats
            looked_at = now
            self._write_own()
            self._read_others(now)
            if now - came_at > timeout_s:
                report = self._report(now, timeout_s, silent_s=5 * pause_s)
                # A full disk must not keep the process from ending; who stalls is told anyway.
                with contextlib.suppress(OSError):
                    append_event(
                        self._directory,
                        "stalled",
                        rank=self._rank,
                        step=self._progress[1],
                        text=report,
                    )
                self._end(report)
                return

    def _write_own(self) -> None:
        self._pulse += 1
        beats, step, doing = self._progress
        content = {
            "rank": self._rank,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "pulse": self._pulse,
            "beats": beats,
            "step": step,
            "doing": doing,
        }
        path = _path(self._folder, self._rank)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            temporary.write_text(json.dumps(content), encoding="utf-8")
            temporary.replace(path)
        except OSError:
            # A full disk is the business of whoever writes checkpoints; the others see silence.
            temporary.unlink(missing_ok=True)

    def _read_others(self, now: float) -> None:
        for rank in range(self._size):
            try:
                content = json.loads(_path(self._folder, rank).read_bytes())
            except (OSError, ValueError):
                continue
            before = self._seen.get(rank)
            if before is None or before.content != content:
                self._seen[rank] = _Seen(content, now)

    def _report(self, now: float, timeout_s: float, silent_s: float) -> str:
        missing = [rank for rank in range(self._size) if rank not in self._seen]
        silent = [s for s in self._seen.values() if now - s.changed_at > silent_s]
        answering = [s for s in self._seen.values() if now - s.changed_at <= silent_s]
        lines = [
            t(
                "process {rank} of {size} has made no progress for {seconds:.0f} s at step {step}"
                " and ends, so that the group can be started again",
                rank=self._rank,
                size=self._size,
                seconds=timeout_s,
                step=self._progress[1],
            )
        ]
        lines += [t("process {rank} never came", rank=rank) for rank in missing]
        for seen in silent:
            lines.append(
                t(
                    "process {rank} ({host}, pid {pid}) does not answer since step {step}: stopped,"
                    " or its machine is gone",
                    **_words(seen),
                )
            )
        if not missing and not silent:
            least = min(s.content["beats"] for s in answering)
            lines += [
                t(
                    "process {rank} ({host}, pid {pid}) is behind, at step {step}, {doing}",
                    **_words(seen),
                    doing=seen.content["doing"],
                )
                for seen in answering
                if seen.content["beats"] == least
            ]
        return "\n  ".join(lines)


def _words(seen: _Seen) -> dict[str, Any]:
    return {name: seen.content[name] for name in ("rank", "host", "pid", "step")}


def _path(folder: Path, rank: int) -> Path:
    return folder / f"rank-{rank:05d}.json"


def _end_process(message: str) -> None:
    """End at once: the main thread waits in a collective, where no exception reaches it."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
    os._exit(EXIT_STALLED)
