"""`yanmo compare` as a user meets it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from tests.cli.conftest import SMALL, CommandLine
from tests.cli.test_commands import wait_until

TINY = [word for word in SMALL if not word.startswith("model.head_dim")]


def compare(text: Path | str, *options: str) -> list[str]:
    """The words of a small comparison."""
    source = (
        f"corpus.sources=[{{kind = 'files', paths = ['{text}'], max_document_characters = 400}}]"
    )
    small = [word for word in TINY if not word.startswith("corpus.sources")]
    return ["compare", "python_docs", source, *small, "--out", "run", *options]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_table_or_json_and_a_page(yanmo: CommandLine, text_file: Path) -> None:
    words = compare(text_file, "--models", "2gram,ffn", "--budget", "640 tokens")
    ended = yanmo(*words)
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert [line.split()[0] for line in lines[3:5]] in (["2gram", "ffn"], ["ffn", "2gram"])
    assert (yanmo.folder / "run" / "compare.html").is_file()
    again = yanmo(*words, "--json", "--quiet", language="zh")
    assert again.err == ""
    report = json.loads(again.out)
    assert {model["name"] for model in report["models"]} == {"2gram", "ffn"}
    assert [model["steps"] for model in report["models"] if model["kind"] == "neural"] == [10]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ctrl_c_saves_and_says_how_to_go_on(yanmo: CommandLine, text_file: Path) -> None:
    words = compare(text_file, "--models", "ffn", "--budget", "200k tokens")
    process = yanmo.start(*words)
    metrics = yanmo.folder / "run" / "compare" / "ffn" / "metrics.jsonl"
    wait_until(lambda: metrics.exists() and b"train/loss" in metrics.read_bytes(), process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Go on with: yanmo compare" in err
    assert "Traceback" not in err
    assert list(metrics.parent.glob("checkpoints/step-*"))
    ended = yanmo(*words, "--json")
    assert ended.code == 0, ended.err
    (model,) = json.loads(ended.out)["models"]
    assert model["num_resumes"] == 1


def test_what_cannot_be_compared_is_refused_before_anything_is_run(yanmo: CommandLine) -> None:
    words = ["compare", "python_docs", "--out", "run"]
    assert "Did you mean 'lstm'" in yanmo.refused(*words, "--models", "ltsm")
    assert "cannot be compared" in yanmo.refused(*words, "--models", "ngram,bert")
    assert "is no budget" in yanmo.refused(*words, "--budget", "5m")
    assert not (yanmo.folder / "run").exists()
