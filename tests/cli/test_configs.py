"""A section of many kinds is explained by its kinds first."""

from __future__ import annotations

from typing import get_args

import pytest

from yanmo.cli.configs import ENTRIES, explain
from yanmo.core.page.speaking import speaking
from yanmo.core.reference import explain_key
from yanmo.pipeline.recipe import Recipe
from yanmo.tasks.task import TaskKind


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_kinds_of_tasks_are_told_before_their_keys(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with speaking("zh" if language == "zh" else "en"):
        explain("tasks")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 20
    told = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if line.startswith("  ")}
    assert told.keys() == {*get_args(TaskKind)}
    assert all(text.isascii() == (language == "en") for text in told.values())
    assert "yanmo config explain tasks.classification" in lines[-2]


@pytest.mark.parametrize("key", ENTRIES)
def test_what_the_kinds_point_to_is_explained(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    explain(key)
    one, everything = (
        line.rpartition(" ")[2] for line in capsys.readouterr().out.splitlines()[-2:]
    )
    assert len(explain_key(Recipe, one)) < len(explain_key(Recipe, everything)) / 2
