"""Models that are opened on demand: once, by several at the same time, and not for ever."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from yanmo.core.errors import CheckpointError, RunError
from yanmo.studio.model_shelf import ModelShelf

PATIENCE_S = 30.0
FOLDER = Path("runs/ink/model")


class Models:
    """Opens and closes names, and remembers; `gate` holds an opening back."""

    def __init__(self) -> None:
        self.opened: list[Path] = []
        self.closed: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.is_broken = False

    def open(self, directory: Path) -> str:
        """Open a folder."""
        self.opened.append(directory)
        assert self.gate.wait(PATIENCE_S)
        if self.is_broken:
            raise CheckpointError("the weights are damaged", where=str(directory))
        return directory.name

    def close(self, name: str) -> None:
        """Close it again."""
        self.closed.append(name)

    def shelf(self, idle_s: float = 1000.0) -> ModelShelf[str]:
        """An empty shelf."""
        return ModelShelf(self.open, self.close, idle_s)


def test_a_model_is_opened_once_for_all_who_use_it() -> None:
    models = Models()
    shelf = models.shelf()
    seen: list[str] = []

    def use() -> None:
        with shelf.using(FOLDER) as name:
            seen.append(name)

    users = [threading.Thread(target=use) for _ in range(8)]
    for user in users:
        user.start()
    for user in users:
        user.join(PATIENCE_S)
    assert seen == ["model"] * 8
    assert models.opened == [FOLDER]
    assert shelf.status(FOLDER).state == "ready"
    assert shelf.status(FOLDER).num_users == 0


def test_loading_does_not_wait() -> None:
    models = Models()
    models.gate.clear()
    shelf = models.shelf()
    assert shelf.load(FOLDER).state == "loading"
    assert shelf.load(FOLDER).state == "loading"
    models.gate.set()
    with shelf.using(FOLDER):
        assert shelf.status(FOLDER).num_users == 1
    assert models.opened == [FOLDER]


def test_what_is_used_stays_and_what_is_idle_goes() -> None:
    models = Models()
    shelf = models.shelf(idle_s=0.0)
    with shelf.using(FOLDER):
        assert shelf.close_idle() == []
        assert not shelf.unload(FOLDER)
    assert shelf.close_idle() == [FOLDER]
    assert models.closed == ["model"]
    assert shelf.status(FOLDER).state == "absent"
    with shelf.using(FOLDER) as name:
        assert name == "model"
    assert len(models.opened) == 2


def test_a_model_that_cannot_be_opened_says_why_and_can_be_tried_again() -> None:
    models = Models()
    models.is_broken = True
    shelf = models.shelf()
    with pytest.raises(RunError, match="damaged"), shelf.using(FOLDER):
        pass
    assert shelf.status(FOLDER).state == "failed"
    assert "damaged" in (shelf.status(FOLDER).problem or "")
    models.is_broken = False
    with shelf.using(FOLDER) as name:
        assert name == "model"


def test_what_is_unloaded_while_it_is_opened_is_closed_when_it_is_open() -> None:
    models = Models()
    models.gate.clear()
    closed = threading.Event()
    shelf: ModelShelf[str] = ModelShelf(models.open, lambda _: closed.set())
    shelf.load(FOLDER)
    assert shelf.unload(FOLDER)
    models.gate.set()
    assert closed.wait(PATIENCE_S)
    assert shelf.status(FOLDER).state == "absent"


def test_closing_the_shelf_closes_all() -> None:
    models = Models()
    shelf = models.shelf()
    for name in ("a", "b"):
        with shelf.using(Path(name)):
            pass
    shelf.close()
    assert sorted(models.closed) == ["a", "b"]
