"""The page of a comparison: what it says in two languages, and that it opens quietly."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.pipeline.quiet_page import opened

from yanmo.pipeline.compare.learning_curves import learning_curves
from yanmo.pipeline.compare.page import render_page
from yanmo.pipeline.compare.table import format_comparison

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def model(name: str, bits: float, *, family: str | None = None) -> dict[str, Any]:
    """A model of a report; with a family a neural one."""
    points = 1 if family is None else 6
    curve = [
        {
            "step": 10 * i,
            "tokens": 20_000 * i,
            "seconds": 2.0 * i,
            "loss": 2 * bits + 2 / (1 + i),
            "bits_per_byte": bits + 1 / (1 + i),
        }
        for i in range(points)
    ]
    return {
        "name": name,
        "kind": "neural" if family else "ngram",
        "family": family,
        "num_params": 2_100_000,
        "num_params_non_embedding": 1_300_000 if family else None,
        "steps": 50 if family else None,
        "tokens": 100_000,
        "training_s": 10.04,
        "other_s": 1.5,
        "tokens_per_s": 9_960.2,
        "peak_memory_bytes": 512_000_000,
        "flops": 1.23e12 if family else None,
        "optimizer": {"name": "muon", "learning_rate": 0.03, "adamw_learning_rate": 0.02},
        "dropout": 0.0,
        "device": "a processor",
        "curve": curve,
        "bits_per_byte": bits,
        "bits_per_byte_interval": [bits - 0.02, bits + 0.02],
        "perplexity": 150.0,
        "top1": 0.25,
        "top5": 0.4,
    }


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """A report of four models, two of which end close together, and one that failed."""
    return {
        "format_version": 1,
        "run": "small <text>",
        "budget": {"kind": "time", "amount": 60.0},
        "batch_rows": 16,
        "row_tokens": 128,
        "seed": 0,
        "vocab_size": 4096,
        "split": "test",
        "documents": 56,
        "tokens": 50_217,
        "bytes": 172_706,
        "context_tokens": 128,
        "stride_tokens": 64,
        "models": [
            model("qwen3", 1.80, family="qwen3"),
            model("lstm", 1.801, family="lstm"),
            model("4gram", 1.95),
            model("ffn", 2.1, family="ffn"),
        ],
        "differences": [],
        "failures": [{"name": "rnn", "error": "the loss is <nan>"}],
    }


def test_the_page_tells_what_the_report_says_in_both_languages(
    report: dict[str, Any], speak: Callable[[str], None]
) -> None:
    expected = {
        "en": ("60 seconds of training", "That is the fewest of 4 models", "Models that failed"),
        "zh": ("训练 60 秒", "这是 4 个模型中最少的", "失败的模型"),
    }
    for language, sentences in expected.items():
        speak(language)
        page = render_page(report, language)
        assert all(sentence in page for sentence in sentences)
        assert "small &lt;text&gt;" in page and "the loss is &lt;nan&gt;" in page
        assert page.count('class="score-row"') == 4
        assert "http" not in page.replace("http-equiv", "")


def test_a_report_of_one_model_without_an_interval_is_a_page(report: dict[str, Any]) -> None:
    lone = {**model("4gram", 2.0), "bits_per_byte_interval": None}
    page = render_page({**report, "models": [lone], "failures": []}, "en")
    assert "Whiskers" not in page
    assert "Whiskers" in render_page(report, "en")
    assert "<svg" in page  # the mark
    shown = page.partition("<body>")[2]
    assert "line-chart" not in shown
    assert "notice" not in shown


def test_names_at_the_ends_of_lines_do_not_overlap(report: dict[str, Any]) -> None:
    for axis in ("tokens", "seconds"):
        picture = learning_curves(report["models"], axis)  # type: ignore[arg-type]
        places = [float(y) for y in re.findall(r'class="name" x="[\d.]+" y="([\d.]+)"', picture)]
        assert len(places) == 4
        ordered = sorted(places)
        assert all(b - a >= 14.9 for a, b in pairwise(ordered))
        assert picture.count("<circle") == 18
        assert picture.count("counted") == 1


def test_the_table_lines_up_in_both_languages(
    report: dict[str, Any], speak: Callable[[str], None]
) -> None:
    from yanmo.core.text_width import cell_width

    for language, heading in (("en", "bits per byte"), ("zh", "每字节比特")):
        speak(language)
        lines = format_comparison(report).splitlines()[2:]
        assert heading in lines[0]
        assert len({cell_width(line) for line in lines}) == 1
        assert [line.split()[0] for line in lines[1:]] == ["qwen3", "lstm", "4gram", "ffn"]


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_opens_quietly_and_fits(
    browser: Browser,
    report: dict[str, Any],
    speak: Callable[[str], None],
    tmp_path: Path,
    language: str,
    width: int,
) -> None:
    speak(language)
    path = tmp_path / "compare.html"
    path.write_text(render_page(report, language), encoding="utf-8")
    with opened(browser, path.as_uri(), viewport={"width": width, "height": 900}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("svg.line-chart").count() == 2
        before = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        page.click("#theme")
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != before
