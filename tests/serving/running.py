"""A server on the loopback address, in a thread of the tests' own process."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from openai import OpenAI

from yanmo.inference.engine.config import EngineConfig
from yanmo.serving.app import build_app
from yanmo.serving.config import ServingConfig
from yanmo.serving.open_models import models_to_serve, open_models
from yanmo.serving.serving_state import ServingState

PATIENCE_S = 30.0


class RunningServer:
    """Serves models until it is closed.

    Args:
        folders: of models, by name.
        engine: settings of the engine.
        settings: of the server, beside the port.
    """

    def __init__(
        self, folders: dict[str, Path], engine: EngineConfig | None = None, **settings: Any
    ) -> None:
        self.settings = ServingConfig(log_requests=False, **settings)
        self.state = ServingState(self.settings)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        config = uvicorn.Config(
            build_app(self.state), log_config=None, access_log=False, lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if folders:
            wanted = models_to_serve(list(folders.values()), list(folders))
            engine = engine or EngineConfig(num_slots=4, num_threads=1)
            self.state.models.open(open_models(wanted, self.settings, engine, device="cpu"))

    @property
    def openai(self) -> OpenAI:
        """OpenAI's own client, which tries nothing twice."""
        key = self.settings.api_key
        return OpenAI(
            base_url=f"{self.address}/v1",
            api_key="none" if key is None else key.get_secret_value(),
            max_retries=0,
            timeout=PATIENCE_S,
        )

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """Send JSON."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(self.address + path, json=body, headers=given, timeout=PATIENCE_S)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Read a page."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.get(self.address + path, headers=given, timeout=PATIENCE_S)

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs, waits or is counted as open."""
        doors = [model.door for model in self.state.models.all() if model.door is not None]
        counts = [door.source.counts for door in doors]
        return all(one.num_running + one.num_waiting == 0 for one in counts) and all(
            door.num_open == 0 for door in doors
        )

    def close(self) -> None:
        """End it, and see that nothing was left open."""
        wait_until(lambda: self.is_idle)
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        self._listener.close()
        self.state.models.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve([self._listener]))


def wait_until(is_true: Callable[[], bool]) -> None:
    """Wait until something holds that is to happen soon."""
    until = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)
