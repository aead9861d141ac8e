"""Commands in use: what machines read, what is left alone, how a stopped run goes on."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import SMALL, YANMO, CommandLine, environment

from yanmo.core.manifest import read_manifest

STAGES = ("corpus", "tokenizer", "tokens", "pretrain", "evaluate")
LONG = [*SMALL, "pretrain.steps=3000", "pretrain.checkpoint_every=1000"]
PATIENCE_S = 120.0


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something that `process` does; it must not end before."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def has_steps(run: Path) -> bool:
    """Whether training has written a line of metrics."""
    metrics = run / "pretrain" / "metrics.jsonl"
    return metrics.exists() and b"train/loss" in metrics.read_bytes()


def demo(text: Path | str, out: str = "run") -> list[str]:
    """The words of a small demo."""
    return ["demo", "--text", str(text), "--out", out, *SMALL]


def test_the_story_of_a_run_is_shown_and_its_page_written_again(
    copy_of_finished: CommandLine,
) -> None:
    yanmo, page = copy_of_finished, copy_of_finished.folder / "run" / "report.html"
    shown = yanmo("runs", "show", "run").out
    assert "How it ran\n  processes: 1\n" in shown
    assert "skipped steps: 0" in shown
    assert "运行经过\n  进程数：1\n" in yanmo("runs", "show", "run", language="zh").out
    page.unlink()
    assert yanmo("runs", "show", "run", "--report").out.strip() == "run/report.html"
    assert "How it ran" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ["ls", "--json"],
        ["ls", "recipes", "--json"],
        ["runs", "ls", ".", "--json"],
        ["runs", "show", "run", "--json"],
        ["config", "schema"],
        ["plan", "run/recipe.toml", "--no-probe", "--json"],
        ["run", "run/recipe.toml", "--out", "run", "--dry-run", "--json"],
        ["run", "run/recipe.toml", "--out", "run", "--json"],
    ],
    ids=" ".join,
)
def test_output_for_machines_parses_and_stands_alone(finished: Path, words: list[str]) -> None:
    ended = CommandLine(finished)(*words)
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)


def test_a_second_run_has_nothing_to_do_and_loads_no_torch(finished: Path) -> None:
    probe = (
        "import sys, json\n"
        "from yanmo.cli.main import main\n"
        "try:\n    main()\n"
        "finally:\n    print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [YANMO[0], "-c", probe, "run", "run/recipe.toml", "--out", "run"],
        cwd=finished,
        env=environment(),
        capture_output=True,
        text=True,
    )
    *lines, last = done.stdout.splitlines()
    assert lines[0] == "everything in run is up to date"
    assert not {"torch", "numba", "sklearn"} & set(json.loads(last))


def test_a_dry_run_writes_nothing(yanmo: CommandLine, text_file: Path) -> None:
    for words in (
        [*demo(text_file), "--dry-run"],
        ["demo", "--dry-run"],
        ["run", "python_docs", "--dry-run", "--out", "a/b/c"],
        ["pretrain", "python_docs", "--dry-run", "--json"],
    ):
        assert yanmo(*words).code == 0
    assert list(yanmo.folder.iterdir()) == [text_file]


def test_looking_writes_nothing(yanmo: CommandLine) -> None:
    for words in (["ls"], ["runs", "ls"], ["config", "show", "python_docs"], ["config", "explain"]):
        assert yanmo(*words).code == 0
    assert list(yanmo.folder.iterdir()) == []


@pytest.mark.parametrize("words", ["ls", "config schema", "config show python_docs", "--help"])
@pytest.mark.parametrize("reader", ["head -1", "true"])
def test_a_reader_that_goes_away_is_no_error(yanmo: CommandLine, words: str, reader: str) -> None:
    command = f"{shlex.join(YANMO)} {words} | {reader}"
    done = subprocess.run(
        command, shell=True, cwd=yanmo.folder, env=environment(), capture_output=True, text=True
    )
    assert done.stderr == ""


def test_a_full_disk_behind_standard_output_is_told(yanmo: CommandLine) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    command = f"{shlex.join(YANMO)} ls > /dev/full"
    done = subprocess.run(
        command, shell=True, cwd=yanmo.folder, env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_watcher_that_goes_away_does_not_end_the_run(yanmo: CommandLine, text_file: Path) -> None:
    source = f"corpus.sources=[{{kind='files', paths=['{text_file}']}}]"
    words = [*YANMO, "corpus", "python_docs", source, *SMALL, "--out", "run"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(words, cwd=yanmo.folder, env=environment(), stderr=writing)
    os.close(writing)
    assert done.returncode == 0
    assert read_manifest(yanmo.folder / "run" / "corpus") is not None


@pytest.mark.parametrize(
    "name",
    [
        "two words.txt",
        "研墨 的文本.txt",
        'it\'s "quoted" \\ and 😀.txt',
        "line\nbreak, [brackets] {braces} = # %s.txt",
        "none.txt",
        "--text.txt",
        "delete\x7f.txt",
    ],
)
def test_any_file_name_will_do(yanmo: CommandLine, text: str, name: str) -> None:
    folder = yanmo.folder / name.removesuffix(".txt")
    folder.mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    given = f"{folder.name}/{name}"
    out = f"out of {folder.name}"
    ended = yanmo("demo", f"--text={given}", "--out", out, *SMALL, "--dry-run")
    assert ended.code == 0, ended.err
    ended = yanmo("demo", f"--text={given}", "--dry-run")
    assert ended.code == 0, ended.err


def test_a_whole_life_under_odd_names(yanmo: CommandLine, text: str) -> None:
    folder = yanmo.folder / '研 墨\'s "文" 本'
    folder.mkdir()
    (folder / "我的 'te\"xt' 😀.txt").write_text(text, encoding="utf-8")
    out = "输 出 'x' \"y\""
    ended = yanmo(*demo(f"{folder.name}/我的 'te\"xt' 😀.txt", out), "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["ran"] == list(STAGES)
    again = yanmo("run", f"{out}/recipe.toml", "--out", out, "--json")
    assert json.loads(again.out)["up_to_date"] == list(STAGES)
    assert yanmo("generate", f"{out}/pretrain/model", "-p", "研墨", "-n", "2").code == 0


def test_the_second_of_two_runs_is_told_who_holds_the_folder(
    yanmo: CommandLine, text_file: Path
) -> None:
    first = yanmo.start("demo", "--text", text_file, "--out", "run", *LONG)
    try:
        wait_until(lambda: has_steps(yanmo.folder / "run"), first)
        message = yanmo.refused(*demo(text_file), code=1)
        assert "another yanmo process is writing here" in message
        assert f"process {first.pid}" in message
    finally:
        first.kill()
        first.communicate()


def test_ctrl_c_while_training_saves_and_the_command_it_prints_finishes(
    yanmo: CommandLine, text_file: Path
) -> None:
    settings = [*SMALL, "pretrain.steps=400", "pretrain.checkpoint_every=1000"]
    process = yanmo.start("demo", "--text", text_file, "--out", "the run", *settings)
    run = yanmo.folder / "the run"
    wait_until(lambda: has_steps(run), process)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, told
    assert "Traceback" not in told
    assert "a checkpoint is saved" in told
    (checkpoint,) = (run / "pretrain" / "checkpoints").iterdir()
    name, *words = shlex.split(told.split("Go on with: ")[1].strip())
    assert name == "yanmo"
    ended = yanmo(*words)
    assert ended.code == 0
    assert f"going on after step {int(checkpoint.name.removeprefix('step-'))} " in ended.err
    assert (run / "report.html").exists()


@pytest.mark.parametrize("stage", ["", "corpus"])
def test_ctrl_c_before_training_ends_quietly_and_the_same_command_finishes(
    yanmo: CommandLine, text: str, stage: str
) -> None:
    (yanmo.folder / "text.txt").write_text(text * 30, encoding="utf-8")
    words = ["corpus", "python_docs", "corpus.sources=[{kind='files', paths=['text.txt']}]"]
    process = yanmo.start(*words, "--out", "run")
    if stage:
        wait_until((yanmo.folder / "run" / stage).exists, process)
    else:
        time.sleep(0.25)  # while modules are being loaded
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE_S)
    if process.returncode == -signal.SIGINT and not stage:
        pytest.skip("the signal came before Python itself had started")
    assert process.returncode == 130, told
    assert "Traceback" not in told
    assert "interrupted; run the same command again to go on" in told
    assert yanmo(*words, "--out", "run").code == 0


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_in_any_stage_is_finished_by_the_same_command(
    copy_of_finished: CommandLine, stage: str
) -> None:
    yanmo, run = copy_of_finished, copy_of_finished.folder / "run"
    expected = {name: read_manifest(run / name) for name in STAGES}
    for name in STAGES[STAGES.index(stage) :]:
        shutil.rmtree(run / name)
    process = yanmo.start(*demo("text.txt"))
    wait_until((run / stage / "started.json").exists, process)
    process.kill()
    process.communicate()
    assert read_manifest(run / stage) is None
    ended = yanmo(*demo("text.txt"), "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["ran"] == list(STAGES[STAGES.index(stage) :])
    for name, manifest in expected.items():
        assert manifest is not None
        found = read_manifest(run / name)
        assert found is not None and found.content_hash == manifest.content_hash


def test_a_folder_of_ones_own_is_never_cleared(yanmo: CommandLine, text: str) -> None:
    (yanmo.folder / "corpus").mkdir()
    own = yanmo.folder / "corpus" / "book.txt"
    own.write_text(text, encoding="utf-8")
    message = yanmo.refused("demo", "--text", "corpus", "--out", ".", *SMALL)
    assert message.startswith("error: corpus: this folder holds files that no run made")
    assert own.read_text(encoding="utf-8") == text
    assert list(yanmo.folder.iterdir()) == [own.parent]


def test_a_recipe_of_ones_own_is_never_overwritten(yanmo: CommandLine) -> None:
    own = yanmo.folder / "recipe.toml"
    own.write_text("# my notes\n[pretrain]\nsteps = 3\n[pretrain.schedule]\nwarmup_steps = 0\n")
    message = yanmo.refused("corpus", "recipe.toml", "--out", ".")
    assert "recipe.toml: this file would be overwritten" in message
    assert own.read_text().startswith("# my notes")


def test_one_damaged_run_does_not_hide_the_others(copy_of_finished: CommandLine) -> None:
    yanmo, folder = copy_of_finished, copy_of_finished.folder
    shutil.copytree(folder / "run", folder / "damaged")
    (folder / "damaged" / "corpus" / "manifest.json").write_text("{")
    (folder / "damaged" / "evaluate" / "report.json").write_text("x")
    ended = yanmo("runs", "ls", ".")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines()] == ["damaged", "run"]
    message = yanmo.refused("runs", "show", "damaged")
    assert "damaged/corpus/manifest.json: cannot read this manifest" in message
    assert "Delete the file" in message
