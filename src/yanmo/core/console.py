"""What a running command tells the person watching: lines that stay, and one line that moves.

On a terminal the moving line is redrawn in place; elsewhere (a file, a pipe, a batch system) it
becomes a plain line every few seconds. Only the main process of a distributed run speaks.
Everything goes to standard error, so that standard output stays free for results.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from yanmo.core.text_width import cut_to_width


class Console:
    """Writes notes and one progress line.

    Args:
        stream: where to write; standard error unless told.
        is_quiet: write warnings only.
        every_s: seconds between progress lines where the stream is no terminal.
    """

    def __init__(
        self, stream: TextIO | None = None, *, is_quiet: bool = False, every_s: float = 5.0
    ) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._is_silent = os.environ.get("RANK", "0") not in ("", "0")
        self.is_quiet = is_quiet
        self._every_s = every_s
        self._is_terminal = self._stream.isatty()
        self._last_written_at = float("-inf")
        self._has_open_line = False
        self._listener: Callable[[str], None] | None = None

    @property
    def has_colour(self) -> bool:
        """Whether the stream shows colours, and its reader wants them (https://no-color.org)."""
        return self._is_terminal and not os.environ.get("NO_COLOR")

    def note(self, text: str) -> None:
        """Write a line that stays."""
        if not (self.is_quiet or self._is_silent):
            self._write_line(text)

    def warn(self, text: str) -> None:
        """Write a line that stays, also when the console is quiet."""
        if self._listener is not None:
            self._listener(text)
        if not self._is_silent:
            self._write_line(text)

    @contextmanager
    def overheard_by(self, listener: Callable[[str], None]) -> Iterator[None]:
        """Inside, `listener` is given every warning too."""
        self._listener = listener
        try:
            yield
        finally:
            self._listener = None

    def progress(self, text: str) -> None:
        """Show `text` as the current state of the work, replacing the state shown before."""
        if self.is_quiet or self._is_silent:
            return
        now = time.monotonic()
        pause_s = 0.1 if self._is_terminal else self._every_s
        if now - self._last_written_at < pause_s:
            return
        self._last_written_at = now
        if self._is_terminal:
            columns = shutil.get_terminal_size().columns
            self._write("\r\x1b[2K" + cut_to_width(_without_controls(text), columns - 1))
            self._has_open_line = True
        else:
            self._write(text + "\n")

    def end_progress(self) -> None:
        """Clear the moving line; the next `progress` is shown at once."""
        if self._has_open_line:
            self._write("\r\x1b[2K")
            self._has_open_line = False
        self._last_written_at = float("-inf")

    def _write_line(self, text: str) -> None:
        start = "\r\x1b[2K" if self._has_open_line else ""
        self._has_open_line = False
        self._write(start + text + "\n")

    def _write(self, text: str) -> None:
        encoding = getattr(self._stream, "encoding", None)
        if encoding:
            # A terminal that cannot show Chinese gets question marks; the run goes on.
            text = text.encode(encoding, "replace").decode(encoding)
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # A closed terminal or a full log must not end a run of days: it goes on unwatched.
            self._is_silent = True


def _without_controls(text: str) -> str:
    """`text` on one line: control characters would break the redrawing of the line."""
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
