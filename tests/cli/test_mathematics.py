"""`yanmo math`: every example, one of them, as JSON, in Chinese."""

from __future__ import annotations

import json

from tests.cli.conftest import CommandLine

NAMES = [
    *("embedding", "softmax", "attention", "heads", "positions", "block", "feed_forward"),
    *("network", "cross_entropy", "first_loss"),
]


def test_all_examples_are_printed_with_their_numbers(yanmo: CommandLine) -> None:
    ended = yanmo("math")
    assert ended.code == 0, ended.err
    titles = [line.split(":")[0] for line in ended.out.splitlines() if line[:1].isalpha()]
    assert titles == NAMES
    for shown in ("h = 0.6700  0.9900", "z = 1.3610  1.7930", "loss = 0.9323", "loss = 0.5003"):
        assert shown in ended.out


def test_one_example_is_printed_alone_and_in_chinese(yanmo: CommandLine) -> None:
    ended = yanmo("math", "first_loss", language="zh")
    assert ended.out.startswith("first_loss: 训练开始时的损失应该是多少\n")
    assert "loss = 0.6931   2.3026   9.0109  10.8249" in ended.out
    assert "softmax" not in ended.out


def test_machines_read_the_numbers_in_full(yanmo: CommandLine) -> None:
    examples = json.loads(yanmo("math", "cross_entropy", "--json").out)
    steps = {k: v for step in examples["cross_entropy"]["steps"] for k, v in step["values"].items()}
    assert abs(steps["z"][1] - 1.793) < 1e-12


def test_an_unknown_example_is_refused_with_the_nearest_name(yanmo: CommandLine) -> None:
    assert "Did you mean 'attention'?" in yanmo.refused("math", "atention")
