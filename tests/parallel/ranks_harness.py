"""Several processes for a test: forked from one that has already imported torch, and never left.

`run_ranks(function, num_ranks, ...)` gives what `function` returned on each rank. The first call
starts a process that imports torch once and nothing of the tests' own state; every later call forks
its ranks in a moment. Whatever goes wrong, all ranks end with the call, and with the test run.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1
_parent: subprocess.Popen[str] | None = None


class RankFailure(AssertionError):
    """A rank raised, died or did not end in time; carries what each of them said."""


def run_ranks(
    function: Callable[..., Any], num_ranks: int, *arguments: Any, timeout_s: float = 180.0
) -> list[Any]:
    """What `function(ranks, *arguments)` returns on each of `num_ranks` gloo ranks.

    Args:
        function: of a module that can be imported; results and arguments are what JSON can carry.
        num_ranks: processes, each with one thread.
        arguments: handed on.
        timeout_s: when all ranks are killed.

    Raises:
        RankFailure: with the traceback of the rank that failed first.
    """
    global _parent
    if _parent is None or _parent.poll() is not None:
        _parent = _start_parent()
    request = {
        "module": function.__module__,
        "name": function.__qualname__,
        "num_ranks": num_ranks,
        "arguments": arguments,
        "timeout_s": timeout_s,
    }
    assert _parent.stdin is not None and _parent.stdout is not None
    _parent.stdin.write(json.dumps(request) + "\n")
    _parent.stdin.flush()
    answer = _parent.stdout.readline()
    assert answer, "the process that forks ranks has died"
    reply = json.loads(answer)
    if "failure" in reply:
        raise RankFailure(reply["failure"])
    results: list[Any] = reply["results"]
    return results


def _start_parent() -> subprocess.Popen[str]:
    code = (
        f"import sys; sys.path[:0] = [{str(REPOSITORY)!r}, {str(REPOSITORY / 'src')!r}];"
        "from tests.parallel.ranks_harness import serve; serve()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "YANMO_LANG": "en"},
        cwd=REPOSITORY,
    )
    atexit.register(process.kill)
    return process


def serve() -> None:
    """Answer requests on standard input until it closes: the process that forks the ranks."""
    die_with_parent()

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what ranks print must not stand among the answers
    for line in sys.stdin:
        request = json.loads(line)
        with tempfile.TemporaryDirectory() as folder:
            answers.write(json.dumps(_answer(request, Path(folder))) + "\n")
        answers.flush()


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _answer(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    num_ranks = request["num_ranks"]
    importlib.import_module(request["module"])  # here, and not once more in every rank
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    children = [_fork_rank(rank, port, request, folder) for rank in range(num_ranks)]
    deadline = time.monotonic() + request["timeout_s"]
    failure = _wait(children, deadline)
    said = []
    for rank in range(num_ranks):
        path = folder / f"error{rank}"
        if path.is_file():
            said.append((path.stat().st_mtime_ns, f"rank {rank}: {path.read_text()}"))
    if failure or said:
        return {"failure": "\n".join([failure, *(text for _, text in sorted(said))])}
    return {"results": [json.loads((folder / f"result{r}").read_text()) for r in range(num_ranks)]}


def _wait(children: list[int], deadline: float) -> str:
    """Wait for all; on the first that fails, or when the time is up, kill the others. Says how
    those ended that failed by themselves."""
    alive, failures = list(children), list[str]()
    while alive:
        for child in list(alive):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                alive.remove(child)
                if status:
                    code = os.waitstatus_to_exitcode(status)
                    failures.append(f"rank {children.index(child)} ended with {code}")
                    deadline = min(deadline, time.monotonic() + 1.0)
        if alive and time.monotonic() > deadline:
            if not failures:
                late = [children.index(child) for child in alive]
                failures.append(f"ranks {late} did not end in time")
            for child in alive:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            alive = []
        time.sleep(0.005)
    return "\n".join(failures)


def _fork_rank(rank: int, port: int, request: dict[str, Any], folder: Path) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        die_with_parent()
        _run_rank(rank, port, request, folder)
        code = 0
    except BaseException:
        (folder / f"error{rank}").write_text(traceback.format_exc())
    finally:
        os._exit(code)


def _run_rank(rank: int, port: int, request: dict[str, Any], folder: Path) -> None:
    import torch

    from yanmo.parallel.ranks import Ranks, join_ranks, leave_ranks

    torch.set_num_threads(1)
    size = request["num_ranks"]
    environment = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "LOCAL_RANK": str(rank)}
    environment |= {"RANK": str(rank), "WORLD_SIZE": str(size)}
    os.environ.update(environment)
    ranks = join_ranks("cpu", environment) if size > 1 else Ranks.alone()
    function: Any = importlib.import_module(request["module"])
    for part in request["name"].split("."):
        function = getattr(function, part)
    result = function(ranks, *request["arguments"])
    (folder / f"result{rank}").write_text(json.dumps(result))
    ranks.barrier()
    leave_ranks()
