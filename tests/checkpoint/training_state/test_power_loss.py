"""The power fails at any moment of a save: what the disk then holds loads, and saving goes on.

The same search is made of protocols with one mistake each, and finds every one of them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.checkpoint.training_state.disk_model import DiskRecorder, put_on_disk
from tests.checkpoint.training_state.one_process import load_latest
from tests.checkpoint.training_state.thread_ranks import is_of, save_sharded

from yanmo.checkpoint.training_state import list_checkpoints, manifest, saving
from yanmo.checkpoint.training_state import loading as loading_module
from yanmo.core.errors import YanmoError

Mistake = Callable[[pytest.MonkeyPatch], None]
KEEP_LAST = 2


def search(
    tmp_path: Path,
    *,
    mistake: Mistake | None = None,
    keep_last: int = KEEP_LAST,
    size: int = 2,
) -> tuple[int, list[str]]:
    """Save under `mistake`, look at every disk that a failure of the power may leave.

    Returns:
        Number of disks, and what was wrong with any of them.
    """
    root = tmp_path / "root"
    root.mkdir()
    for step in (5, 10):
        assert save_sharded(root, step, size, keep_last) == [None] * size
    with pytest.MonkeyPatch.context() as patch:
        if mistake is not None:
            mistake(patch)
        recorder = DiskRecorder(patch, root)
        assert save_sharded(root, 20, size, keep_last) == [None] * size
    num_states, wrong = 0, []
    for index, (done, disk) in enumerate(recorder.disk_states()):
        num_states += 1
        folder = tmp_path / f"disk-{index}"
        put_on_disk(disk, folder)
        has_returned = done == len(recorder.events)
        if problem := what_is_wrong(folder, size, keep_last, has_returned=has_returned):
            wrong.append(f"after {done} of {len(recorder.events)}: {problem}")
            if mistake is not None:
                break  # it is found
    return num_states, wrong


def what_is_wrong(folder: Path, size: int, keep_last: int, *, has_returned: bool) -> str | None:
    """None where the newest is whole, none is damaged, and saving goes on."""
    try:
        loaded = load_latest(folder)
        if loaded is None:
            return "nothing is left"
        step = is_of(loaded.state, size)
    except (YanmoError, AssertionError) as error:
        return str(error)
    if loaded.skipped:
        return loaded.skipped[0]
    if step not in ((20,) if has_returned else (10, 20)):
        return f"step {step} was loaded"
    if len(list_checkpoints(folder)) > keep_last + 1:
        return "more checkpoints than k + 1"
    results = save_sharded(folder, 25, size, keep_last)
    again = load_latest(folder)
    if results != [None] * size or again is None or is_of(again.state, size) != 25:
        return f"the next save failed: {results}"
    names = {path.name for path in folder.iterdir()}
    left = names - {path.name for path in list_checkpoints(folder)}
    return f"left over: {left}" if left else None


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def test_whatever_the_power_leaves_loads(tmp_path: Path) -> None:
    num_states = 0
    for keep_last in (1, 2):
        folder = tmp_path / str(keep_last)
        folder.mkdir()
        found, wrong = search(folder, keep_last=keep_last)
        assert wrong == []
        num_states += found
    assert num_states >= 100


@pytest.mark.nightly
@pytest.mark.parametrize("keep_last", [1, 2])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_whatever_the_power_leaves_loads_in_every_state(
    tmp_path: Path, keep_last: int, size: int
) -> None:
    num_states, wrong = search(tmp_path, keep_last=keep_last, size=size)
    assert num_states >= 50
    assert wrong == []


def forget_files(patch: pytest.MonkeyPatch) -> None:
    """Files are not forced to the disk."""
    fsync = os.fsync

    def folders_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            fsync(descriptor)

    # Only where files are written, so that the recorder sees the others.
    patch.setattr("yanmo.checkpoint.training_state.writing.os", _Os(folders_only))


class _Os:
    """The module `os` with another `fsync`."""

    def __init__(self, fsync: Callable[[int], None]) -> None:
        self.fsync = fsync

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)


def forget_names(patch: pytest.MonkeyPatch) -> None:
    """The folder is not forced before it is renamed."""
    fsync_directory = saving.fsync_directory

    def parent_only(path: Path) -> None:
        if not path.name.startswith(".tmp-"):
            fsync_directory(path)

    patch.setattr(saving, "fsync_directory", parent_only)


def forget_rename(patch: pytest.MonkeyPatch) -> None:
    """The new name is not forced before the save returns."""
    fsync_directory = saving.fsync_directory

    def folder_only(path: Path) -> None:
        if path.name.startswith(".tmp-"):
            fsync_directory(path)

    patch.setattr(saving, "fsync_directory", folder_only)


def write_in_place(patch: pytest.MonkeyPatch) -> None:
    """Files go into the folder of the final name."""
    patch.setattr(saving, "temporary_name", lambda step, token: f"step-{step:08d}")
    patch.setattr(saving, "set_aside", lambda path: None)


def delete_first(patch: pytest.MonkeyPatch) -> None:
    """Old checkpoints make room before the new one is written."""
    remove_leftovers = saving.remove_leftovers

    def and_checkpoints(directory: Path) -> None:
        for path in list_checkpoints(directory):
            path.rename(path.with_name(f".del-{path.name}"))
        remove_leftovers(directory)

    patch.setattr(saving, "remove_leftovers", and_checkpoints)


def delete_before_the_name_is_safe(patch: pytest.MonkeyPatch) -> None:
    """The old one goes before the new name is durable, and its own old name is too."""
    forget_rename(patch)
    patch.setattr("yanmo.checkpoint.training_state.retention.fsync_directory", lambda path: None)


MISTAKES = [
    forget_files,
    forget_names,
    forget_rename,
    write_in_place,
    delete_first,
    delete_before_the_name_is_safe,
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_in_the_protocol_is_found(tmp_path: Path, mistake: Mistake) -> None:
    wrong = []
    for keep_last in (1, 9):  # with and without a removal, which forces names to the disk too
        folder = tmp_path / str(keep_last)
        folder.mkdir()
        wrong += search(folder, mistake=mistake, keep_last=keep_last)[1]
    assert len(wrong) >= 1


def test_a_loader_that_trusts_the_disk_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without hashes a flipped bit is loaded without a word: so the tests of corruption do test
    them."""
    assert save_sharded(tmp_path, 10, 2) == [None, None]
    (path,) = list_checkpoints(tmp_path)
    file = path / "model-00001-of-00002.safetensors"
    content = bytearray(file.read_bytes())
    content[-2] ^= 64
    file.write_bytes(content)
    with pytest.raises(YanmoError):
        load_latest(tmp_path)
    monkeypatch.setattr(loading_module, "verify_file", lambda file, entry: None)
    with pytest.raises(YanmoError, match="not those that were saved"):
        load_latest(tmp_path)
    monkeypatch.setattr(loading_module, "_prove", lambda *arguments: None)
    loaded = load_latest(tmp_path)
    assert loaded is not None
    with pytest.raises(AssertionError, match="torn"):
        is_of(loaded.state, 2)
    assert manifest.MANIFEST_NAME in {file.name for file in path.iterdir()}
