"""Memory that a process and all that it has started hold now, as Linux tells it under /proc."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def memory_of_tree(pid: int) -> int:
    """Resident bytes of `pid` and its descendants; shared pages count for each (an upper bound).
    0 where the process is gone, or the system has no /proc."""
    if not _PROC.is_dir():
        return 0
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            parent = _parent_of(entry)
            if parent is not None:
                children.setdefault(parent, []).append(int(entry.name))
    total, open_pids = 0, [pid]
    while open_pids:
        current = open_pids.pop()
        total += _resident_bytes(current)
        open_pids += children.get(current, [])
    return total


def _parent_of(entry: Path) -> int | None:
    try:
        fields = (entry / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:  # it has just ended
        return None
    return int(fields.rpartition(")")[2].split()[1])  # the name before may hold anything


def _resident_bytes(pid: int) -> int:
    try:
        pages = (_PROC / str(pid) / "statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
