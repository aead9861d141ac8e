"""The command that is shown is one that the model of the task understands."""

from __future__ import annotations

from pathlib import Path

import pytest

from yanmo.pipeline.predict.command import predict_command


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("classification", '-p "..."'),
        ("translation", '-p "..."'),
        ("questions", '-p "..." --second "..."'),
        ("similarity", '-p "..." --second "..."'),
        ("speech", "recording.wav"),
    ],
)
def test_each_kind_is_asked_for_what_it_reads(kind: str, words: str) -> None:
    assert predict_command(Path("run/x"), kind) == f"yanmo predict run/x {words}"


def test_names_are_quoted_and_one_of_several_heads_is_named() -> None:
    line = predict_command(Path("my run/x"), "entities", "the names")
    assert line == "yanmo predict 'my run/x' --head 'the names' -p \"...\""
