"""A worker process: does the tasks that it is told, one after the other.

Comes in: the work folder as argument, and a line for each task on standard input. Goes out: lines
of JSON on standard output: how far it is, that a task is done, or why it cannot be done. It ends
when its standard input does, and when the process that started it has gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from yanmo.core.errors import YanmoError
from yanmo.corpus.engine.finish_task import finish_task
from yanmo.corpus.engine.job import Job, Phase
from yanmo.corpus.engine.read_task import Progress, read_task


def do_task(
    job: Job, phase: Phase, index: int, progress: Progress, *, is_watched: bool = True
) -> None:
    """Do one task; nothing happens where it has been done.

    Args:
        job: the build.
        phase: which half of the task.
        index: the task.
        progress: told how many more documents and bytes have passed.
        is_watched: this process is a worker, and may be ended by a record that hangs.
    """
    if phase == "read":
        read_task(job, index, progress, is_watched=is_watched and job.tasks[index].is_risky)
    else:
        finish_task(job, index, progress)


def serve(work_dir: Path) -> None:
    """Do tasks until there are no more lines on standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that leads
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    say = _take_standard_output()
    job = Job.load(work_dir)
    for line in sys.stdin:
        phase, index = json.loads(line)
        try:
            do_task(job, phase, index, lambda n, size: say(documents=n, bytes=size))
        except YanmoError as error:
            parts = {name: getattr(error, name) for name in ("what", "where", "why", "hint")}
            say(error={"kind": type(error).__name__, **parts})
        except OSError as error:
            say(system_error={"errno": error.errno, "text": str(error)})
        except Exception:  # a defect of ours: trying again would not help
            say(defect=traceback.format_exc())
        else:
            say(done=index)


def _take_standard_output() -> Callable[..., None]:
    """Keep standard output for messages; what a library prints goes to standard error."""
    messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(**message: Any) -> None:
        messages.write(json.dumps(message) + "\n")
        messages.flush()

    return say


def _end_with_parent(parent: int) -> None:
    """End this process when its parent has gone; its task is nobody's any more."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
