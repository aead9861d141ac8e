"""One learned model for all tests of the server, and a server that serves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tests.serving.learned_model import save_learned_model
from tests.serving.running import RunningServer


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that has learned a few texts by heart."""
    torch.set_num_threads(1)
    folder: Path = tmp_path_factory.mktemp("learned") / "ink"
    save_learned_model(folder)
    return folder


@pytest.fixture(scope="module")
def server(learned: Path) -> Iterator[RunningServer]:
    """A server with that model under the name `ink`."""
    running = RunningServer({"ink": learned}, ping_s=0.05)
    yield running
    running.close()
