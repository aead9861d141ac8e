"""The page Chat: models that are opened on demand, and texts that they write while one looks on.

In: requests of the page. Out: JSON, and streams of events. Knows folders below the folder of runs
only; conversations stay in the reader's browser.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import asdict
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import t
from yanmo.serving.event_stream import PING, EventStream, event_of
from yanmo.studio.folders import find_inside
from yanmo.studio.model_folders import describe_model_folder, find_model_folders
from yanmo.studio.model_shelf import ModelShelf, ShelfStatus
from yanmo.studio.settings import StudioSettings
from yanmo.studio.sweeping import sweeping
from yanmo.studio.token_labels import TokenLabels
from yanmo.studio.trace import OpenedWriter, Trace, TraceRequest, TurnFields
from yanmo.tokens.chat import load_chat
from yanmo.tokens.text_codec import load_codec

NUM_SLOTS = 4
"""Texts that an opened model has room for: two columns, and a little."""
PING_S = 10.0


class ModelName(Config):
    """A model that something is to be done with."""

    model: str
    """Its folder, seen from the folder of runs."""


class PromptRequest(Config):
    """A conversation whose prompt is wanted as the model reads it."""

    model: str
    """The model's folder, seen from the folder of runs."""
    turns: list[TurnFields] = Field(max_length=10_000)
    """The conversation."""


class DecodeRequest(Config):
    """Tokens whose text is wanted."""

    model: str
    """The model's folder, seen from the folder of runs."""
    ids: list[int] = Field(max_length=400_000)
    """The tokens."""


def open_writer(directory: Path) -> OpenedWriter:
    """Open a model folder for writing.

    Raises:
        CheckpointError, DataError, ConfigError: it cannot be opened, or writes no text.
    """
    from yanmo.inference.engine.config import EngineConfig  # torch takes long to import
    from yanmo.inference.engine.open import open_engine
    from yanmo.inference.engine.thread import EngineThread

    codec = load_codec(directory)
    try:
        chat = load_chat(directory, codec)
    except DataError:
        chat = None
    engine = EngineThread(
        open_engine(directory, EngineConfig(num_slots=NUM_SLOTS, when_full="forget"))
    )
    return OpenedWriter(engine, codec, chat, TokenLabels(codec))


@cache
def prepare() -> None:
    """Begin to import what opening a model needs, once and in a thread, so that the first model is
    open sooner."""
    wanted = "yanmo.inference.engine.open"
    threading.Thread(target=import_module, args=(wanted,), name="prepare", daemon=True).start()


def close_writer(writer: OpenedWriter) -> None:
    """Stop a model's thread and let go of its memory."""
    writer.engine.close()


class ChatModels:
    """The models below the folder of runs, and those that are open.

    Args:
        runs: the folder of runs.
        shelf: the opened ones.
    """

    def __init__(self, runs: Path, shelf: ModelShelf[OpenedWriter]) -> None:
        self.runs = runs
        self.shelf = shelf

    def directory(self, model: str) -> Path:
        """The folder of a model.

        Raises:
            NotHere: it is not below the folder of runs.
        """
        return find_inside(self.runs, model)

    def listed(self) -> dict[str, Any]:
        """All models with what one can know of them, and the memory that is free."""
        folders = []
        for folder in find_model_folders(self.runs, NUM_SLOTS):
            status = self.shelf.status(self.directory(folder.path))
            folders.append(asdict(folder) | {"status": asdict(status)})
        return {"models": folders, "free_bytes": free_bytes()}

    def described(self, model: str, status: ShelfStatus) -> dict[str, Any]:
        """One model with its state."""
        folder = describe_model_folder(self.runs.resolve(), self.directory(model), NUM_SLOTS)
        return asdict(folder) | {"status": asdict(status)}


def router_of(settings: StudioSettings) -> APIRouter:
    """The page's part of the API."""
    shelf = ModelShelf(open_writer, close_writer)
    models = ChatModels(settings.runs, shelf)
    router = APIRouter(prefix="/api", tags=["chat"], lifespan=sweeping(shelf))

    @router.get("/models")
    def list_models() -> dict[str, Any]:
        """Every model below the folder of runs; who asks for them will soon want one."""
        prepare()
        return models.listed()

    @router.post("/models/load")
    def load(request: ModelName) -> dict[str, Any]:
        """Begin to open a model; answers at once."""
        return models.described(request.model, shelf.load(models.directory(request.model)))

    @router.post("/models/status")
    def status(request: ModelName) -> dict[str, Any]:
        """How far a model is."""
        return models.described(request.model, shelf.status(models.directory(request.model)))

    @router.post("/models/unload")
    def unload(request: ModelName) -> dict[str, Any]:
        """Close a model, unless it is writing."""
        directory = models.directory(request.model)
        if not shelf.unload(directory):
            raise ConfigError(t("the model is writing; stop it first"))
        return models.described(request.model, shelf.status(directory))

    @router.post("/chat/prompt")
    def prompt(request: PromptRequest) -> dict[str, Any]:
        """A conversation as the model reads it."""
        with shelf.using(models.directory(request.model)) as writer:
            return {"tokens": writer.described(writer.chat_ids(request.turns))}

    @router.post("/chat/trace")
    async def trace(request: TraceRequest) -> EventStream:
        """Write, and tell every token's probability and alternatives; a stream of events."""
        directory = models.directory(request.model)
        use = shelf.using(directory)
        writer = await asyncio.to_thread(use.__enter__)
        try:
            begun = Trace(writer, request)
            await begun.submit()
        except BaseException:
            use.__exit__(None, None, None)
            raise

        def close() -> None:
            begun.cancel()
            use.__exit__(None, None, None)

        return EventStream(event_lines(begun), close)

    return router


async def event_lines(trace: Trace) -> AsyncIterator[bytes]:
    """The events of a trace, each as one of a stream; a comment now and then while there is none,
    so that nothing between takes the connection for dead."""
    events = trace.events()
    waiting = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=PING_S)
            if not done:
                yield PING
                continue
            event = waiting.result()
            if event is None:
                return
            yield event_of(event)
            waiting = asyncio.ensure_future(anext(events, None))
    finally:
        waiting.cancel()


def free_bytes() -> int | None:
    """Memory that programs may still take, where the system tells."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    value = fields.get("MemAvailable", "").split()
    return int(value[0]) * 1024 if value else None
