"""`yanmo generate` and `yanmo embed` on folders of other software, with the network shut."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import transformers
from tests.inference.outside_models import save_gpt2

from .conftest import CommandLine

SHUT = """
import sys
def refuse(event, arguments):
    if event.startswith("socket."):
        raise AssertionError(f"{event} {arguments}")
sys.addaudithook(refuse)
from yanmo.cli.main import main
main()
"""


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gpt2")
    save_gpt2(folder)
    return folder


def shut(*words: str | Path, text: str = "") -> str:
    """Standard output of a command that is killed by its first touch of a socket."""
    done = subprocess.run(
        [sys.executable, "-c", SHUT, *map(str, words)],
        input=text.encode(),
        capture_output=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=200,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_a_gpt2_folder_writes_what_transformers_writes(gpt2: Path) -> None:
    prompt = "The river 白日"
    found = json.loads(
        shut("generate", gpt2, "-p", prompt, "-n", "12", "--temperature", "0", "--json")
    )
    tokenizer = transformers.AutoTokenizer.from_pretrained(gpt2)
    model = transformers.GPT2LMHeadModel.from_pretrained(gpt2)
    inputs = tokenizer(prompt, return_tensors="pt")
    out = model.generate(**inputs, max_new_tokens=12, do_sample=False)
    new = out[0, inputs.input_ids.shape[1] :]
    assert found["text"] == tokenizer.decode(new, skip_special_tokens=True)


def test_lines_become_vectors(gpt2: Path, tmp_path: Path) -> None:
    text = "Hello, world!\n\n白日依山尽\n"
    rows = [json.loads(line) for line in shut("embed", gpt2, "-", text=text).splitlines()]
    (tmp_path / "x.txt").write_text(text, encoding="utf-8")
    shut("embed", gpt2, tmp_path / "x.txt", "--out", tmp_path / "x.npy", "--quiet")
    np.testing.assert_array_equal(np.array(rows, np.float32), np.load(tmp_path / "x.npy"))
    assert len(rows) == 3


def test_wrong_options_are_told(yanmo: CommandLine, gpt2: Path) -> None:
    assert "pooling" in yanmo.refused("embed", gpt2, "x.txt", "--pooling", "sum")
    assert "tpu" in yanmo.refused("embed", gpt2, "x.txt", "--device", "tpu")
