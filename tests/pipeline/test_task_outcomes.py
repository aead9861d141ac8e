"""What came of the tasks of a run is told in a line each, at its end and in lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from tests.pipeline.finetune.small_tasks import recipe_of, save_base, write_task

from yanmo.cli.runs import list_runs, show
from yanmo.cli.stages import run
from yanmo.core.resolve import to_toml
from yanmo.evaluation.task_report import (
    REPORT_NAME,
    Comparison,
    Figure,
    PredictorScores,
    TaskReport,
    write_task_report,
)
from yanmo.pipeline.history import summarize_runs
from yanmo.pipeline.report.task_files import read_tasks
from yanmo.pipeline.task_outcomes import task_outcomes


def write_report(
    run_dir: Path,
    place: str,
    verdict: Literal["better", "worse", "no difference"] | None,
    value: float | None = 0.75,
) -> None:
    def scores(name: str, figure: float | None) -> PredictorScores:
        interval = None if figure is None else (figure - 0.1, figure + 0.1)
        kind: Any = "model" if name == "model" else "baseline"
        return PredictorScores(name, kind, (Figure("f1", figure, interval, 8),))

    report = TaskReport(
        task="own",
        kind="classification",
        language="en",
        split="test",
        num_items=8,
        model="model",
        model_hash="0" * 64,
        scores=(scores("model", value), scores("weak", 0.25), scores("strong", 0.5)),
        comparisons=(
            (Comparison("f1", "model", "strong", 0.25, (0.1, 0.4), 0.01, "test", verdict),)
            if verdict
            else ()
        ),
    )
    (run_dir / place).mkdir(parents=True)
    (run_dir / "recipe.toml").write_text('name = "run"', encoding="utf-8")
    write_task_report(run_dir / place, report)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("better", "better than the best baseline, strong 0.5000"),
        ("worse", "worse than the best baseline, strong 0.5000"),
        ("no difference", "no certain difference from the best baseline, strong 0.5000"),
        (None, "the best baseline is strong 0.5000"),
    ],
)
def test_a_line_tells_the_figure_and_the_best_baseline(
    tmp_path: Path, verdict: Any, words: str
) -> None:
    write_report(tmp_path, "finetune/own/evaluate", verdict)
    (outcome,) = task_outcomes(tmp_path)
    assert outcome.line() == f"f1 0.7500, 95% interval 0.6500 to 0.8500; {words}"
    assert (outcome.place, outcome.name) == ("finetune/own", "own")


def test_one_task_of_two_sections_is_told_apart(tmp_path: Path) -> None:
    for section in ("full", "lora"):
        write_report(tmp_path, f"finetune/{section}/evaluate", None)
    names = [outcome.name for outcome in task_outcomes(tmp_path)]
    assert names == ["own (finetune/full)", "own (finetune/lora)"]


def test_what_was_put_aside_is_not_told(tmp_path: Path) -> None:
    for place in ("finetune/own", "finetune/own.previous", "finetune/many/evaluate/x", "prompt/p"):
        write_report(
            tmp_path, place if place[0] == "p" or "many" in place else f"{place}/evaluate", None
        )
    places = [one.place for one in task_outcomes(tmp_path)]
    assert sorted(places) == ["finetune/many, own", "finetune/own", "prompt/p, own"]
    assert [one.section for one in task_outcomes(tmp_path, ["prompt/p"])] == ["prompt/p"]
    assert not any("previous" in files.place for files in read_tasks(tmp_path).tasks)


def test_runs_are_listed_with_the_figures_of_their_tasks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_report(tmp_path / "good", "finetune/own/evaluate", "better")
    write_report(tmp_path / "empty", "finetune/own/evaluate", None, value=None)
    (tmp_path / "bad/finetune/own/evaluate").mkdir(parents=True)
    (tmp_path / "bad/finetune/own/evaluate" / REPORT_NAME).write_text("{", encoding="utf-8")
    (tmp_path / "bad/recipe.toml").write_text("", encoding="utf-8")
    rows = {row["run"]: row["tasks"] for row in summarize_runs(tmp_path)}
    assert rows["bad"] == []
    assert rows["good"][0]["value"] == 0.75 and rows["good"][0]["verdict"] == "better"
    list_runs(tmp_path)
    told = capsys.readouterr().out
    assert "  finetune/own: f1 0.7500, 95% interval 0.6500 to 0.8500\n" in told
    assert "  finetune/own: -\n" in told


def test_a_run_tells_at_its_end_what_came_of_its_tasks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = str(save_base(tmp_path / "base", "bert"))
    recipe = recipe_of(
        {"own": write_task(tmp_path, "classification")}, {"own": {"init_from": base}}
    )
    (tmp_path / "small.toml").write_text(to_toml(recipe), encoding="utf-8")
    run(str(tmp_path / "small.toml"), out=tmp_path / "run")
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("own: acc")]
    assert "95% interval" in line and "baseline" in line
    show(tmp_path / "run")
    told = capsys.readouterr().out
    assert f"finetune/{line}" in told
    assert "validation accuracy" in told and "{" not in told
    show(tmp_path / "run", as_json=True)
    assert json.loads(capsys.readouterr().out)[0]["stage"] == "finetune/own"
