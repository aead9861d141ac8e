"""`yanmo math`: every example, one of them, as JSON, in Chinese."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.cli.conftest import CommandLine

from yanmo.cli.mathematics import print_examples
from yanmo.pipeline.worked_examples import NAMES


def test_all_examples_are_printed_with_their_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    print_examples()
    out = capsys.readouterr().out
    titles = [line.split(":")[0] for line in out.splitlines() if line[:1].isalpha()]
    assert titles == list(NAMES)
    for shown in ("h = 0.6700  0.9900", "z = 1.3610  1.7930", "loss = 0.9323", "loss = 0.5003"):
        assert shown in out


def test_one_example_is_printed_alone_and_in_chinese(
    capsys: pytest.CaptureFixture[str], speak: Callable[[str], None]
) -> None:
    speak("zh")
    print_examples("first_loss")
    out = capsys.readouterr().out
    assert out.startswith("first_loss: 训练开始时的损失应该是多少\n")
    assert "loss = 0.6931   2.3026   9.0109  10.8249" in out
    assert "softmax" not in out


def test_machines_read_the_numbers_in_full(yanmo: CommandLine) -> None:
    ended = yanmo("math", "cross_entropy", "--json")
    assert ended.code == 0, ended.err
    examples = json.loads(ended.out)
    steps = {k: v for step in examples["cross_entropy"]["steps"] for k, v in step["values"].items()}
    assert abs(steps["z"][1] - 1.793) < 1e-12


def test_an_unknown_example_is_refused_with_the_nearest_name(yanmo: CommandLine) -> None:
    assert "Did you mean 'attention'?" in yanmo.refused("math", "atention")
