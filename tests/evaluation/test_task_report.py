"""The report of a task comes back from disk as it was, and says what is wrong where it is not."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from yanmo.core.errors import DataError
from yanmo.evaluation.task_report import (
    Calibration,
    CalibrationBin,
    Comparison,
    Figure,
    Flip,
    FlipSearch,
    ItemRow,
    PredictorScores,
    Robustness,
    TaskReport,
    read_items,
    read_task_report,
    worst_items,
    write_items,
    write_task_report,
)


def report() -> TaskReport:
    def scores(name: str, kind: str, value: float | None) -> PredictorScores:
        figure = Figure("accuracy", value, (0.1, 0.9) if value else None, 20)
        return PredictorScores(name, kind, (figure,))  # type: ignore[arg-type]

    flip = Flip("7", "好", "好", "坏", "很好", "很妤", 1, 12)
    return TaskReport(
        task="情感",
        kind="classification",
        language="zh",
        split="test",
        num_items=20,
        model="finetune/情感/model",
        model_hash="ab" * 32,
        scores=(
            scores("model", "model", 0.8),
            scores("majority class", "baseline", 0.5),
            scores("TF-IDF", "baseline", 0.7),
            scores("broken", "baseline", None),
        ),
        comparisons=(
            Comparison(
                "accuracy", "model", "TF-IDF", 0.1, (0.0, 0.2), 0.06, "McNemar", "no difference"
            ),
        ),
        calibration=Calibration(0.05, None, (CalibrationBin(0, 1, 0, None, None),)),
        robustness=Robustness("accuracy", 20, (), FlipSearch(9, 1, 3, 50, 200, (flip,))),
    )


def test_a_report_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert read_task_report(write_task_report(tmp_path, report())) == report()


def test_a_figure_that_is_no_number_is_written_as_null(tmp_path: Path) -> None:
    scores = (PredictorScores("model", "model", (Figure("f1", math.nan, None, 0),)),)
    path = write_task_report(tmp_path, TaskReport("t", "k", "en", "test", 0, "m", "h", scores))
    main = read_task_report(path).main_figure
    assert main is not None and main.value is None


def test_the_best_baseline_is_best_in_the_direction_of_the_metric() -> None:
    best = report().best_baseline
    assert best is not None and best.name == "TF-IDF"
    lower = tuple(
        PredictorScores(name, kind, (Figure("loss", value, None, 5, is_higher_better=False),))  # type: ignore[arg-type]
        for name, kind, value in (("m", "model", 1.0), ("a", "baseline", 3.0), ("b", "baseline", 2))
    )
    best = TaskReport("t", "k", "en", "test", 5, "m", "h", lower).best_baseline
    assert best is not None and best.name == "b"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scores": 3}, "scores"),
        ({"split": "dev"}, "split"),
        ({"format_version": 99}, "99"),
        (None, "JSON"),
    ],
)
def test_a_wrong_report_is_named(tmp_path: Path, change: dict[str, object], words: str) -> None:
    path = write_task_report(tmp_path, report())
    value = json.loads(path.read_text(encoding="utf-8"))
    path.write_text("{" if change is None else json.dumps(value | change), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_task_report(path)
    assert str(path) == caught.value.where
    assert words in str(caught.value.why)


def test_items_come_back_and_the_wrong_ones_come_first(tmp_path: Path) -> None:
    rows = [
        ItemRow("1", "好看", "pos", "pos", 1.0, True, 0.9, False),
        ItemRow("2", "难看", "neg", "pos", 0.0, False, 0.6, None),
        ItemRow("3", "?", None, "neg"),
    ]
    back = read_items(write_items(tmp_path, rows))
    assert back == rows
    assert [row.id for row in worst_items(back, 50)] == ["2"]
    free = [ItemRow(str(n), "", "", "", score) for n, score in enumerate([0.4, None, 0.1, 0.2])]
    assert [row.id for row in worst_items(free, 2)] == ["2", "3"]
    with pytest.raises(DataError):
        read_items(tmp_path / "nothing.parquet")
