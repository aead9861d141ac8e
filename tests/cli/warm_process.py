"""A process that has loaded what commands load, and runs each command in a fork of itself.

A command of the tests takes a tenth of a second, and seconds before that to load torch and all of
yanmo. Here that happens once for each language. A command still has a process of its own, with its
own folder, environment, output and exit code; what starting costs, and which modules a command
loads, is for `test_start.py` and `test_commands.py`, which start fresh ones.

This file is both sides: `WarmProcess` in the tests, `serve` in the process. It knows nothing of
what a command does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIBRARIES = ("torch", "pyarrow.parquet", "numba")
NOT_BEFORE = ("yanmo.cli", "yanmo.__main__", "yanmo.evaluation.harness_model")
"""Modules that are loaded by the command itself: pages of help are written when they load."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


class WarmProcess:
    """The tests' side: one process that serves commands one after the other."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        to_serve, self._requests = os.pipe()
        self._replies, to_reply = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(to_serve), str(to_reply)],
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=(to_serve, to_reply),
        )
        os.close(to_serve)
        os.close(to_reply)

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def __call__(
        self,
        words: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        output: Path,
        timeout_s: float,
    ) -> Ended:
        """Run `yanmo WORDS` in `folder` to its end.

        Args:
            output: an empty folder for what it prints.

        Raises:
            TimeoutExpired: it did not end in time; it is killed.
        """
        out, err = output / "out", output / "err"
        request = {
            "words": list(words),
            "folder": str(folder),
            "environment": dict(environment),
            "out": str(out),
            "err": str(err),
        }
        os.write(self._requests, json.dumps(request).encode() + b"\n")
        pid = int(self._reply(words, 60.0))
        try:
            code = int(self._reply(words, timeout_s))
        except subprocess.TimeoutExpired:
            os.kill(pid, signal.SIGKILL)
            self.close()
            raise
        return Ended(code, out.read_bytes().decode(), err.read_bytes().decode())

    def _reply(self, words: Sequence[str], timeout_s: float) -> bytes:
        ready, _, _ = select.select([self._replies], [], [], timeout_s)
        if not ready:
            raise subprocess.TimeoutExpired(list(words), timeout_s)
        line = b""
        while not line.endswith(b"\n"):
            read = os.read(self._replies, 1)
            assert read, "the process that runs commands has ended"
            line += read
        return line

    def close(self) -> None:
        """End the process."""
        os.close(self._requests)
        os.close(self._replies)
        self._process.wait(30)


def load() -> None:
    """What commands load, apart from the command line itself."""
    from importlib import import_module
    from pkgutil import walk_packages

    for library in LIBRARIES:
        import_module(library)
    package = import_module("yanmo")
    for module in walk_packages(package.__path__, "yanmo."):
        if not module.name.startswith(NOT_BEFORE):
            import_module(module.name)


def serve(requests: int, replies: int) -> dict[str, Any] | None:
    """Fork for every request; the request in the fork, None at the end of them."""
    with os.fdopen(requests, "rb") as lines:
        while line := lines.readline():
            pid = os.fork()
            if pid == 0:
                os.close(replies)
                return json.loads(line)  # type: ignore[no-any-return]
            os.write(replies, f"{pid}\n".encode())
            _, status = os.waitpid(pid, 0)
            os.write(replies, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    return None


def become(request: Mapping[str, Any]) -> None:
    """Take on what a process of its own would have been given."""
    for number, name in ((1, "out"), (2, "err")):
        opened = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["yanmo", *request["words"]]
    more = os.environ.get("PYTHONPATH")
    sys.path[:1] = [request["folder"], *(more.split(os.pathsep) if more else ())]


def run() -> None:
    """The command and what it left for its end; then all memory at once, which is quicker than
    module by module."""
    code = 1
    try:
        from yanmo.cli.main import main

        main()
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        threading._shutdown()  # type: ignore[attr-defined]  # as the interpreter does at its end
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    load()
    gc.freeze()  # or every fork would copy it all
    asked = serve(int(sys.argv[1]), int(sys.argv[2]))
    if asked is not None:
        become(asked)
        run()
