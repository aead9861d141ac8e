"""The token of a studio: a random word in the address that it prints.

It is kept beside the runs, readable by their owner alone, so that a tab that is open goes on
working when the studio is started again. Knows files, nothing of requests.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

FOLDER = ".studio"
_NAME = "token"
_BYTES = 24
_MIN_LENGTH = 20


def token_of(runs: Path) -> str:
    """The token for this folder of runs; made when there is none.

    Raises:
        ConfigError: the folder cannot be written.
    """
    path = runs / FOLDER / _NAME
    kept = _read(path)
    if kept is not None:
        return kept
    token = secrets.token_urlsafe(_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(token)
    except FileExistsError:
        return token_of(runs)  # another studio was faster
    except OSError as error:
        raise ConfigError(
            t("the studio cannot write into this folder of runs"),
            where=str(runs),
            why=error.strerror or str(error),
        ) from error
    return token


def _read(path: Path) -> str | None:
    """The token that is kept, unless others could have read or written it."""
    try:
        is_private = path.stat().st_mode & 0o077 == 0
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return text if is_private and len(text) >= _MIN_LENGTH else None
