"""A wrong command line is answered in the reader's language, with exit code 2 and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def complain(arguments: list[str], language: str) -> str:
    """What a wrong command line prints on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "yanmo", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"YANMO_LANG": language, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        (["run"], "error: 'RECIPE' is missing", "错误：缺少 'RECIPE'"),
        (["rnu"], "Did you mean 'run'?", "是不是想写 'run'？"),
        (["runs", "shw"], "no command 'yanmo runs shw'", "没有 'yanmo runs shw' 这个命令"),
        (["zzz"], "There are: demo, run", "现有：demo、run"),
        (["run", "--nope"], "no option '--nope'", "没有 '--nope' 这个选项"),
        (["runs", "ls", "--jsn"], "did you mean --json?", "是不是想写 --json？"),
        (["generate", "m", "--seed", "x"], "the value of '--seed'", "'--seed' 的值不行"),
        (["runs"], "Usage: yanmo runs", "用法：yanmo runs"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_command_line_is_answered(arguments: list[str], english: str, chinese: str) -> None:
    assert english in complain(arguments, "en")
    assert chinese in complain(arguments, "zh")
