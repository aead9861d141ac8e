"""What a disk may hold after the power has failed, given what was asked of it before.

Operations of a save are recorded with the folders and files (as inodes) that they touch. After a
failure at any of them, what was forced to the disk is there; the content of a file that was not may
be whole, half, zeros or nothing, and names made, changed or removed in a folder that was not forced
may be as before. `disk_states` gives every such disk as a mapping from paths to contents.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

DATA = ("whole", "half", "zeros", "empty", "half zeros", "noise")
NAMES = ("kept", "lost", "lost in the parent", "lost in the children", "last lost")
Disk = dict[str, bytes | None]
"""Content by path below the root; None for a folder."""


@dataclass
class Folder:
    """An inode of names."""

    entries: dict[str, Folder | File] = field(default_factory=dict)


@dataclass
class File:
    """An inode of bytes."""

    content: bytes = b""


@dataclass(frozen=True)
class Event:
    """One operation; what it means depends on `kind`."""

    kind: str
    folder: Any = None
    name: str = ""
    inode: Any = None
    content: bytes = b""


class DiskRecorder:
    """Records what is done below `root` while it patches the system's functions."""

    def __init__(self, patch: pytest.MonkeyPatch, root: Path) -> None:
        self.root = root
        self.live = _scan(root)
        self._before = _snapshot(self.live)
        self.events: list[Event] = []
        self._lock = threading.RLock()
        self._patch = patch
        for name in ("mkdir", "rename", "replace", "unlink", "rmdir", "link", "fsync"):
            patch.setattr(os, name, self._wrapped(getattr(os, name), getattr(self, f"_{name}")))
        patch.setattr(Path, "open", self._opening(Path.open))

    def _wrapped(self, function: Any, record: Any) -> Any:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self._lock:
                note = record(*args, **kwargs) if function is not None else None
                result = function(*args, **kwargs)
                if note is not None:
                    note()
                return result

        return wrapped

    def _place(self, path: Any, dir_fd: int | None = None) -> tuple[Folder, str] | None:
        full = Path(path)
        if dir_fd is not None:
            full = Path(f"/proc/self/fd/{dir_fd}").readlink() / full
        try:
            parts = full.relative_to(self.root).parts
        except ValueError:
            return None
        folder = self.live
        for part in parts[:-1]:
            inner = folder.entries.get(part)
            if not isinstance(inner, Folder):
                return None
            folder = inner
        return folder, parts[-1] if parts else ""

    def _add(self, event: Event) -> None:
        self.events.append(event)

    def _link_in(self, path: Any, inode: Folder | File) -> None:
        place = self._place(path)
        if place is not None:
            folder, name = place
            folder.entries[name] = inode
            self._add(Event("enter", folder, name, inode))

    def _leave(self, path: Any, dir_fd: int | None = None) -> Any:
        place = self._place(path, dir_fd)
        if place is None or place[1] not in place[0].entries:
            return None

        def done() -> None:
            folder, name = place
            del folder.entries[name]
            self._add(Event("leave", folder, name))

        return done

    def _mkdir(self, path: Any, *_args: Any, **_kwargs: Any) -> Any:
        return lambda: self._link_in(path, Folder())

    def _rename(self, source: Any, target: Any) -> Any:
        old = self._place(source)
        if old is None:
            return None
        inode = old[0].entries[old[1]]

        def done() -> None:
            new = self._place(target)
            assert new is not None
            if new[0] is old[0] and new[1] == old[1]:
                return
            del old[0].entries[old[1]]
            new[0].entries[new[1]] = inode
            self._add(Event("rename", old[0], old[1], (new[1], inode)))

        return done

    _replace = _rename

    def _unlink(self, path: Any, *, dir_fd: int | None = None) -> Any:
        return self._leave(path, dir_fd)

    _rmdir = _unlink

    def _link(self, source: Any, target: Any, **_kwargs: Any) -> Any:
        old = self._place(source)
        assert old is not None
        inode = old[0].entries[old[1]]
        return lambda: self._link_in(target, inode)

    def _fsync(self, descriptor: int) -> Any:
        place = self._place(Path(f"/proc/self/fd/{descriptor}").readlink())
        if place is None:
            return None
        folder, name = place
        inode = folder.entries[name] if name else self.live
        return lambda: self._add(Event("force", inode=inode))

    def _opening(self, function: Any) -> Any:
        def opened(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if not set(mode) & set("wxa") or self._place(path) is None:
                return function(path, mode, *args, **kwargs)
            with self._lock:
                file = function(path, mode, *args, **kwargs)
                inode = File()
                self._link_in(path, inode)
                return _RecordedFile(file, inode, self)

        return opened

    def write(self, inode: File, content: Any) -> None:
        """Note that bytes were written."""
        data = content.encode() if isinstance(content, str) else bytes(content)
        with self._lock:
            inode.content += data
            self._add(Event("write", inode=inode, content=data))

    def disk_states(self) -> Iterator[tuple[int, Disk]]:
        """Every different disk that a failure of the power may leave, with the number of operations
        that were done."""
        seen = set()
        for done in range(len(self.events) + 1):
            for names in NAMES:
                for data in DATA:
                    disk = self._after_failure(self.events[:done], names, data)
                    key = done == len(self.events), tuple(sorted(disk.items()))
                    if key not in seen:
                        seen.add(key)
                        yield done, disk

    def _after_failure(self, events: list[Event], names: str, data: str) -> Disk:
        forced: dict[int, int] = {}
        for index, event in enumerate(events):
            if event.kind == "force":
                forced[id(event.inode)] = index
        copies = _restored(self._before)
        loses_parent = names in ("lost", "lost in the parent")
        loses_children = names in ("lost", "lost in the children")

        last = {id(e.folder): index for index, e in enumerate(events) if e.folder is not None}

        def is_lost(index: int, folder: Folder) -> bool:
            if names == "last lost":
                return index == last[id(folder)] and index > forced.get(id(folder), -1)
            loses = loses_parent if folder is self.live else loses_children
            return loses and index > forced.get(id(folder), -1)

        for index, event in enumerate(events):
            if event.kind == "write":
                file = copies.setdefault(id(event.inode), File())
                is_safe = index <= forced.get(id(event.inode), -1)
                file.content += event.content if is_safe else _spoiled(event.content, data)
            elif event.kind in ("enter", "leave", "rename"):
                folder = copies.setdefault(id(event.folder), Folder())
                inode = event.inode[1] if event.kind == "rename" else event.inode
                if inode is not None and id(inode) not in copies:
                    copies[id(inode)] = Folder() if isinstance(inode, Folder) else File()
                if is_lost(index, event.folder):
                    continue
                if event.kind == "enter":
                    folder.entries[event.name] = copies[id(inode)]
                elif event.kind == "leave":
                    folder.entries.pop(event.name, None)
                else:
                    folder.entries.pop(event.name, None)
                    folder.entries[event.inode[0]] = copies[id(inode)]
        disk: Disk = {}
        _flatten(copies[id(self.live)], "", disk)
        return disk


class _RecordedFile:
    """A file whose writes are recorded."""

    def __init__(self, file: Any, inode: File, recorder: DiskRecorder) -> None:
        self._file, self._inode, self._recorder = file, inode, recorder

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, content: Any) -> None:
        self._file.write(content)
        self._recorder.write(self._inode, content)


def _spoiled(content: bytes, data: str) -> bytes:
    half = len(content) // 2
    spoiled = {
        "whole": content,
        "half": content[:half],
        "zeros": bytes(len(content)),
        "empty": b"",
        "half zeros": content[:half] + bytes(len(content) - half),
        "noise": bytes(byte ^ 0x5A for byte in content),
    }
    return spoiled[data]


def _scan(path: Path) -> Folder:
    folder = Folder()
    for entry in path.iterdir():
        is_folder = stat.S_ISDIR(entry.stat().st_mode)
        folder.entries[entry.name] = _scan(entry) if is_folder else File(entry.read_bytes())
    return folder


def _snapshot(folder: Folder) -> list[tuple[Folder | File, Any]]:
    """Every inode with what it holds now."""
    found: list[tuple[Folder | File, Any]] = [(folder, dict(folder.entries))]
    for inode in folder.entries.values():
        found += _snapshot(inode) if isinstance(inode, Folder) else [(inode, inode.content)]
    return found


def _restored(snapshot: list[tuple[Folder | File, Any]]) -> dict[int, Any]:
    """Copies of the inodes of `snapshot`, by the identity of the originals."""
    copies: dict[int, Any] = {
        id(inode): Folder() if isinstance(inode, Folder) else File(held) for inode, held in snapshot
    }
    for inode, held in snapshot:
        if isinstance(inode, Folder):
            copies[id(inode)].entries = {name: copies[id(child)] for name, child in held.items()}
    return copies


def _flatten(folder: Folder, prefix: str, disk: Disk) -> None:
    for name, inode in folder.entries.items():
        path = f"{prefix}{name}"
        if isinstance(inode, Folder):
            disk[path] = None
            _flatten(inode, f"{path}/", disk)
        else:
            disk[path] = inode.content


def put_on_disk(disk: Disk, root: Path) -> None:
    """Make the folder `root` hold what `disk` says."""
    root.mkdir()
    for path in sorted(disk):
        content = disk[path]
        if content is None:
            (root / path).mkdir()
        else:
            (root / path).write_bytes(content)
