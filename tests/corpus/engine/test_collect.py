"""The end of a build can be interrupted like everything else of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.corpus.engine.conftest import build, config_of, contents

from yanmo.corpus.engine import collect


@pytest.mark.parametrize("num_moves", [12, None])
def test_a_build_that_ended_among_its_last_moves_goes_on(
    small_sources: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    num_moves: int | None,
) -> None:
    config = config_of(small_sources, workers=1)
    expected = build(config, tmp_path / "whole")
    assert any(name.startswith("clusters/") for name in expected)

    moved = []

    def move(source: Path, target: Path) -> None:
        moved.append(source)
        if len(moved) == num_moves:
            raise KeyboardInterrupt
        do_move(source, target)

    def end(_path: Path) -> None:
        raise KeyboardInterrupt

    do_move = collect._move
    with monkeypatch.context() as patch:
        patch.setattr(collect, "_move", move)
        if num_moves is None:
            patch.setattr(collect, "fsync_directory", end)
        with pytest.raises(KeyboardInterrupt):
            build(config, tmp_path / "again")
    assert contents(tmp_path / "again") != expected
    assert build(config, tmp_path / "again") == expected
