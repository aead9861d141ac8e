"""The page of a sweep: what it shows of one, two and more axes, in two languages, and quietly."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.pipeline.quiet_page import opened

from yanmo.core.page.speaking import speaking
from yanmo.pipeline.sweep.choice import choose
from yanmo.pipeline.sweep.outcome import Outcome
from yanmo.pipeline.sweep.page import render_page
from yanmo.pipeline.sweep.plan import SweepOptions, plan_sweep
from yanmo.pipeline.sweep.report import Record, build_report
from yanmo.pipeline.sweep.table import format_sweep

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ONE = ("learning_rate=1e-3..1e-1:5",)
TWO = ("d_model=32,64,128", *ONE)
MANY = ("d_model=32..256", "learning_rate=1e-3..1e-1", "pretrain.optimizer.name=muon,adamw")
SEEDS = (*ONE, "pretrain.seed=0,1,2")
CASES = {"one": ONE, "two": TWO, "many": MANY, "seeds": SEEDS}


def sweep_report(*words: str, fails: bool = True) -> dict[str, Any]:
    """The report of trials with made-up figures: best at a rate of 0.01 and a large width."""
    plan = plan_sweep("python_docs", words, SweepOptions())
    records = []
    for index, trial in enumerate(plan.trials):
        record = Record(trial)
        records.append(record)
        if index == 1 and fails:
            record.fail("step 12: <the loss> is no number")
            continue
        settings = dict(trial.settings)
        rate = float(settings["pretrain.optimizer.learning_rate"])
        width = int(settings.get("model.d_model", 64))
        bits = 2 + 0.3 * (math.log10(rate) + 2) ** 2 + 20 / width + 0.01 * (index % 3)
        curve = [(step, bits + 5 / (step + 1)) for step in range(0, 121, 20)]
        record.status = "done"
        record.outcome = Outcome(
            {"bits_per_byte": bits, "validation_loss": 2 * bits},
            *(width**2, width**2, 245_760, 120, 12.5),
            {"bits_per_byte": curve},
        )
    choice = choose(
        {one.trial.name: (one.trial.settings, one.outcome) for one in records if one.outcome},
        "bits_per_byte",
        expected=plan.num_replicates,
        replicate_keys=plan.replicate_keys,
    )
    return build_report(plan, Path("runs/x-sweep"), records, choice, None)


@pytest.mark.parametrize("case", CASES)
def test_every_trial_has_a_row_and_a_curve_and_a_failure_its_words(case: str) -> None:
    report = sweep_report(*CASES[case])
    page = render_page(report, "en")
    (table,) = re.findall(r'<section id="trials".*?</section>', page, re.S)
    assert table.count("<tr>") == 1 + len(report["trials"])
    (curves,) = re.findall(r'<section id="curves".*?</section>', page, re.S)
    assert curves.count("<path") == len(report["trials"]) - 1
    assert "step 12: &lt;the loss&gt; is no number" in page
    assert "yanmo run runs/x-sweep/best.toml" in page


def test_the_heat_map_has_a_cell_for_each_pair_and_the_best_one_is_red() -> None:
    report = sweep_report(*TWO)
    (heat,) = re.findall(r'<div class="scroll heat".*?</div>', render_page(report, "en"), re.S)
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", heat)
    assert len(cells) == 15
    assert cells.count("–") == 1
    (best,) = re.findall(r"<td[^>]*var\(--seal\)[^>]*>([^<]*)</td>", heat)
    assert float(best) == pytest.approx(report["best"]["figure"], abs=5e-4)
    others = {name: render_page(sweep_report(*CASES[name]), "en") for name in ("one", "many")}
    assert not any('<div class="scroll heat"' in page for page in others.values())


def test_parallel_coordinates_have_a_line_for_each_combination() -> None:
    report = sweep_report(*MANY)
    (values,) = re.findall(r'<section id="values".*?</section>', render_page(report, "en"), re.S)
    assert values.count('class="series"') + values.count('class="series best"') == 9
    assert values.count('class="upright"') == 4
    assert "optimizer.name" in values


def test_means_over_seeds_are_told_with_their_errors() -> None:
    report = sweep_report(*SEEDS, fails=False)
    assert len(report["entries"]) == 5
    text = format_sweep(report)
    assert re.search(r"Best: learning_rate = 0\.01, with bits per byte [\d.]+ ± [\d.]+", text)
    assert "means over seeds" in render_page(report, "en")


@pytest.mark.parametrize("case", CASES)
def test_chinese_pages_speak_chinese(case: str) -> None:
    with speaking("zh"):
        report = sweep_report(*CASES[case])
        page, text = render_page(report, "zh"), format_sweep(report)
    assert 'lang="zh-Hans"' in page
    for word in ("取值的作用", "各次试验的学习过程", "全部试验", "最好"):
        assert word in page
    assert "最好：" in text
    prose = re.sub(r"<(style|script|code|bdi|svg).*?</\1>", "", page, flags=re.S)
    prose = re.sub(r"<[^>]*>", "", prose)
    assert not re.search(r"\b(the|best|trial|is|within)\b", prose)


def test_who_varies_the_data_is_told_that_figures_may_not_compare() -> None:
    assert "may change what is validated on" not in format_sweep(sweep_report(*ONE))
    text = format_sweep(sweep_report(*ONE, "corpus.split.validation_frac=0.1,0.2"))
    assert "corpus.split.validation_frac may change what is validated on" in text


def test_a_page_without_a_finished_trial_says_so() -> None:
    plan = plan_sweep("python_docs", ONE, SweepOptions())
    records = [Record(trial) for trial in plan.trials]
    page = render_page(build_report(plan, Path("x"), records, None, None), "en")
    assert "No trial is finished yet." in page


@pytest.mark.browser
@pytest.mark.parametrize("case", CASES)
def test_pages_open_quietly_and_fit_a_narrow_screen(
    case: str, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "sweep.html"
    path.write_text(render_page(sweep_report(*CASES[case]), "en"), encoding="utf-8")
    with opened(browser, path.as_uri(), viewport={"width": 390, "height": 800}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator("svg.line-chart").count() >= 1
