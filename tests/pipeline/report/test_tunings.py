"""The curves of fine-tunings on the page: the kept step, an early end, draws, several at once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from tests.pipeline.quiet_page import opened

from yanmo.core.files import write_json
from yanmo.core.manifest import write_manifest
from yanmo.pipeline.report.build import build_report
from yanmo.pipeline.report.run_files import read_run
from yanmo.pipeline.report.tuning_curves import metrics_of, tuning_curves

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FIGURES = (0.5, 0.9, 0.8, 0.7)


def write_metrics(folder: Path, figures: tuple[float, ...] = FIGURES, names: str = "f1") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for index, value in enumerate(figures):
        step, loss = 5 * index, 2.0 - 0.1 * index
        for done in range(step - 4, step + 1):
            if done > 0:
                speed = {"train/lr": 0.01 / done, "train/tokens_per_s": 900.0}
                tokens = {"time": 100.0 + done, "train/tokens": 64 * done}
                rows.append({"step": done, "train/loss": loss + 0.1, **tokens, **speed})
        measured = {f"validation/{name}": value for name in names.split()}
        rows.append({"step": step, "time": 100.0 + step, "validation/loss": loss, **measured})
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "metrics.jsonl").write_text(text, encoding="utf-8")


def finish(folder: Path, section: dict[str, Any], **counts: Any) -> None:
    (folder / "model.txt").write_text("model", encoding="utf-8")
    write_manifest(
        folder,
        stage=f"finetune/{folder.name}",
        config={"finetune": section},
        inputs={},
        output_files=[folder / "model.txt"],
        counts={"num_train_examples": 1234, "elapsed_s": 75.0, **counts},
        timings={"wall_s": 1.0, "cpu_s": 0.5, "peak_memory_bytes": 1000},
        yanmo_version="0",
    )


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "recipe.toml").write_text('name = "run"', encoding="utf-8")
    return folder


def drawn(run_dir: Path, name: str) -> Any:
    files = next(one for one in read_run(run_dir).tunings if one.name == name)
    return tuning_curves(files, "tuning-1")


def test_the_step_that_was_kept_is_that_of_the_trainer(run_dir: Path) -> None:
    stopping = {"early_stopping": {"patience": 2, "min_delta": 0.0}, "epochs": None}
    settings: dict[str, dict[str, Any]] = {
        "by_metric": {"select_by": "metric", **stopping},
        "by_loss": {"select_by": "loss", **stopping},
        "to_the_end": {"select_by": "metric", "early_stopping": None, "epochs": None},
    }
    for name, section in settings.items():
        write_metrics(run_dir / "finetune" / name)
        finish(run_dir / "finetune" / name, section)
    found = {name: drawn(run_dir, name) for name in settings}
    assert {name: one.kept["step"] for name, one in found.items()} == {
        "by_metric": 5,
        "by_loss": 15,
        "to_the_end": 15,
    }
    assert [name for name, one in found.items() if one.has_stopped_early] == ["by_metric"]


def test_what_was_random_before_the_first_step_is_not_what_was_kept(run_dir: Path) -> None:
    stopping = {"early_stopping": {"patience": 3, "min_delta": 0.0}, "epochs": None}
    figures = (0.9, 0.1, 0.5, 0.4)  # the trainer has left out the first
    for name, loss in (("fresh", 2.0 - 0.1 * 2), ("begun_with", 2.0)):
        write_metrics(run_dir / "finetune" / name, figures)
        finish(run_dir / "finetune" / name, stopping, validation_loss=loss)
    found = {name: drawn(run_dir, name) for name in ("fresh", "begun_with")}
    assert {name: one.kept["step"] for name, one in found.items()} == {"fresh": 10, "begun_with": 0}
    assert [name for name, one in found.items() if one.has_stopped_early] == ["begun_with"]


def test_several_tasks_are_told_by_their_first_metrics() -> None:
    rows = [{"validation/mean": 1, "validation/a/f1": 1, "validation/a/p": 1, "validation/b/f1": 1}]
    assert metrics_of(rows) == ["validation/mean", "validation/a/f1", "validation/b/f1"]


def test_other_draws_are_thin_lines_behind_the_chosen_one(run_dir: Path) -> None:
    folder = run_dir / "finetune" / "few"
    for number in range(3):
        write_metrics(folder / f"draw-{number:02d}", tuple(v - number / 10 for v in FIGURES))
    finish(folder, {"select_by": "metric"}, chosen_draw=1)
    curves = drawn(run_dir, "few").curves
    for chart in (curves.loss, curves.panels[0]):
        kinds = [line.kind for group in chart.groups for line in group.lines]
        assert kinds.count("thin") == (4 if chart is curves.loss else 2)
        assert kinds.count("kept") == 1
    assert max(curves.panels[0].groups[0].lines[0].y) == pytest.approx(0.8)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_tells_how_each_task_was_learned(
    run_dir: Path, language: Literal["en", "zh"]
) -> None:
    for name in ("one", "two"):
        write_metrics(run_dir / "finetune" / name)
    section = {"early_stopping": {"patience": 2, "min_delta": 0.0}, "epochs": None}
    finish(run_dir / "finetune" / "one", section, num_params=2000, num_trained_params=20)
    write_metrics(run_dir / "finetune" / "one.previous")
    text = build_report(run_dir, language=language).read_text(encoding="utf-8")
    found = re.search(r'id="report-data"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert found is not None
    names = [chart["name"] for chart in json.loads(found.group(1))["charts"]]
    panels = ("loss", "metric-0", "lr", "tokens_per_s")
    assert names == [f"tuning-{number}-{panel}" for number in (1, 2) for panel in panels]
    assert all(text.count(f'id="chart-{name}"') == 1 for name in names)
    told = {
        "en": ("Stopped early after step 15", "weights of step 5", "not finished", "20 (1.0%)"),
        "zh": ("在第 15 步之后提前停止", "保留第 5 步的权重", "尚未完成", "20 (1.0%)"),
    }
    for sentence in (*told[language], "1,234"):
        assert sentence in text


def test_a_tuning_without_a_step_has_no_place_on_the_page(run_dir: Path) -> None:
    (run_dir / "finetune" / "begun").mkdir(parents=True)
    write_json(run_dir / "finetune" / "begun" / "started.json", {})
    assert 'id="tunings"' not in build_report(run_dir).read_text(encoding="utf-8")


@pytest.mark.browser
def test_charts_of_two_tunings_answer_apart(browser: Browser, run_dir: Path) -> None:
    for name in ("one", "two"):
        write_metrics(run_dir / "finetune" / name)
    address = build_report(run_dir, language="en").as_uri()
    with opened(browser, address, viewport={"width": 390, "height": 800}) as page:
        page.wait_for_function("document.querySelector('#chart-tuning-2-loss .cursor')")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        second = page.locator("#chart-tuning-2-loss .tick").all_text_contents()
        page.locator("#chart-tuning-1-loss input[value=time]").check(force=True)
        assert any(
            ":" in tick for tick in page.locator("#chart-tuning-1-lr .tick").all_text_contents()
        )
        assert page.locator("#chart-tuning-2-loss .tick").all_text_contents() == second
        assert page.locator("#chart-tuning-2-loss input[value=step]").is_checked()
        page.hover("#chart-tuning-1-loss .plot", position={"x": 150, "y": 100})
        shown = "visible"
        assert page.locator("#chart-tuning-1-lr .cursor").get_attribute("visibility") == shown
        assert page.locator("#chart-tuning-2-lr .cursor").get_attribute("visibility") != shown
