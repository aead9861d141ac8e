"""A process that has loaded what commands load, and runs each command in a fork of itself.

A command of the tests takes a tenth of a second, and seconds before that to load torch and all of
yanmo. Here that happens once for each language. A command still has a process of its own, with its
own folder, environment, standard streams and exit code; what starting costs, and which modules a
command loads, is for `test_start.py` and `test_commands.py`, which start fresh ones.

This file is both sides: `WarmProcess` in the tests, `serve` in the process, and `ask` between them,
also for `write_command`, a `yanmo` for shells. It knows nothing of what a command does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

LIBRARIES = ("torch", "torch._dynamo", "pyarrow.parquet", "numba")
"""`torch._dynamo` is what an optimiser loads when it is made."""
NOT_BEFORE = ("yanmo.cli", "yanmo.__main__", "yanmo.evaluation.harness_model")
"""Modules that are loaded by the command itself: pages of help are written when they load."""


_WAIT_S = 100.0


def ask(
    address: str,
    words: Sequence[str],
    *,
    folder: str,
    environment: Mapping[str, str],
    streams: tuple[int, int, int],
    timeout_s: float | None = None,
    on_start: Callable[[int], object] = lambda _: None,
) -> int:
    """Run `yanmo WORDS` in `folder` to its end; the exit code.

    Args:
        address: socket of the process.
        streams: descriptors of its standard input, output and error.
        timeout_s: longest that it may take.
        on_start: is given the number of its process.

    Raises:
        TimeoutError: it did not end in time; it is killed.
    """
    request = {"words": list(words), "folder": folder, "environment": dict(environment)}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_WAIT_S)
        connection.connect(address)
        socket.send_fds(connection, [b" "], streams)
        connection.sendall(json.dumps(request).encode())
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as replies:
            pid = int(replies.readline())
            on_start(pid)
            connection.settimeout(timeout_s)
            try:
                return int(replies.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise


class WarmProcess:
    """One process that serves commands.

    Args:
        folder: an empty one, for its socket.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.address = str(folder / "socket")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.address)
            listener.listen(64)
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(listener.fileno())],
                env=environment,
                stdin=subprocess.PIPE,  # its end is the end of the process
                pass_fds=[listener.fileno()],
            )

    def write_command(self, path: Path) -> None:
        """Write a `yanmo` for shells, which passes signals on."""
        lines = [
            f"#!{sys.executable} -IS",
            "import sys",
            f"sys.path.insert(0, {str(Path(__file__).parent)!r})",
            "from warm_process import ask_from_shell",
            f"ask_from_shell({self.address!r})",
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(0o755)

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)


def ask_from_shell(address: str) -> None:
    """Be a command of a shell."""

    def pass_signals_on(pid: int) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: os.kill(pid, number))

    code = ask(
        address,
        sys.argv[1:],
        folder=str(Path.cwd()),
        environment=os.environ,
        streams=(0, 1, 2),
        on_start=pass_signals_on,
    )
    sys.exit(code if code >= 0 else 128 - code)


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


def serve(listener: socket.socket) -> Mapping[str, Any] | None:
    """Fork for every request; the request in the fork, None when standard input ends."""
    while True:
        ready, _, _ = select.select([listener, 0], [], [])
        if listener not in ready:
            return None
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return _command_or_its_keeper(connection)
        connection.close()


def _command_or_its_keeper(connection: socket.socket) -> Mapping[str, Any]:
    """Fork once more: the command goes on, its keeper waits and tells how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rb") as sent:
        request = json.loads(sent.read())
    pid = os.fork()
    if pid == 0:
        connection.close()
        return {**request, "streams": streams}
    for stream in streams:
        os.close(stream)
    try:
        connection.sendall(f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    except BrokenPipeError:
        os.waitpid(pid, 0)  # whoever asked is gone
    finally:
        os._exit(0)


def become(request: Mapping[str, Any]) -> None:
    """Take on what a process of its own would have been given."""
    for number, stream in enumerate(request["streams"]):
        os.dup2(stream, number)
        os.close(stream)
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
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are not waited for
    asked = serve(socket.socket(fileno=int(sys.argv[1])))
    if asked is not None:
        become(asked)
        run()
