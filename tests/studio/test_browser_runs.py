"""The pages of runs in a browser: Runs, Run and New."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.studio.conftest import OpenPage, RunningStudio, Watch
from tests.studio.test_jobs import ended_at_last, last_step, values_of, wait_until

from yanmo.studio.jobs import running_pid, usual_command
from yanmo.studio.run_state import state_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["ended_at_last"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = ("/", "/run", "/new", "/data", "/tokenizer", "/chat", "/explain", "/evaluate")
Is = Callable[[], bool]


def width_of(page: Page) -> int:
    """How wide the page is, whatever its window."""
    return int(page.evaluate("document.documentElement.scrollWidth"))


def at(studio: RunningStudio, path: str) -> str:
    """An address of the studio that signs in and goes to `path`."""
    before, _, token = studio.address.partition("/?")
    return f"{before}{path}{'&' if '?' in path else '?'}{token}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_opens_in_both_languages_and_themes_and_at_360_pixels(
    studio: RunningStudio, open_page: OpenPage, watch: Watch, language: str
) -> None:
    theme = {"en": "light", "zh": "dark"}[language]
    page = open_page(studio.address, language=language, theme=theme, width=360, height=740)
    for path in PAGES:
        page.goto(at(studio, path))
        page.locator("h1").first.wait_for()
        page.locator(".skeleton").first.wait_for(state="detached")
        assert width_of(page) <= 360, f"{path} is wider than the screen"
        assert page.locator("[role=alert]").count() == 0, path
        shown = page.locator("h1").first.inner_text()
        assert bool(re.search("[一-鿿]", shown)) == (language == "zh") or path == "/run"


def test_curves_of_chosen_runs_and_their_differences(
    studio: RunningStudio, runs: Path, open_page: OpenPage, watch: Watch
) -> None:
    shutil.copytree(runs / "tiny", runs / "other")
    recipe = runs / "other" / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("steps = 6\n", "steps = 9\n", 1))
    page = open_page(studio.address)
    page.locator("canvas").first.wait_for()
    legend = page.locator(".chart__legend")
    assert legend.get_by_text("tiny").count() == 2 and legend.get_by_text("other").count() == 2
    chosen = page.get_by_role("region", name="Chosen runs")
    chosen.get_by_role("button", name="Tokens", exact=True).click()
    page.get_by_label("log y").check()
    page.get_by_label("Smoothing").fill("0.9")
    page.get_by_role("checkbox", name="Select other").uncheck()
    legend.get_by_text("other").first.wait_for(state="detached")
    assert "runs=tiny" in page.url
    page.reload()
    page.locator("canvas").first.wait_for()
    assert legend.get_by_text("other").count() == 0
    page.get_by_role("checkbox", name="Select other").check()
    page.get_by_role("button", name="Configuration").click()
    page.get_by_text("pretrain.steps").wait_for()
    page.get_by_label("Filter by name").fill("oth")
    assert page.locator("tbody tr").count() >= 1
    assert page.get_by_role("link", name="tiny").count() == 0


def test_a_run_shows_its_parts(studio: RunningStudio, open_page: OpenPage, watch: Watch) -> None:
    page = open_page(at(studio, "/runs/tiny"))
    page.get_by_role("heading", name="Gradient norm").wait_for()
    page.get_by_role("tab", name="Samples").click()
    page.locator(".samples li").first.wait_for()
    page.get_by_role("tab", name="Stages and lineage").click()
    page.locator(".lineage__node", has_text="tokenizer").click()
    page.get_by_text("Content hash").wait_for()
    page.get_by_role("tab", name="Events and log").click()
    page.get_by_text("yanmo run").wait_for()
    page.get_by_role("tab", name="Recipe").click()
    page.get_by_text("[pretrain.optimizer]").wait_for()
    page.get_by_role("link", name="New run from this recipe").click()
    page.get_by_text("Parameters").wait_for()
    assert page.get_by_label("Name of the run").input_value().startswith("tiny-")


def test_the_form_says_what_the_command_line_says(
    studio: RunningStudio, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page(at(studio, "/new?shipped=python_docs"))
    steps = page.get_by_role("textbox", name="steps", exact=True)
    steps.fill("many")
    page.get_by_text('pretrain.steps = "many": must be a whole number').first.wait_for()
    assert page.get_by_role("button", name="Start").is_disabled()
    steps.fill("321")
    page.get_by_text("pretrain.steps=321").wait_for()
    page.get_by_label("Search keys").fill("vocab_size")
    page.get_by_role("textbox", name="tokenizer.vocab_size").fill("999")
    page.get_by_text("tokenizer.vocab_size=999").wait_for()
    page.get_by_text("Parameters").wait_for()
    page.reload()
    page.get_by_text("tokenizer.vocab_size=999").wait_for()
    page.get_by_role("button", name="中文").click()
    page.get_by_role("heading", name="新建运行").wait_for()
    page.get_by_role("heading", name="预估").wait_for()


def test_a_run_is_found_and_opened_with_the_keyboard_alone(
    studio: RunningStudio, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page(studio.address)
    page.get_by_role("link", name="tiny").wait_for()
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText"))
        if reached[-1] == "tiny":
            break
    assert reached[0] == "Skip to content" and reached[-1] == "tiny"
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Curves").wait_for()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "tab":
            break
    page.keyboard.press("ArrowRight")
    page.locator(".samples li").first.wait_for()
    assert "tab=samples" in page.url


def test_curves_go_on_over_a_refresh_and_a_restart_of_the_studio(
    studio: RunningStudio,
    runs: Path,
    open_page: OpenPage,
    watch: Watch,
    ended_at_last: None,
) -> None:
    watch.allowed += ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED", "ERR_CONNECTION_RESET"]
    page = open_page(at(studio, "/new"))
    values = values_of(runs, steps=50_000)
    started = page.evaluate(
        "values => fetch('/api/start', {method: 'POST', body: JSON.stringify({values}),"
        " headers: {'Content-Type': 'application/json'}}).then(answer => answer.json())",
        values,
    )
    assert started == {"run": "job"}
    metrics = runs / "job" / "pretrain" / "metrics.jsonl"
    wait_until(lambda: metrics.is_file() and last_step(metrics) > 2)
    page.goto(at(studio, "/runs/job"))
    page.locator("canvas").first.wait_for()
    page.get_by_text("Running").first.wait_for()
    wait_until(lambda: shown_step(page) >= 3)
    page.reload()
    page.locator("canvas").first.wait_for()
    before = shown_step(page)
    studio.kill()
    time.sleep(1.0)
    assert running_pid(runs / "job") is not None
    studio.start()
    wait_until(lambda: shown_step(page) > before + 2)
    assert page.get_by_text("The studio does not answer").count() == 0
    page.get_by_role("button", name="Stop").click()
    wait_until(lambda: running_pid(runs / "job") is None)
    page.get_by_role("button", name="Resume").wait_for(timeout=60_000)
    assert state_of(runs / "job").name == "stopped"
    assert usual_command(runs / "job")[0] == "run"


def shown_step(page: Page) -> int:
    """The step that the page says the run has come to."""
    text = page.locator(".figures").inner_text() if page.locator(".figures").count() else ""
    found = re.search(r"([\d,]+) / 50,000", text)
    page.wait_for_timeout(100)
    return int(found[1].replace(",", "")) if found else -1
