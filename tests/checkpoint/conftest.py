"""A tiny model and its folder, and faults of the disk at a moment of the test's choice."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from yanmo.checkpoint.model_folder import save_model_folder
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.decoder import Decoder
from yanmo.models.presets import derive_model


@pytest.fixture(params=["qwen3", "gpt2"])
def model(request: pytest.FixtureRequest) -> Decoder:
    """A random model of each family."""
    section = ModelConfig.model_validate(
        {"family": request.param, "depth": 1, "d_model": 16, "num_heads": 2, "max_seq_len": 8}
    )
    return build_model(derive_model(section, 64).config, torch.device("cpu"), seed=0).eval()


@pytest.fixture
def folder(model: Decoder, tmp_path: Path) -> Path:
    """The folder of `model`."""
    ids = {"bos": 0, "eos": 0, "pad": 1}
    save_model_folder(model, tmp_path / "model", save_tokenizer=None, special_ids=ids)
    return tmp_path / "model"


class InjectedFaults:
    """Counts the operations on the disk and calls `fault(operation)` before number `at`.

    Operations are those that change the disk: open for writing, write, fsync, mkdir, rename,
    replace, unlink, rmdir. Half of a write reaches the disk before its fault.
    """

    def __init__(self, patch: pytest.MonkeyPatch, at: int, fault: Callable[[str], None]) -> None:
        self.count = 0
        self._at = at
        self._fault = fault
        for name in ("fsync", "mkdir", "rename", "replace", "unlink", "rmdir"):
            patch.setattr(os, name, self._counted(name, getattr(os, name)))
        patch.setattr(Path, "open", self._counted_open(Path.open))

    def step(self, operation: str) -> None:
        """Count one operation, and fail if its turn has come."""
        self.count += 1
        if self.count == self._at:
            self._fault(operation)

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.step(name)
            return function(*args, **kwargs)

        return counted

    def _counted_open(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def opened(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if not set(mode) & set("wxa"):
                return function(path, mode, *args, **kwargs)
            self.step("open")
            return _FaultyFile(function(path, mode, *args, **kwargs), self)

        return opened


class _FaultyFile:
    """A file whose write may stop halfway."""

    def __init__(self, file: Any, faults: InjectedFaults) -> None:
        self._file = file
        self._faults = faults

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, content: bytes) -> None:
        half = len(content) // 2
        self._file.write(content[:half])
        self._file.flush()
        self._faults.step("write")
        self._file.write(content[half:])


@pytest.fixture
def inject(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A context in which disk operation number `at` meets `fault`."""

    @contextmanager
    def faults(at: int, fault: Callable[[str], None]) -> Iterator[InjectedFaults]:
        with monkeypatch.context() as patch:
            yield InjectedFaults(patch, at, fault)

    return faults
