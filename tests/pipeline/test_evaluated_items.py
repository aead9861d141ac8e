"""Items of evaluations: narrowed down, put in order, and two models on the same ones."""

from __future__ import annotations

from pathlib import Path

from yanmo.evaluation.significance import mcnemar_p
from yanmo.evaluation.task_report import (
    Figure,
    ItemRow,
    PredictorScores,
    TaskReport,
    write_items,
    write_task_report,
)
from yanmo.pipeline.evaluated_items import (
    Wanted,
    choose_items,
    find_reports,
    items_of,
    pair_items,
    report_of,
)

ROWS = [
    ItemRow("a", "A good film", "good", "good", 1.0, True, 0.9),
    ItemRow("b", "一部坏电影", "bad", "good", 0.0, False, 0.6),
    ItemRow("c", "Not bad", "good", "bad", 0.0, False, 0.8),
    ItemRow("d", "Dull", "bad", "bad", 1.0, True, None),
]
REPORT = TaskReport(
    "mood", "classification", "en", "test", 4, "m", "h",
    (PredictorScores("model", "model", (Figure("accuracy", 0.5, None, 4),)),),
)  # fmt: skip


def test_items_are_narrowed_down_by_every_question_at_once() -> None:
    assert choose_items(ROWS, Wanted("wrong")) == [1, 2]
    assert choose_items(ROWS, Wanted("wrong", gold="good", predicted="bad")) == [2]
    assert choose_items(ROWS, Wanted(text="BAD")) == [1, 2, 3]
    assert choose_items(ROWS, Wanted("right", text="电影")) == []


def test_items_without_a_number_come_last_whatever_the_order() -> None:
    assert choose_items(ROWS, Wanted(order="sure")) == [0, 2, 1, 3]
    assert choose_items(ROWS, Wanted(order="unsure")) == [1, 2, 0, 3]
    assert choose_items(ROWS, Wanted(order="worst"))[:2] == [1, 2]


def test_two_models_differ_where_they_answered_otherwise() -> None:
    others = {
        "a": ItemRow("a", "", "good", "bad", 0.0, False),
        "b": ItemRow("b", "", "bad", "bad", 1.0, True),
        "c": ItemRow("c", "", "good", "bad", 0.0, False),
    }
    assert choose_items(ROWS, Wanted("differing"), others) == [0, 1]
    paired = pair_items(ROWS, others)
    assert paired.num_items == 3  # those that both answered
    counts = (paired.both, paired.only_first, paired.only_second, paired.neither)
    assert counts == (0, 1, 1, 1)
    import numpy as np

    assert paired.p_value == mcnemar_p(
        np.array([True, False, False]), np.array([False, True, False])
    )
    assert paired.mean_difference == 0.0
    assert paired.interval is not None and paired.interval[0] <= 0 <= paired.interval[1]


def test_nothing_in_common_compares_nothing() -> None:
    paired = pair_items(ROWS, {})
    assert (paired.num_items, paired.p_value, paired.interval) == (0, None, None)


def test_reports_are_found_where_stages_write_them_and_damage_is_named(tmp_path: Path) -> None:
    places = (
        "finetune/mood/evaluate",
        "measure/all/mood",
        "prompt/mood",
        "finetune/x.previous/evaluate",
    )
    for place in places:
        (tmp_path / place).mkdir(parents=True)
        write_task_report(tmp_path / place, REPORT)
    (tmp_path / "measure" / "broken").mkdir()
    (tmp_path / "measure" / "broken" / "report.json").write_text("{", encoding="utf-8")
    found, problems = find_reports(tmp_path)
    assert [one.place for one in found] == sorted(places[:3])
    assert len(problems) == 1 and "broken" in (problems[0].where or "")


def test_what_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    assert items_of(tmp_path) == ()
    write_items(tmp_path, ROWS[:1])
    write_task_report(tmp_path, REPORT)
    assert len(items_of(tmp_path)) == 1
    assert report_of(tmp_path / "report.json").num_items == 4
    write_items(tmp_path, ROWS)
    assert items_of(tmp_path) == tuple(ROWS)
