"""`yanmo predict` as a user meets it: tables, files, pipes, and refusals that help."""

from __future__ import annotations

import json
import subprocess

import pytest
from tests.cli.conftest import YANMO, CommandLine, environment
from tests.pipeline.predict.conftest import FolderMaker, make_folder, small_tokenizer

__all__ = ["make_folder", "small_tokenizer"]


@pytest.fixture
def here(yanmo: CommandLine, make_folder: FolderMaker) -> CommandLine:
    """A folder with models and files."""
    make_folder(yanmo.folder / "topic" / "model", ["topic"])
    make_folder(yanmo.folder / "spans", ["spans"])
    (yanmo.folder / "a.csv").write_text("id,text\n1,the sea\n2,白日依山\n", encoding="utf-8")
    (yanmo.folder / "broken.jsonl").write_text('{"text": "a"}\n{"text": 3}\n', encoding="utf-8")
    return yanmo


def test_a_file_is_written_with_its_predictions(here: CommandLine) -> None:
    ended = here("predict", "topic", "a.csv", "--out", "b.csv")
    assert ended.code == 0, ended.err
    assert "2 rows in b.csv" in ended.err
    lines = (here.folder / "b.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in lines] == [
        ["id", "text"],
        ["1", "the sea"],
        ["2", "白日依山"],
    ]


@pytest.mark.slow
def test_a_text_alone_and_a_pipe_give_the_same(here: CommandLine) -> None:
    alone = here("predict", "topic", "-p", "the sea", "--json", "--quiet")
    assert (alone.code, alone.err) == (0, "")
    piped = subprocess.run(
        [*YANMO, "predict", "topic", "-", "--json", "--quiet"],
        cwd=here.folder,
        env=environment("zh"),
        input="the sea\n白日依山\n".encode(),
        capture_output=True,
        timeout=200,
    )
    assert (piped.returncode, piped.stderr.decode()) == (0, "")
    rows = [json.loads(line) for line in piped.stdout.decode().splitlines()]
    assert rows[0] == json.loads(alone.out)
    assert rows[1]["text"] == "白日依山"


def test_options_that_do_not_go_together_are_refused_at_once(yanmo: CommandLine) -> None:
    assert "-p" in yanmo.refused("predict", "topic")
    assert "exclude" in yanmo.refused("predict", "topic", "a.csv", "--out", "c.csv", "--json")


@pytest.mark.slow
def test_what_is_wrong_is_told_with_file_row_and_way_out(here: CommandLine) -> None:
    assert "broken.jsonl, row 2" in here.refused("predict", "topic", "broken.jsonl")
    assert "--second" in here.refused("predict", "spans", "-p", "who?")
    assert "Did you mean 'text'" in here.refused(
        "predict", "topic", "a.csv", "--text-column", "txt"
    )
    assert "max_tokens" in here.refused("predict", "topic", "a.csv", "--max-tokens", "1")


@pytest.mark.slow
def test_a_question_is_answered_from_its_passage(here: CommandLine) -> None:
    words = ["predict", "spans", "-p", "who?", "--second", "张三到了。", "--threshold", "-1000"]
    ended = here(*words, "--json")
    assert ended.code == 0, ended.err
    answer = json.loads(ended.out)
    assert "张三到了。"[answer["prediction_start"] :].startswith(answer["prediction"])
    assert answer["prediction"]
