"""`yanmo sweep` as a user meets it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from tests.cli.conftest import SMALL, CommandLine
from tests.cli.test_commands import wait_until

LENGTHS = ("pretrain.steps", "model.d_model", "model.head_dim", "corpus.sources")


def sweep(text: Path | str, *words: str) -> list[str]:
    """The words of a small sweep on `text`."""
    source = (
        f"corpus.sources=[{{kind = 'files', paths = ['{text}'], max_document_characters = 400}}]"
    )
    small = [word for word in SMALL if not word.startswith(LENGTHS)]
    return ["sweep", source, *small, *words, "--out", "sweep"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_width_sweep_prints_a_table_and_says_where_the_rest_is(
    yanmo: CommandLine, text_file: Path
) -> None:
    words = sweep(text_file, "d_model=16,32", "steps=6")
    ended = yanmo(*words)
    assert ended.code == 0, ended.err
    header, *rows = ended.out.splitlines()[:3]
    assert all(word in header for word in ("bits per byte", "perplexity", "parameters", "seconds"))
    assert {row.split()[0] for row in rows} == {"d_model=16", "d_model=32"}
    assert "trial 2/2: d_model=32" in ended.err
    assert "taken from another run: corpus, tokenizer, tokens" in ended.err
    assert "best recipe: sweep/best.toml" in ended.out
    again = yanmo(*words, "--json", "--quiet", language="zh")
    assert (again.code, again.err) == (0, "")
    report = json.loads(again.out)
    assert [trial["status"] for trial in report["trials"]] == ["done", "done"]
    done = json.loads(yanmo(*words, "--dry-run", "--json").out)
    assert done == {"d_model=16": "up to date", "d_model=32": "up to date"}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_sweep_that_is_stopped_goes_on_in_the_middle_of_its_trial(
    yanmo: CommandLine, text_file: Path
) -> None:
    words = sweep(text_file, "d_model=16,24", "steps=60", "pretrain.checkpoint_every=10")
    second = yanmo.folder / "sweep" / "trials" / "d_model=24" / "pretrain"
    process = yanmo.start(*words)
    wait_until(lambda: any(second.glob("checkpoints/step-*")), process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Go on with: yanmo sweep" in err
    assert "Traceback" not in err
    ended = yanmo(*words, "--json")
    assert ended.code == 0, ended.err
    assert "d_model=16" not in ended.err  # it was finished
    report = json.loads(ended.out)
    assert [trial["status"] for trial in report["trials"]] == ["done", "done"]
    counts = json.loads((second / "manifest.json").read_text(encoding="utf-8"))["counts"]
    assert counts["num_resumes"] == 1


def test_what_makes_no_sense_is_refused_before_anything_is_run(yanmo: CommandLine) -> None:
    assert "nothing is varied" in yanmo.refused("sweep", "python_docs", "steps=10")
    assert "there is no stage" in yanmo.refused("sweep", "d_model=32,64", "--until", "tokens")
    planned = yanmo("sweep", "d_model=32,64", "--dry-run")
    assert planned.out.splitlines() == ["d_model=32", "d_model=64"]
    assert not (yanmo.folder / "runs").exists()
