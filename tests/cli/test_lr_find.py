"""`yanmo lr-find` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import SMALL, CommandLine


@pytest.mark.parametrize(
    ("language", "words"), [("en", "there is no range from 1.0 to 0.1"), ("zh", "不成范围")]
)
def test_range_that_is_none_is_refused(yanmo: CommandLine, language: str, words: str) -> None:
    ended = yanmo("lr-find", "python_docs", "--low", "1", "--high", "0.1", language=language)
    assert ended.code == 2
    assert words in ended.err


@pytest.mark.slow
def test_sweep_for_machines_parses_and_leaves_its_files(
    yanmo: CommandLine, text_file: Path
) -> None:
    sources = f'corpus.sources=[{{kind = "files", paths = ["{text_file}"]}}]'
    ended = yanmo(
        "lr-find", "python_docs", sources, *SMALL, "--steps", "20", "--out", "run", "--json"
    )
    assert ended.code == 0, ended.err
    report = json.loads(ended.out)
    assert len(report["points"]) <= 20
    assert (yanmo.folder / "run" / "lr-find" / "curve.svg").is_file()
    assert not (yanmo.folder / "run" / "pretrain").exists()
