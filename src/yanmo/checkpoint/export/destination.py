"""Where an export goes: what it may replace, how it is written whole or not at all.

In: a path. Out: a path to write to, which takes the name when everything is there. Knows nothing
of formats.
"""

from __future__ import annotations

import errno
import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from yanmo.core.errors import ConfigError, RunError
from yanmo.core.files import fsync_directory
from yanmo.core.messages import t

PRODUCER = "yanmo"
"""How our files name what wrote them: a file that does may be replaced by a newer export."""
_BEGINNING_BYTES = 4096


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        path: the file or the folder.
        num_bytes: its size, all its files together.
        usage: one line on how the result is used.
        notes: what came out otherwise than asked for, one sentence each.
    """

    path: Path
    num_bytes: int
    usage: str
    notes: list[str] = field(default_factory=list)


def load_package(name: str) -> ModuleType:
    """A package of the `export` extra.

    Raises:
        ConfigError: it is not installed, or does not load.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            t("the package {name} cannot be loaded", name=name),
            where="--to",
            why=str(error),
            hint=t("Install it: {command}", command="pip install 'yanmo[export]'"),
        ) from error


def check_file_destination(path: Path, source: Path, *, is_forced: bool) -> None:
    """Refuse to replace a file that is no export of ours, unless told to.

    Raises:
        ConfigError: something else stands at `path`, or it belongs to the model itself.
    """
    if path.resolve().is_relative_to(source.resolve()):
        raise _no_place(path, t("an export cannot stand in the folder of its own model"))
    if path.is_dir():
        raise _no_place(path, t("there is a folder of this name"))
    if path.exists() and not is_forced and not _is_ours(path):
        raise _no_place(path, t("there is a file of this name that yanmo did not export"), True)


def check_folder_destination(path: Path, source: Path, *, is_forced: bool) -> None:
    """Refuse to replace a folder: what is no model never, another model only when told to.

    Raises:
        ConfigError: something stands at `path`, or it holds the model itself.
    """
    here, there = source.resolve(), path.resolve()
    if here.is_relative_to(there) or there.is_relative_to(here):
        raise _no_place(path, t("an export cannot stand in the folder of its own model"))
    is_empty = path.is_dir() and path.name and not any(path.iterdir())
    if is_empty or not path.exists():
        return
    if not (path / "config.json").is_file():
        raise _no_place(path, t("something stands here that is no model folder"))
    if not is_forced:
        raise _no_place(path, t("there is a model folder of this name"), True)


def _no_place(path: Path, what: str, can_force: bool = False) -> ConfigError:
    hint = t("Choose another place with --out.")
    if can_force:
        hint = t("Choose another place with --out, or replace it with --force.")
    return ConfigError(what, where=str(path), hint=hint)


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING_BYTES)
    if beginning.startswith(b"GGUF"):
        return f"{PRODUCER}.version".encode() in beginning
    # The field of an ONNX file that names its producer: a tag, a length, the name.
    return b"\x12\x05" + PRODUCER.encode() in beginning


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A folder beside `path` to write a file of its name in; its files move when the block ends.

    The files other than the one named `path.name` move first, since it points to them.

    Raises:
        RunError: the disk is full or cannot be written; what stood at `path` is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        yield temporary / path.name
        for file in sorted(temporary.iterdir(), key=lambda file: file.name == path.name):
            _make_durable(file)
            file.replace(path.parent / file.name)
        fsync_directory(path.parent)
    except OSError as error:
        raise could_not_write(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def could_not_write(path: Path, error: OSError) -> RunError:
    """The error for a file that the system would not take."""
    # numpy tells of a full disk by the count of elements that it wrote, without a number.
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT, None)
    return RunError(
        t("the disk is full") if is_full else t("the export could not be written"),
        where=str(path),
        why=None if is_full else str(error),
        hint=t("Make room, or choose another place with --out."),
    )


def _make_durable(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


Report = Callable[[str], None]
"""Takes a line on how far the work is."""
