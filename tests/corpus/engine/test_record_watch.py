"""A record that ends its process is left out after the second time, and no other one is."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

READ_TWO_RECORDS = """
import sys, time
from pathlib import Path
from yanmo.corpus.engine.record_watch import RecordWatch
with RecordWatch(Path(sys.argv[1]), max_record_s=0.2) as watch:
    assert watch.may_read("pages.warc", 10)
    watch.close_record()
    if watch.may_read("pages.warc", 20):
        {what_happens}
    else:
        print("left out")
    assert watch.may_read("pages.warc", 30)
"""
HANGS_IN_C = "import re; re.match('(a*)*b', 'a' * 64)"
ENDS_THE_PROCESS = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"


@pytest.mark.parametrize(
    ("what_happens", "killed_by"),
    [(HANGS_IN_C, signal.SIGALRM), (ENDS_THE_PROCESS, signal.SIGSEGV)],
)
def test_a_record_is_tried_twice(
    tmp_path: Path, what_happens: str, killed_by: signal.Signals
) -> None:
    script = READ_TWO_RECORDS.format(what_happens=what_happens)
    runs = [
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "diary")], capture_output=True, text=True
        )
        for _ in range(3)
    ]
    assert [run.returncode for run in runs] == [-killed_by, -killed_by, 0]
    assert "left out" in runs[2].stdout


def test_a_worker_that_is_killed_between_records_blames_none(tmp_path: Path) -> None:
    script = READ_TWO_RECORDS.format(
        what_happens="watch.close_record(); import os; os.kill(os.getpid(), 9)"
    )
    for _ in range(3):
        run = subprocess.run([sys.executable, "-c", script, str(tmp_path / "diary")])
        assert run.returncode == -signal.SIGKILL
