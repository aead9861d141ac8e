"""The table of a queue has headings, and columns that line up in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from yanmo.core.text_width import cell_width
from yanmo.pipeline.queue.jobs import JobFolder
from yanmo.pipeline.queue.table import describe_jobs


@pytest.mark.parametrize(("name", "heading"), [("en", "reserved"), ("zh", "预留")])
def test_what_is_reserved_and_what_was_used_stand_apart(
    tmp_path: Path, speak: Callable[[str], None], name: str, heading: str
) -> None:
    speak(name)
    folder = JobFolder(tmp_path)
    assert describe_jobs(folder, lambda _: None) == []
    for number, priority in ((1, 0), (2, 5)):
        folder.add(
            "r.toml",
            [],
            out=tmp_path / f"run-{number}",
            priority=priority,
            memory_bytes=number * 2**30,
            num_steps=30,
        )
    folder.update(folder.find(1), peak_memory_bytes=2**29, status="running")
    head, first, second = describe_jobs(folder, lambda out: 7 if out.name == "run-1" else None)
    assert heading in head
    waiting = "waiting" if name == "en" else "等待"
    assert first.split() == ["2", "5", waiting, "2.0", "GiB", "-", "-", "run-2"]
    assert "1.0 GiB  0.5 GiB  7/30  run-1" in second
    assert len({cell_width(line[: line.index("run-")]) for line in (first, second)}) == 1
