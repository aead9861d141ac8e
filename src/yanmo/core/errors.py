"""Errors meant for the person at the keyboard: what happened, where, why, and what to do next.

An error raised on purpose is a `YanmoError`; the command line prints it without a traceback and
ends with `exit_code`. Anything else that escapes is a defect of ours and keeps its traceback.
"""

from __future__ import annotations

from yanmo.core.messages import t


class YanmoError(Exception):
    """An error that explains itself.

    Args:
        what: what went wrong, one sentence.
        where: the file, line, option or step it concerns.
        why: the cause, where it is not plain from `what`.
        hint: what to do or type next.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        why: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.why = why
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        text = self.what
        if self.where:
            text = t("{where}: {what}", where=self.where, what=self.what)
        if self.why:
            text = t("{what} ({why})", what=text, why=self.why)
        if self.hint:
            text += f"\n  {self.hint}"
        return text


class ConfigError(YanmoError):
    """A recipe, an override or an option is wrong. Nothing has been run."""

    exit_code = 2


class DataError(YanmoError):
    """Input data cannot be read, or cannot support what is asked of it."""

    exit_code = 2


class CheckpointError(YanmoError):
    """A checkpoint or a model folder is missing, damaged or does not fit."""

    exit_code = 2


class RunError(YanmoError):
    """A run that had begun could not go on: divergence, a full disk, a lost lock."""

    exit_code = 1


class Interrupted(YanmoError):
    """The user or the system asked the run to stop, and it did so in good order."""

    exit_code = 130
