"""A sweep from end to end: what is shared, what is run again, what fails, and what is written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.pipeline.compare.tiny import tiny_recipe, write_text

from yanmo.core.console import Console
from yanmo.core.errors import ConfigError, DataError, Interrupted, RunError
from yanmo.core.files import write_atomically
from yanmo.core.manifest import read_manifest
from yanmo.core.resolve import to_toml
from yanmo.pipeline.life import load_recipe
from yanmo.pipeline.life import run as run_recipe
from yanmo.pipeline.sweep import sweep as sweep_module
from yanmo.pipeline.sweep.plan import SweepOptions, SweepPlan, plan_sweep
from yanmo.pipeline.sweep.sweep import run_sweep, unfinished_trials
from yanmo.pipeline.sweep.table import format_sweep

QUIET = Console(is_quiet=True)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    path = folder / "tiny.toml"
    write_atomically(path, to_toml(tiny_recipe(write_text(folder / "text.txt"))))
    return path


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    return iter(())


def plan(recipe: Path, *words: str, **options: Any) -> SweepPlan:
    short = ["pretrain.steps=9", "pretrain.validate_every=3", "pretrain.sample_every=none"]
    return plan_sweep(str(recipe), [*short, *words], SweepOptions(**options))


@pytest.fixture(scope="module")
def widths(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepPlan, Path]:
    """A finished sweep over the width."""
    folder = tmp_path_factory.mktemp("widths") / "sweep"
    made = plan(recipe, "d_model=16,32")
    run_sweep(made, out=folder, console=QUIET)
    return made, folder


def test_stages_that_do_not_differ_are_made_once_and_linked(
    widths: tuple[SweepPlan, Path],
) -> None:
    _, folder = widths
    first, second = folder / "trials" / "d_model=16", folder / "trials" / "d_model=32"
    for stage in ("corpus", "tokenizer", "tokens"):
        manifest = read_manifest(second / stage)
        assert manifest == read_manifest(first / stage)
        assert manifest is not None
        for name in manifest.outputs:
            assert (first / stage / name).samefile(second / stage / name)
        # What says whose the folder is, is written by each trial for itself.
        assert not (first / stage / "started.json").samefile(second / stage / "started.json")
    assert not (first / "pretrain" / "model" / "model.safetensors").samefile(
        second / "pretrain" / "model" / "model.safetensors"
    )


def test_the_figures_are_those_of_the_runs_and_the_best_is_a_recipe(
    widths: tuple[SweepPlan, Path],
) -> None:
    made, folder = widths
    report = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
    assert (report["by"], report["is_higher_better"]) == ("bits_per_byte", False)
    for trial in report["trials"]:
        manifest = read_manifest(folder / "trials" / trial["name"] / "pretrain")
        assert manifest is not None
        assert trial["figures"]["validation_loss"] == manifest.counts["validation_loss"]
        assert trial["num_params"] == manifest.counts["num_params"]
        assert [step for step, _ in trial["curve"]] == [0, 3, 6, 9]
        assert trial["curve"][-1][1] == pytest.approx(trial["figure"])
    figures = [trial["figure"] for trial in report["trials"]]
    assert figures == sorted(figures)
    best = report["best"]["trials"][0]
    (recipe,) = [trial.recipe for trial in made.trials if trial.name == best]
    assert load_recipe(folder / "best.toml") == recipe
    whole = run_recipe(folder / "best.toml", out=folder / "trials" / best, console=QUIET)
    assert whole.ran == ("evaluate",)
    rows = list(csv.DictReader(io.StringIO((folder / "sweep.csv").read_text(encoding="utf-8"))))
    assert [row["trial"] for row in rows] == [trial["name"] for trial in report["trials"]]
    assert float(rows[0]["bits_per_byte"]) == figures[0]
    text = format_sweep(report)
    assert text.splitlines()[1].startswith(best)
    assert "perplexity" in text.splitlines()[0]


def test_what_is_finished_is_not_run_again_and_more_values_may_come(
    widths: tuple[SweepPlan, Path], recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, folder = widths
    assert unfinished_trials(made, folder) == []
    ran: list[str] = []

    def noting(*words: Any, out: Path, **more: Any) -> Any:
        ran.append(out.name)
        return run_recipe(*words, out=out, **more)

    monkeypatch.setattr(sweep_module, "run", noting)
    before = (folder / "best.toml").read_bytes()
    run_sweep(made, out=folder, console=QUIET)
    assert ran == []
    assert (folder / "best.toml").read_bytes() == before
    more = plan(recipe, "d_model=16,24,32")
    assert unfinished_trials(more, folder) == ["d_model=24"]
    report = run_sweep(more, out=folder, console=QUIET).report
    assert ran == ["d_model=24"]
    assert len(report["trials"]) == 3


@pytest.mark.slow
def test_an_interrupted_sweep_goes_on_and_ends_the_same(
    widths: tuple[SweepPlan, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, finished = widths
    folder = tmp_path / "again"

    def stopping(*words: Any, out: Path, **more: Any) -> Any:
        if out.name == "d_model=32":
            raise Interrupted("stopped after step 4")
        return run_recipe(*words, out=out, **more)

    monkeypatch.setattr(sweep_module, "run", stopping)
    with pytest.raises(Interrupted):
        run_sweep(made, out=folder, console=QUIET)
    halfway = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
    assert [trial["status"] for trial in halfway["trials"]] == ["done", "waiting"]
    assert "1 trial is not finished" in format_sweep(halfway)
    monkeypatch.setattr(sweep_module, "run", run_recipe)
    report = run_sweep(made, out=folder, console=QUIET).report
    whole = json.loads((finished / "sweep.json").read_text(encoding="utf-8"))
    figures = {trial["name"]: trial["figure"] for trial in whole["trials"]}
    assert {trial["name"]: trial["figure"] for trial in report["trials"]}.items() <= figures.items()


@pytest.mark.slow
def test_a_trial_that_fails_is_told_and_the_others_go_on(recipe: Path, tmp_path: Path) -> None:
    # A vocabulary beyond what the text supports, found out only when the stage is run.
    made = plan(recipe, "tokenizer.vocab_size=60000,320", "num_heads=2,5", "model.d_model=32")
    result = run_sweep(made, out=tmp_path / "failing", console=QUIET)
    status = {trial["name"]: trial["status"] for trial in result.report["trials"]}
    assert status == {
        "vocab_size=320,num_heads=2": "done",
        "vocab_size=320,num_heads=5": "done",
        "vocab_size=60000,num_heads=2": "failed",
        "vocab_size=60000,num_heads=5": "failed",
    }
    assert result.has_failures
    text = format_sweep(result.report)
    assert "vocab_size=60000,num_heads=2 failed: tokenizer.vocab_size" in text
    with pytest.raises(DataError, match="vocab_size"):
        run_sweep(
            plan(recipe, "tokenizer.vocab_size=60000,320", stops_on_error=True),
            out=tmp_path / "stopping",
            console=QUIET,
        )
    with pytest.raises(RunError, match="every trial failed"):
        run_sweep(
            plan(recipe, "tokenizer.vocab_size=60000,50000"),
            out=tmp_path / "hopeless",
            console=QUIET,
        )


@pytest.mark.slow
def test_halving_gives_a_third_of_the_trials_the_whole_training(
    recipe: Path, tmp_path: Path
) -> None:
    made = plan(recipe, "learning_rate=1e-6,1e-2,1e-5", has_halving=True)
    report = run_sweep(made, out=tmp_path / "halving", console=QUIET).report
    best, *others = report["trials"]
    assert (best["name"], best["status"], best["steps"]) == (
        "learning_rate=1e-2",
        "done",
        9,
    )
    assert [trial["status"] for trial in others] == ["behind", "behind"]
    assert [trial["steps"] for trial in others] == [3, 3]
    assert best["first_round_figure"] < min(trial["first_round_figure"] for trial in others)
    assert best["figure"] < best["first_round_figure"]
    assert "behind" in format_sweep(report)


@pytest.mark.slow
def test_only_the_best_is_measured_on_the_test_split(recipe: Path, tmp_path: Path) -> None:
    made = plan(recipe, "learning_rate=1e-6,1e-2", "evaluate.max_tokens=200", until="evaluate")
    folder = tmp_path / "measured"
    report = run_sweep(made, out=folder, console=QUIET).report
    assert report["evaluated"]["trial"] == "learning_rate=1e-2"
    assert report["evaluated"]["split"] == "test"
    assert not (folder / "trials" / "learning_rate=1e-6" / "evaluate").exists()
    evaluated = folder / "trials" / "learning_rate=1e-2" / "evaluate" / "report.json"
    (model,) = [
        one
        for one in json.loads(evaluated.read_text(encoding="utf-8"))["models"]
        if one["kind"] == "neural"
    ]
    assert report["evaluated"]["figures"] == {
        name: model[name] for name in ("bits_per_byte", "perplexity")
    }


def test_a_time_that_is_over_begins_no_more_trials(recipe: Path, tmp_path: Path) -> None:
    made = plan(recipe, "d_model=16,32", max_hours=0.0)
    with pytest.raises(RunError, match="the time was over"):
        run_sweep(made, out=tmp_path / "late", console=QUIET)
    assert not (tmp_path / "late" / "trials").exists()


def test_files_of_somebody_else_are_left_alone(recipe: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="no sweep made"):
        run_sweep(plan(recipe, "d_model=16,32"), out=folder, console=QUIET)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


TUNING = """
name = "moods"
[tokenizer]
vocab_size = 270
[tasks.moods]
kind = "classification"
train = "{folder}/moods.jsonl"
validation_frac = 0.25
test_frac = 0.25
[finetune.moods]
init_from = "scratch"
epochs = 3.0
num_validations = 3
batch_rows = 8
[finetune.moods.scratch]
family = "bilstm"
d_model = 16
d_hidden = 16
dropout = 0.0
"""


@pytest.mark.slow
def test_fine_tunings_are_compared_by_the_metric_of_their_task(tmp_path: Path) -> None:
    words = {"glad": ["good", "fine", "lovely"], "sad": ["bad", "poor", "dreadful"]}
    rows = [
        {"text": f"a {words[label][i % 3]} film, number {i}", "label": label}
        for i in range(80)
        for label in words
    ]
    (tmp_path / "moods.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    path = tmp_path / "moods.toml"
    path.write_text(TUNING.format(folder=tmp_path), encoding="utf-8")
    rate = "finetune.moods.optimizer.learning_rate"
    made = plan_sweep(str(path), [f"{rate}=1e-7,3e-2"], SweepOptions(until="evaluate"))
    folder = tmp_path / "sweep"
    report = run_sweep(made, out=folder, console=QUIET).report
    assert (report["by"], report["is_higher_better"]) == ("accuracy", True)
    assert report["best"]["settings"] == {rate: "3e-2"}
    best, other = report["trials"]
    manifest = read_manifest(folder / "trials" / best["name"] / "finetune" / "moods")
    assert manifest is not None
    assert best["figure"] == manifest.counts["validation"]["accuracy"] > other["figure"]
    assert set(report["evaluated"]["figures"]) == {"accuracy"}
    assert not (folder / "trials" / other["name"] / "finetune" / "moods" / "evaluate").exists()
    assert "smallest" not in format_sweep(report).lower()  # all are of one size
