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
from yanmo.core.lock import LOCK_NAME
from yanmo.core.manifest import MANIFEST_NAME
from yanmo.core.messages import t
from yanmo.pipeline.stage import Stage

STARTED_NAME = "started.json"
PREVIOUS_SUFFIX = ".previous"
"""Ends the name under which the last finished result of other settings is kept."""
UNFINISHED_SUFFIX = ".unfinished"
"""Ends the name under which an interrupted run of other settings is kept; never in the place of a
finished one."""


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


def require_own_recipe(path: Path, text: str) -> None:
    """Refuse to write `text` over a recipe that somebody wrote by hand.

    Raises:
        ConfigError: there is another recipe, and the folder shows no sign of a run.
    """
    folder = path.parent
    is_run = (folder / LOCK_NAME).exists() or any(_is_ours(inside) for inside in folder.glob("*"))
    if path.is_file() and not is_run and path.read_bytes() != text.encode():
        raise ConfigError(
            t("this file would be overwritten, and no run made it"),
            where=str(path),
            hint=t("Give another folder with --out."),
        )


def prepare_directory(stage: Stage, key: str, directory: Path, console: Console) -> None:
    """Leave an empty directory, or one in which an earlier run of the same `key` can be gone on
    with. What a stage that keeps earlier results has made under other settings is put aside."""
    require_own_directory(directory)
    started = directory / STARTED_NAME
    is_finished = (directory / MANIFEST_NAME).exists()
    if stage.is_resumable and _read_key(started) == key:
        (directory / MANIFEST_NAME).unlink(missing_ok=True)  # finished once, and damaged since
        return
    if directory.exists():
        # Without a folder inside, such as `checkpoints`, there is nothing to go on from.
        if stage.keeps_earlier and (is_finished or any(directory.glob("*/*"))):
            suffix = PREVIOUS_SUFFIX if is_finished else UNFINISHED_SUFFIX
            aside = directory.with_name(directory.name + suffix)
            _remove(aside)
            directory.rename(aside)
            console.note(t("the earlier result is kept in {path}", path=aside))
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
