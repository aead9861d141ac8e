"""The page in a real browser: quiet, alone, narrow, dark, and answering to hand and keys."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.pipeline.quiet_page import opened

from yanmo.pipeline.report.build import build_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as BrowserPage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def reports(
    tmp_path_factory: pytest.TempPathFactory, write_run: Callable[..., Path]
) -> dict[str, str]:
    """Addresses of reports, by name."""
    folder = tmp_path_factory.mktemp("runs")
    runs = {
        "en": write_run(folder / "en", is_resumed=True),
        "zh": write_run(folder / "zh", language="zh"),
        "part": write_run(folder / "part", stages=("corpus", "tokenizer")),
    }
    spoken: Any = {"en": "en", "zh": "zh", "part": "en"}
    return {name: build_report(run, language=spoken[name]).as_uri() for name, run in runs.items()}


@pytest.mark.parametrize("name", ["en", "zh", "part"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_page_is_quiet_and_fits_the_screen(
    browser: Browser, reports: dict[str, str], name: str, width: int
) -> None:
    with opened(browser, reports[name], viewport={"width": width, "height": 800}) as page:
        for part in page.locator("details").all():
            part.evaluate("part => { part.open = true; }")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        lang = page.evaluate("document.documentElement.lang")
        assert lang == ("zh-Hans" if name == "zh" else "en")


def test_colours_follow_the_system_and_the_button(
    browser: Browser, reports: dict[str, str]
) -> None:
    colour = "getComputedStyle(document.documentElement).backgroundColor"
    with opened(browser, reports["en"], color_scheme="light") as page:
        light = page.evaluate(colour)
        page.click("#theme")
        dark = page.evaluate(colour)
        assert light != dark
        page.reload()
        assert page.evaluate(colour) == dark, "the choice is remembered"
        page.emulate_media(media="print")
        assert page.evaluate(colour) == "rgb(255, 255, 255)", "paper is white"
    with opened(browser, reports["en"], color_scheme="dark") as page:
        assert page.evaluate(colour) == dark
        assert page.inner_text("#theme") == "Light"


def test_read_out_follows_the_pointer(browser: Browser, reports: dict[str, str]) -> None:
    with opened(browser, reports["en"]) as page:
        resting = page.inner_text("#chart-loss .readout")
        assert resting.startswith("step 400")
        page.hover("#chart-loss .plot", position={"x": 300, "y": 100})
        shown = page.inner_text("#chart-loss .readout")
        assert shown != resting and "tokens" in shown and "validation" in shown
        for chart in ("loss", "lr", "grad_norm", "tokens_per_s"):
            cursor = page.locator(f"#chart-{chart} .cursor")
            assert cursor.get_attribute("visibility") == "visible"
        page.hover("h1")
        assert page.inner_text("#chart-loss .readout") == resting


def test_read_out_follows_the_arrow_keys(browser: Browser, reports: dict[str, str]) -> None:
    with opened(browser, reports["zh"]) as page:
        plot = page.locator("#chart-loss .plot")
        plot.focus()
        page.keyboard.press("Home")
        assert str(plot.get_attribute("aria-valuetext")).startswith("步 1,")
        page.keyboard.press("ArrowRight")
        assert str(plot.get_attribute("aria-valuetext")).startswith("步 2,")
        page.keyboard.press("End")
        assert str(plot.get_attribute("aria-valuetext")).startswith("步 400,")
        page.keyboard.press("Escape")
        assert page.locator("#chart-loss .cursor").get_attribute("visibility") == "hidden"


def test_axes_can_be_switched(browser: Browser, reports: dict[str, str]) -> None:
    def tick_texts(page: BrowserPage) -> list[str]:
        return page.locator("#chart-loss .tick").all_text_contents()

    with opened(browser, reports["en"]) as page:
        page.wait_for_function("document.querySelector('#chart-loss .cursor')")
        seen = [tick_texts(page)]
        path = page.locator("#chart-loss .series.line")
        linear = path.get_attribute("d")
        for value in ("tokens", "time"):
            page.locator(f"input[value={value}]").check(force=True)
            seen.append(tick_texts(page))
        assert any(":" in text for text in seen[-1]), "time is written as on a clock"
        page.locator("input[value=log]").check(force=True)
        seen.append(tick_texts(page))
        assert all(a != b for a, b in pairwise(seen))
        assert path.get_attribute("d") != linear


def test_command_is_copied(browser: Browser, reports: dict[str, str]) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, reports["en"], permissions=permissions) as page:
        button = page.locator("#onward .copy").nth(1)
        button.click()
        button.filter(has_text="Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == "yanmo demo --text PATH"


def test_page_is_whole_without_a_script(browser: Browser, reports: dict[str, str]) -> None:
    with opened(browser, reports["en"], java_script_enabled=False) as page:
        assert page.locator("#chart-loss .series.line").count() == 1
        assert page.locator("#chart-loss .dot").count() == 11
        assert not page.locator("#theme").is_visible()
        assert not page.locator(".copy").first.is_visible()
        assert not page.locator(".switches").is_visible()


def test_small_text_has_contrast(browser: Browser, reports: dict[str, str]) -> None:
    """At least 4.5 to 1 for labels (WCAG 2.2, 1.4.3), in both colour schemes."""
    measure = """selector => {
        const curve = c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
        const channel = c => curve(c / 255);
        const light = text => { const [r, g, b] = text.match(/\\d+/g).map(Number);
            return .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b); };
        const ink = light(getComputedStyle(document.querySelector(selector)).color);
        const paper = light(getComputedStyle(document.body).backgroundColor);
        return (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05);
    }"""
    for scheme in ("light", "dark"):
        with opened(browser, reports["en"], color_scheme=scheme) as page:
            for selector in (".headline dt", ".circumstances", ".good", ".minus:not(:empty)"):
                assert page.evaluate(measure, selector) >= 4.5, (scheme, selector)
