"""Makes the fixture run reachable for the tests beside it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def fixture_run() -> ModuleType:
    """The module `fixture_run.py` of this folder."""
    path = Path(__file__).with_name("fixture_run.py")
    spec = importlib.util.spec_from_file_location("report_fixture_run", path)
    assert spec is not None and spec.loader is not None, "the file lies beside this one"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def write_run(fixture_run: ModuleType) -> Callable[..., Path]:
    """`fixture_run.write_run`."""
    write: Callable[..., Path] = fixture_run.write_run
    return write
