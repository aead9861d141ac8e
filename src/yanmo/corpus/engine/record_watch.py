"""A clock and a diary for records that can hang or end the process that parses them.

Comes in: the place of each risky record, before it is parsed. Goes out: whether it may be tried.
The diary lies in a file, so the next worker knows where the last one ended: a record at which two
workers have ended is not tried again. The clock is the system's alarm, whose signal ends the
process even inside a library's machine code.
"""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path
from types import TracebackType

from yanmo.core.files import write_json

MAX_DEATHS = 2
"""So many workers may end at a record before it is left out; one may have ended by chance."""


class RecordWatch:
    """Watches the records of one task; use it in a `with` statement.

    Args:
        diary: the file that says which record is being parsed; beside it, with the ending
            `.deaths`, lies the count of the workers that ended at each record.
        max_record_s: seconds that a record may take.
    """

    def __init__(self, diary: Path, max_record_s: float) -> None:
        self._diary = diary
        self._deaths_path = diary.with_name(diary.name + ".deaths")
        self._max_record_s = max_record_s
        self._is_open = False
        self._deaths = self._note_last_death()
        self._descriptor = os.open(diary, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)

    def __enter__(self) -> RecordWatch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close_record()
        os.close(self._descriptor)
        self._diary.unlink(missing_ok=True)

    def may_read(self, file: str, offset: int | None) -> bool:
        """Whether a record may be parsed; if so, starts the clock on it."""
        self.close_record()
        place = _place(file, offset)
        if self._deaths[place] >= MAX_DEATHS:
            return False
        os.pwrite(self._descriptor, place.encode("utf-8", "surrogateescape") + b"\n", 0)
        self._is_open = True
        signal.setitimer(signal.ITIMER_REAL, self._max_record_s)
        return True

    def close_record(self) -> None:
        """The record has been parsed: stop the clock."""
        if self._is_open:
            signal.setitimer(signal.ITIMER_REAL, 0)
            os.ftruncate(self._descriptor, 0)
            self._is_open = False

    def _note_last_death(self) -> Counter[str]:
        """How many workers ended at which record, the last one included."""
        deaths: Counter[str] = Counter()
        if self._deaths_path.exists():
            deaths.update(json.loads(self._deaths_path.read_text(encoding="utf-8")))
        if self._diary.exists():
            line = self._diary.read_bytes().partition(b"\n")[0]
            if line:
                deaths[line.decode("utf-8", "backslashreplace")] += 1
                write_json(self._deaths_path, deaths)
        return deaths


def _place(file: str, offset: int | None) -> str:
    """The name of a record in the diary."""
    return f"{offset} {file}".replace("\n", " ")
