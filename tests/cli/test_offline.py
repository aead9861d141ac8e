"""No command opens a network connection: the whole life and a generation, with the network shut."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import REPOSITORY

SHUT = """
import json, os, sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind"):
        raise AssertionError(f"{event} {arguments}")
sys.addaudithook(refuse)
sys.path.insert(0, sys.argv[1])
from tests.cli.warm_process import load
load()  # once for all commands
for words in json.loads(sys.argv[2]):
    if os.fork() == 0:
        sys.argv = ["yanmo", *words]
        from yanmo.cli.main import main
        main()
    _, status = os.wait()
    if status:
        sys.exit(f"{words} ended with {status}")
"""
SMALL = (
    "corpus.sources.0.max_bytes=600000",
    "tokenizer.vocab_size=1024",
    "model.preset=none",
    "model.depth=1",
    "model.d_model=64",
    "model.max_seq_len=256",
    "tasks.modules.max_examples={ train = 16, validation = 4, test = 4 }",
    "tasks.summaries.max_examples={ train = 16, validation = 4, test = 4 }",
    "finetune.modules.length.max_tokens=64",
    "finetune.summaries.length.max_tokens=256",
    "pretrain.steps=2",
    "pretrain.schedule.warmup_steps=1",
    "pretrain.batch_rows=4",
    "evaluate.max_tokens=500",
)


@pytest.mark.slow
def test_nothing_connects_to_a_network(tmp_path: Path) -> None:
    model = "runs/python_docs/pretrain/model"
    commands = (
        ["demo", *SMALL],
        ["generate", model, "-p", "Return the", "-n", "4"],
        ["plan", "python_docs", "--no-probe"],
        ["doctor"],
        ["ls"],
        ["runs", "show", "runs/python_docs"],
    )
    done = subprocess.run(
        [sys.executable, "-c", SHUT, str(REPOSITORY), json.dumps(commands)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ.copy(),
    )
    assert done.returncode == 0, done.stderr
    for written in ("report.html", "finetune/summaries/evaluate/report.json"):
        assert (tmp_path / "runs" / "python_docs" / written).is_file()


def test_a_command_that_asks_for_a_name_is_noticed(tmp_path: Path) -> None:
    asking = SHUT.replace("\nload()", "\n").replace(
        "main()", "__import__('socket').getaddrinfo('localhost', 80)"
    )
    done = subprocess.run(
        [sys.executable, "-c", asking, str(REPOSITORY), '[["ls"]]'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "AssertionError: socket.getaddrinfo" in done.stderr
