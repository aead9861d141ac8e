"""The page of a run shows what the evaluation of its tasks found, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from tests.pipeline.quiet_page import opened
from tests.pipeline.report.fixture_tasks import write_task

from yanmo.evaluation.openings import OPENINGS_NAME
from yanmo.evaluation.task_report import (
    Figure,
    ItemRow,
    PredictorScores,
    TaskReport,
    write_items,
    write_task_report,
)
from yanmo.pipeline.report.build import build_report
from yanmo.pipeline.report.interval_chart import common_range
from yanmo.pipeline.report.run_files import read_run
from yanmo.pipeline.report.sections.robustness import marked_edits
from yanmo.pipeline.report.sections.tasks import task_sections

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Language = Literal["en", "zh"]


@pytest.fixture(scope="module")
def runs(
    tmp_path_factory: pytest.TempPathFactory, write_run: Callable[..., Path]
) -> dict[str, tuple[Path, TaskReport]]:
    """A run with an evaluated task, in each language."""
    made: dict[str, tuple[Path, TaskReport]] = {}
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        run_dir = write_run(tmp_path_factory.mktemp("runs") / language, language=language)
        made[language] = (run_dir, write_task(run_dir, language))
    return made


def words_of(page: str) -> str:
    """What a reader sees of a page or a part of it."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "Task: reviews",
                "Better than the best baseline, TF-IDF + logistic regression.",
                "Right classes and said ones",
                "Expected calibration error",
                "typing errors, 30%: accuracy goes from",
                "right predictions",
                "too short to be looked for and count as clean",
                "opened 3 times, by 2 models",
                "choose by the validation split",
                "at home:",
                "3 texts were too long for the model; 417 tokens of them were cut off.",
            ],
        ),
        (
            "zh",
            [
                "任务：影评",
                "优于最好的基线（TF-IDF 加逻辑回归）。",
                "正确类别与模型类别",
                "期望校准误差",
                "打字错误 30%：accuracy 由",
                "形近汉字",
                "就会判错",
                "太短，无法查找，按未泄漏计",
                "测试集已启用 3 次，涉及 2 个模型",
                "请用验证集来选择",
                "本领域：",
                "3 条文本超出模型长度，共截去 417 个词元。",
            ],
        ),
    ],
)
def test_everything_that_was_measured_is_told(
    runs: dict[str, tuple[Path, TaskReport]], language: Language, expected: list[str]
) -> None:
    run_dir, report = runs[language]
    words = words_of(build_report(run_dir, language=language).read_text(encoding="utf-8"))
    for sentence in expected:
        assert sentence in words, sentence
    for scores in report.scores:
        for figure in scores.figures:
            assert f"{figure.value:.4f}" in words
    assert report.robustness is not None and report.robustness.flip_search is not None
    for flip in report.robustness.flip_search.flips:
        assert flip.id in words
    assert read_run(run_dir).problems == []


def test_the_first_wrong_items_are_shown_with_what_was_said(
    runs: dict[str, tuple[Path, TaskReport]],
) -> None:
    run = read_run(runs["en"][0])
    (files,) = run.tasks.tasks
    assert files.num_wrong == len(files.wrong) > 10
    (section,) = task_sections(run)
    words = words_of(section.body)
    for row in files.wrong:
        assert f"right {row.gold} said {row.predicted}" in words and row.text in words


def plain_report(name: str) -> TaskReport:
    """A report with nothing but one figure, of a metric that single items do not have."""
    figure = Figure("bleu", 31.5, (30.1, 32.9), 1000, "sacrebleu", is_higher_better=True)
    return TaskReport(
        name, "translation", "en", "validation", 1000, "m", "h",
        (PredictorScores("model", "model", (figure,)),),
    )  # fmt: skip


def test_a_report_with_little_in_it_makes_a_short_section(
    tmp_path: Path, write_run: Callable[..., Path]
) -> None:
    run_dir = write_run(tmp_path / "run", stages=("corpus",))
    assert task_sections(read_run(run_dir)) == []
    directory = run_dir / "finetune" / "both" / "evaluate" / "en-de"
    directory.mkdir(parents=True)
    write_task_report(directory, plain_report("en-de"))
    hostile = "<script>alert(1)</script> \u202e & \x00"
    rows = [ItemRow(str(n), hostile, hostile, hostile, n / 80) for n in range(60)]
    write_items(directory, rows)
    other = run_dir / "finetune" / "one" / "evaluate"
    other.mkdir(parents=True)
    empty = replace(plain_report("nothing").scores[0].figures[0], value=None, interval=None)
    scores = (PredictorScores("model", "model", (empty,)),)
    write_task_report(other, replace(plain_report("nothing"), scores=scores))
    first, second = task_sections(read_run(run_dir))
    assert "31.50" in first.lead and "1,000 items of the validation split" in first.lead
    words = words_of(first.body)
    assert "The 50 items with the lowest scores" in words and "Under noise" not in words
    assert "<script>" not in first.body and "Openings" not in words
    assert second.lead == "The model gave nothing that could be measured."
    assert (first.anchor, second.anchor) == ("task-1", "task-2")


@pytest.mark.parametrize("file", ["report.json", "items.parquet", OPENINGS_NAME])
def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_shown(
    tmp_path: Path, write_run: Callable[..., Path], file: str
) -> None:
    run_dir = write_run(tmp_path / "run", stages=("corpus",))
    for name in ("good", "broken"):
        directory = run_dir / "finetune" / name / "evaluate"
        directory.mkdir(parents=True)
        write_task_report(directory, plain_report(name))
        write_items(directory, [ItemRow("1", "t", "a", "b", 0.0, False)])
    if file == OPENINGS_NAME:
        (run_dir / file).mkdir()
    else:
        (directory / file).write_text("{}", encoding="utf-8")
    run = read_run(run_dir)
    assert len(run.problems) == 1
    if file != OPENINGS_NAME:
        assert f"finetune/broken/evaluate/{file}" in run.problems[0]
    shown = [files.report.task for files in run.tasks.tasks]
    assert shown == (["good"] if file == "report.json" else ["broken", "good"])
    assert run.problems[0] in words_of(build_report(run_dir).read_text(encoding="utf-8"))


def test_edits_are_marked_and_far_text_is_left_out() -> None:
    text = "a" * 300 + "good film" + "b" * 300
    marked = marked_edits(text, text.replace("good", "god"))
    assert "<del>o</del>" in marked and "<ins>" not in marked
    assert len(marked) < 260 and "…" in marked
    assert marked_edits("<b>", "<i>") == "&lt;<del>b</del><ins>i</ins>&gt;"


def test_charts_side_by_side_share_a_range_that_holds_all_points() -> None:
    low, high = common_range([0.9, 0.5, 0.88])
    assert low < 0.5 and high > 0.9
    assert common_range([0.9, 0.1])[0] == 0.0
    assert common_range([3.0, 3.0])[0] < 3.0 < common_range([3.0, 3.0])[1]


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_with_tasks_fits_the_screen(
    browser: Browser,
    runs: dict[str, tuple[Path, TaskReport]],
    language: Language,
    width: int,
) -> None:
    address = build_report(runs[language][0], language=language).as_uri()
    with opened(browser, address, viewport={"width": width, "height": 800}) as page:
        for part in page.locator("#task-1 details").all():
            part.evaluate("part => { part.open = true; }")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#task-1 .band").count() == (4 if language == "en" else 5)
        for cell in page.locator("#task-1 .matrix .cell").all()[:1]:
            assert cell.evaluate("cell => getComputedStyle(cell).backgroundColor") != ""


def test_a_run_of_tasks_alone_is_whole(tmp_path: Path) -> None:
    write_task(tmp_path, "en")
    (tmp_path / "recipe.toml").write_text('name = "tasks"\n', encoding="utf-8")
    words = words_of(build_report(tmp_path, language="en").read_text(encoding="utf-8"))
    assert "not run yet" not in words and "only begun" not in words
    assert "reviews: accuracy 0.8" in words and "reviews · accuracy" in words
    assert f'yanmo predict {tmp_path}/finetune/reviews -p "..."' in words
    assert "yanmo generate" not in words


def test_commands_ask_tuned_models_alone_and_in_their_own_way(tmp_path: Path) -> None:
    """A network that hears gets a recording; a model that was asked by prompt is none of the run's
    own."""
    report = write_task(tmp_path, "en")
    for place, kind in (("finetune/digits/evaluate", "speech"), ("prompt/asked", "classification")):
        (tmp_path / place).mkdir(parents=True)
        write_task_report(tmp_path / place, replace(report, kind=kind))
    (tmp_path / "recipe.toml").write_text('name = "tasks"\n', encoding="utf-8")
    words = words_of(build_report(tmp_path, language="en").read_text(encoding="utf-8"))
    assert f"yanmo predict {tmp_path}/finetune/digits recording.wav" in words
    assert words.count("yanmo predict") == 2 and "yanmo generate" not in words
    for name in ("reviews", "reviews (finetune/digits)", "reviews (prompt/asked)"):
        assert f"Task: {name} " in words
