"""One writer at a time in a directory, by a lock that the system gives back when a process dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from yanmo.core.errors import ConfigError, RunError
from yanmo.core.messages import t

LOCK_NAME = ".lock"


@contextmanager
def hold_lock(directory: Path) -> Iterator[None]:
    """Hold the lock of `directory`, which is made when missing.

    Raises:
        RunError: another process holds it.
        ConfigError: the directory cannot be made or written.
    """
    with _open_lock(directory) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise RunError(
                t("another yanmo process is writing here"),
                where=str(directory),
                why=t("process {pid}", pid=file.read().strip() or "?"),
                hint=t("Wait for it to end, or give another folder with --out."),
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _open_lock(directory: Path) -> TextIO:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return (directory / LOCK_NAME).open("a+", encoding="ascii")
    except OSError as error:
        raise ConfigError(
            t("this folder cannot be made or written"),
            where=str(directory),
            why=error.strerror or str(error),
            hint=t("Give another folder with --out."),
        ) from error
