"""What the pages' commands are run with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.warm_process import WarmProcess


@pytest.fixture
def warm_commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a `yanmo` that need not load what it uses: a hundred of them are to be run."""
    folder = tmp_path_factory.mktemp("commands")
    process = WarmProcess(folder, os.environ)
    process.write_command(folder / "yanmo")
    yield folder
    process.close()
