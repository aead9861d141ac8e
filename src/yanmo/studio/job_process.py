"""The process that watches one job: it runs the command, and writes down how it ended.

Started as `python -m yanmo.studio.job_process RUN_DIR` in a session of its own, with its output
going to the job's log. It outlives the studio, so that the end of a run is known to whoever looks
later. Knows processes and `job.json`, nothing of what is run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from yanmo.studio.jobs import read_job, write_job


def main() -> None:
    """Run the job of the folder that is named."""
    run_dir = Path(sys.argv[1])
    job = read_job(run_dir)
    assert job is not None, f"no job in {run_dir}"
    # Whoever started the studio in the background has its children ignore Ctrl-C; a run that is to
    # be stopped must hear it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen([sys.executable, "-m", "yanmo", *job.command])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGTERM))
    job = replace(job, pid=os.getpid(), child=process.pid)
    write_job(run_dir, job)
    exit_code = process.wait()
    write_job(run_dir, replace(job, exit_code=exit_code, ended_at=time.time()))


if __name__ == "__main__":
    main()
