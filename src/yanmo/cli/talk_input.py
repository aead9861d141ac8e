"""Turns as a person types them: several lines, and the lines of earlier times.

In: lines. Out: turns, each one text. A line that is just ``` begins a turn of several lines and
ends it; a backslash at the end of a line joins the next one to it. On a terminal, lines can be
edited and earlier ones called back; they are kept in the user's state folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from yanmo.core.console import Console
from yanmo.core.messages import t

FENCE = "```"
_MOST_LINES = 1000


def read_turn(read_line: Callable[[bool], str]) -> str:
    """The next turn.

    Args:
        read_line: gives a line without its end; told whether a turn has begun already.

    Raises:
        EOFError: there is none; an unfinished one at the end of the input counts.
    """
    line = read_line(False)
    if line.strip() == FENCE:
        return _until_fence(read_line)
    lines = [line]
    while lines[-1].endswith("\\"):
        lines[-1] = lines[-1][:-1]
        try:
            lines.append(read_line(True))
        except EOFError:
            break
    return "\n".join(lines)


def _until_fence(read_line: Callable[[bool], str]) -> str:
    lines: list[str] = []
    while True:
        try:
            line = read_line(True)
        except EOFError:
            return "\n".join(lines)
        if line.strip() == FENCE:
            return "\n".join(lines)
        lines.append(line)


class TerminalLines:
    """Lines from a terminal, or from whatever standard input is.

    Args:
        console: is told where earlier lines cannot be kept.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self.is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        self._history = history_file()
        if self.is_terminal:
            self._load_history()

    def read(self, has_begun: bool) -> str:
        """The next line.

        Raises:
            EOFError: there is none.
        """
        if self.is_terminal:
            return input("... " if has_begun else ">>> ")
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\r\n")

    def close(self) -> None:
        """Keep the lines for the next time."""
        if not self.is_terminal:
            return
        import readline

        try:
            self._history.parent.mkdir(parents=True, exist_ok=True)
            readline.set_history_length(_MOST_LINES)
            readline.write_history_file(self._history)
            self._history.chmod(0o600)
        except OSError as error:
            self._console.warn(
                t("lines cannot be kept in {path} ({why})", path=self._history, why=error)
            )

    def _load_history(self) -> None:
        import readline

        try:
            readline.read_history_file(self._history)
        except FileNotFoundError:
            return
        except OSError as error:
            self._console.warn(
                t("lines cannot be kept in {path} ({why})", path=self._history, why=error)
            )


def history_file() -> Path:
    """Where lines are kept: in the user's state folder, by the XDG rules."""
    home = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(home).expanduser() / "yanmo" / "chat_history"
