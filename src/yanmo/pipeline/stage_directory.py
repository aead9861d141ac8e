"""The directory of a stage: made ready for work, cleared, put aside or gone on with.

Nothing is removed that yanmo did not make. `started.json` marks a directory as ours from the first
moment on and says what is being made; the manifest, written last, says that it is finished.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from yanmo.core.console import Console
from yanmo.core.errors import ConfigError
from yanmo.core.files import write_json
from yanmo.core.manifest import MANIFEST_NAME
from yanmo.core.messages import t
from yanmo.pipeline.stage import Stage

STARTED_NAME = "started.json"
PREVIOUS_SUFFIX = ".previous"


def require_own_directory(directory: Path) -> None:
    """Refuse a directory with files that no run made: they would be lost.

    Raises:
        ConfigError: it is a file, or holds something and carries none of our marks.
    """
    if not directory.exists() or _is_ours(directory):
        return
    if directory.is_dir():
        # A process that was killed at its beginning leaves hidden files at most.
        if all(path.name.startswith(".") for path in directory.iterdir()):
            return
        what = t("this folder holds files that no run made")
    else:
        what = t("this is a file; a run needs a folder")
    raise ConfigError(what, where=str(directory), hint=t("Give another folder with --out."))


def prepare_directory(stage: Stage, key: str, directory: Path, console: Console) -> None:
    """Leave an empty directory, or one in which an earlier run of the same `key` can be gone on
    with. The finished result of other settings is put aside where the stage is resumable."""
    require_own_directory(directory)
    started = directory / STARTED_NAME
    is_finished = (directory / MANIFEST_NAME).exists()
    if stage.is_resumable and _read_key(started) == key:
        (directory / MANIFEST_NAME).unlink(missing_ok=True)  # finished once, and damaged since
        return
    if directory.exists():
        if stage.is_resumable and is_finished:
            previous = directory.with_name(directory.name + PREVIOUS_SUFFIX)
            _remove(previous)
            directory.rename(previous)
            console.note(t("the earlier result is kept in {path}", path=previous))
        else:
            _remove(directory)
    directory.mkdir(parents=True)
    write_json(started, {"stage": stage.name, "key": key})


def _is_ours(directory: Path) -> bool:
    return any((directory / name).is_file() for name in (STARTED_NAME, MANIFEST_NAME))


def _remove(directory: Path) -> None:
    """Remove a directory by a rename first: a crash leaves no half of it under its own name."""
    doomed = directory.with_name(f".{directory.name}.old")
    shutil.rmtree(doomed, ignore_errors=True)
    if directory.exists():
        directory.rename(doomed)
        shutil.rmtree(doomed)


def _read_key(started: Path) -> str | None:
    try:
        key = json.loads(started.read_text(encoding="utf-8")).get("key")
    except FileNotFoundError:
        return None
    except (ValueError, AttributeError):
        return None  # torn by a power cut: the directory is begun again
    return str(key)
