"""A server from its start to its end: it listens at once, loads its models, serves, and drains.

In: settings and models to open. Out: an exit code. SIGTERM and Ctrl-C let running requests finish;
a second one ends them.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from yanmo.core.console import Console
from yanmo.core.errors import ConfigError
from yanmo.core.files import write_atomically
from yanmo.core.messages import listed, t
from yanmo.serving.app import build_app
from yanmo.serving.config import ServingConfig
from yanmo.serving.served_model import ServedModel
from yanmo.serving.serving_state import ServingState

INTERRUPTED = 130
_LAST_WORDS_S = 2.0
"""Time that connections have after the last request was answered or ended."""


def serve(
    settings: ServingConfig,
    load: Callable[[], list[ServedModel]],
    console: Console,
    address_file: Path | None = None,
) -> int:
    """Serve until somebody says stop; the exit code.

    Args:
        settings: of the server.
        load: opens the models; called in a thread while the server already listens.
        console: tells where the server is to be found.
        address_file: is written with the address once requests are taken, and removed at the end.

    Raises:
        ConfigError: the address is taken or not there.
        YanmoError: a model cannot be opened.
    """
    listener = _listen(settings)
    try:
        return asyncio.run(_Server(settings, load, console, address_file).run(listener))
    finally:
        if address_file is not None:
            address_file.unlink(missing_ok=True)


class _Quiet(uvicorn.Server):
    """uvicorn without its own idea of signals: it would stop listening before it has drained."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Server:
    def __init__(
        self,
        settings: ServingConfig,
        load: Callable[[], list[ServedModel]],
        console: Console,
        address_file: Path | None,
    ) -> None:
        self._address_file = address_file
        self._settings = settings
        self._load = load
        self._console = console
        self._state = ServingState(settings)
        self._stop = asyncio.Event()
        self._num_signals = 0
        self._uvicorn = _Quiet(
            uvicorn.Config(
                build_app(self._state),
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=int(_LAST_WORDS_S),
                h11_max_incomplete_event_size=64 << 10,
            )
        )

    async def run(self, listener: socket.socket) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._take_signal)
        serving = asyncio.create_task(self._uvicorn.serve([listener]))
        try:
            await self._open_models(_address(listener, self._settings.host))
            await self._stop.wait()
            return await self._drain()
        finally:
            self._uvicorn.should_exit = True
            await serving
            await asyncio.to_thread(self._state.models.close)

    def _take_signal(self) -> None:
        self._num_signals += 1
        self._stop.set()

    async def _open_models(self, address: str) -> None:
        loading = asyncio.create_task(asyncio.to_thread(self._load))
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait((loading, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not loading.done():
            return  # stopped while loading: the thread's work is thrown away
        models = loading.result()
        self._state.models.open(models)
        for model in models:
            about = f" ({model.about})" if model.about else ""
            self._console.note(
                t("{name}: {kind}{about}", name=model.name, kind=model.kind, about=about)
            )
        names = listed([model.name for model in models])
        self._console.note(t("serving {names} at {address}", names=names, address=address))
        if self._address_file is not None:
            write_atomically(self._address_file, address.encode("utf-8"))

    async def _drain(self) -> int:
        """Let running requests finish; 0, or 130 where somebody could not wait."""
        models = self._state.models
        models.state = "draining"
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.drain_s
        if self._state.num_active:
            self._console.note(
                t(
                    "{count} {count:request is|requests are} being answered; ending in"
                    " {seconds:.0f} s at the latest",
                    count=self._state.num_active,
                    seconds=self._settings.drain_s,
                )
            )
        while self._state.num_active and loop.time() < until and self._num_signals < 2:
            await asyncio.sleep(0.05)
        if self._state.num_active:
            # Those that still run are told so: their streams end with an error.
            await asyncio.to_thread(models.close)
            await asyncio.sleep(0.1)
        return INTERRUPTED if self._num_signals >= 2 else 0


def _listen(settings: ServingConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            t("cannot listen at {host}:{port}", host=settings.host, port=settings.port),
            where="--port",
            why=error.strerror or str(error),
            hint=t("Choose another port, or 0 for any that is free."),
        ) from error
    listener.listen(2048)
    return listener


def _address(listener: socket.socket, host: str) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}/v1"
