"""No command opens a network connection: the whole life and a generation, with the network shut."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SHUT = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind"):
        raise AssertionError(f"{event} {arguments}")
sys.addaudithook(refuse)
from yanmo.cli.main import main
main()
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
    for command in (
        ["demo", *SMALL],
        ["generate", model, "-p", "Return the", "-n", "4"],
        ["plan", "python_docs", "--no-probe"],
        ["doctor"],
        ["ls"],
        ["runs", "show", "runs/python_docs"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", SHUT, *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env=os.environ.copy(),
        )
        assert done.returncode == 0, done.stderr
