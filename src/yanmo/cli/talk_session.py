"""The loop of `yanmo chat`: read a turn, write the answer; and commands that begin with a slash.

Answers go to standard output, everything else to standard error. Ctrl-C ends an answer and not the
conversation; Ctrl-D, and the end of piped input, end the conversation.
"""

from __future__ import annotations

import json
import signal
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yanmo.cli.drawing_options import checked
from yanmo.cli.talk_input import FENCE, TerminalLines, read_turn
from yanmo.cli.talk_settings import SETTINGS, value_of
from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, DataError
from yanmo.core.files import write_atomically
from yanmo.core.messages import t
from yanmo.core.suggest import closest
from yanmo.inference.config import WrittenSamplingConfig

if TYPE_CHECKING:
    from yanmo.inference.open_conversation import OpenedConversation


class TalkSession:
    """One conversation in a terminal, or over pipes.

    Args:
        opened: the conversation.
        as_json: whether every answer is one line of JSON.
    """

    def __init__(self, opened: OpenedConversation, *, as_json: bool) -> None:
        self._conversation = opened.conversation
        self._console = Console()
        self._lines = TerminalLines(self._console)
        self._as_json = as_json
        self._num_told = 0  # turns that the person knows to be left out
        self._commands: dict[str, Callable[[str], None]] = {
            "system": self._set_system,
            "clear": self._clear,
            "undo": self._undo,
            "retry": self._retry,
            "save": self._save,
            "load": self._load,
            "help": self._help,
        }
        if self._lines.is_terminal:
            self._console.note(opened.about)
            self._console.note(t("/help lists the commands; Ctrl-D ends the conversation."))
        if opened.notice is not None:
            self._console.warn(opened.notice)

    def run(self) -> None:
        """Talk until the input ends, or `/quit`."""
        try:
            while (turn := self._next_turn()) is not None:
                try:
                    if not self._take(turn):
                        return
                except (ConfigError, DataError) as error:
                    self._console.warn(t("error: {text}", text=error))
        finally:
            self._lines.close()

    def _next_turn(self) -> str | None:
        while True:
            try:
                turn = read_turn(self._lines.read)
            except EOFError:
                if self._lines.is_terminal:
                    print()
                return None
            except KeyboardInterrupt:
                if not self._lines.is_terminal:
                    raise
                print()
                self._console.note(t("Ctrl-D or /quit ends the conversation."))
                continue
            if turn.strip():
                return turn

    def _take(self, turn: str) -> bool:
        """Answer a turn, or do what a command says; False at the end of the conversation."""
        if not turn.startswith("/") or turn.startswith("//") or "\n" in turn:
            said = turn[1:] if turn.startswith("//") else turn
            self._write(lambda is_stopped: self._conversation.ask(said, is_stopped))
            return True
        name, _, argument = turn[1:].partition(" ")
        argument = argument.strip()
        if name in ("quit", "exit", "bye"):
            return False
        if name in SETTINGS:
            self._set(name, argument)
        elif name in self._commands:
            self._commands[name](argument)
        else:
            nearest = closest(name, [*self._commands, *SETTINGS, "quit"])
            hint = t("Did you mean '{name}'?", name=f"/{nearest}") if nearest else None
            raise ConfigError(
                t("there is no command /{name}", name=name),
                hint=hint
                or t("/help lists the commands; a turn that begins with / begins with //."),
            )
        return True

    def _write(self, answers: Callable[[Callable[[], bool]], Iterator[str]]) -> None:
        with _ctrl_c_noted() as is_stopped:
            for piece in answers(is_stopped):
                if not self._as_json:
                    sys.stdout.write(self._shown(piece))
                    sys.stdout.flush()
        answer = self._conversation.last
        if self._as_json:
            found: dict[str, Any] = {
                "prompt": self._conversation.turns[-2].content,
                "text": answer.text,
                "finish_reason": answer.reason,
                "num_tokens": answer.num_tokens,
                "num_left_out": answer.num_left_out,
            }
            print(json.dumps(found, ensure_ascii=False), flush=True)
        else:
            print(flush=True)
        if answer.reason == "length":
            self._console.note(t("(the answer ends at {count} tokens)", count=answer.num_tokens))
        if answer.num_left_out > self._num_told:
            self._console.warn(
                t(
                    "(the context is full: the first {count} turns are no longer read)",
                    count=answer.num_left_out,
                )
            )
        self._num_told = answer.num_left_out

    def _shown(self, piece: str) -> str:
        """A piece without what would command the terminal."""
        if not self._lines.is_terminal:
            return piece
        return "".join(c for c in piece if c in "\n\t" or unicodedata.category(c) != "Cc")

    def _set(self, name: str, argument: str) -> None:
        sampling = self._conversation.sampling
        if argument:
            values = sampling.model_dump() | {name: value_of(argument)}
            sampling = self._conversation.sampling = checked(WrittenSamplingConfig, values)
        value = getattr(sampling, name)
        self._console.note(f"{name} = {'none' if value is None else value}")

    def _set_system(self, argument: str) -> None:
        self._conversation.system = argument
        self._console.note(
            t("The model is told: {text}", text=argument)
            if argument
            else t("The model is told nothing before the turns.")
        )

    def _clear(self, _argument: str) -> None:
        self._conversation.clear()
        self._num_told = 0
        self._console.note(t("All turns are forgotten."))

    def _undo(self, _argument: str) -> None:
        if not self._conversation.undo():
            raise ConfigError(t("nothing was said yet"))
        self._console.note(t("The last turn and its answer are taken back."))

    def _retry(self, _argument: str) -> None:
        self._write(self._conversation.retry)

    def _save(self, argument: str) -> None:
        path = _path_of(argument, "save")
        try:
            write_atomically(path, self._conversation.to_json())
        except OSError as error:
            raise DataError(
                t("the file cannot be written"), where=str(path), why=str(error)
            ) from error
        self._console.note(t("The conversation is in {path}.", path=path))

    def _load(self, argument: str) -> None:
        path = _path_of(argument, "load")
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(
                t("the file cannot be read"), where=str(path), why=str(error)
            ) from error
        self._conversation.take_json(text)
        self._num_told = 0
        count = len(self._conversation.turns)
        self._console.note(t("The conversation goes on after {count} turns.", count=count))

    def _help(self, _argument: str) -> None:
        others = ", /".join(SETTINGS[1:])
        rows = {
            "/system TEXT": t("what the model is told before all turns; nothing without TEXT"),
            "/temperature X": t("how freely it draws; likewise /{names}", names=others),
            "/retry": t("another answer to the last turn"),
            "/undo": t("take the last turn and its answer back"),
            "/clear": t("forget all turns"),
            "/save FILE, /load FILE": t("keep the conversation as JSON, and go on with it"),
            FENCE: t("begins a turn of several lines, and ends it; or end lines with \\"),
            "Ctrl-C": t("ends an answer"),
            "/quit, Ctrl-D": t("ends the conversation"),
        }
        for name, text in rows.items():
            self._console.note(f"  {name:<24}{text}")


def _path_of(argument: str, command: str) -> Path:
    if not argument:
        raise ConfigError(t("/{command} needs the name of a file", command=command))
    return Path(argument).expanduser()


@contextmanager
def _ctrl_c_noted() -> Iterator[Callable[[], bool]]:
    """Inside, Ctrl-C only makes the function that this gives say True."""
    was_pressed = False

    def note(_number: int, _frame: object) -> None:
        nonlocal was_pressed
        was_pressed = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: was_pressed
    finally:
        signal.signal(signal.SIGINT, before)
