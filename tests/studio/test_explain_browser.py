"""The page Explain in Chromium: each way of looking, in both languages, with the keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.studio.conftest import OpenPage, RunningStudio, require_pages
from tests.studio.model_runs import CLASSIFIER, WRITER, shared_model_runs

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_MS = 120_000  # the first question imports torch, perhaps on a busy machine
TEXT = "The river runs to the"


@pytest.fixture(scope="module")
def model_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    """A studio over models, as a process of its own."""
    require_pages()
    started = RunningStudio(shared_model_runs(tmp_path_factory))
    started.start()
    yield started
    started.kill()


def explain(open_page: OpenPage, studio: RunningStudio, model: str, **how: object) -> Page:
    """The page, with an answer."""
    page = open_page(studio.address.replace("/?", "/explain?"), **how)
    page.set_default_timeout(PATIENCE_MS)
    page.locator(".picker__select").select_option(model)
    page.locator(".ask__text").first.fill(TEXT)
    page.locator(".ask__text").first.press("Enter")
    page.locator(".answer__text").wait_for()
    return page


def test_an_attribution_comes_with_the_verdict_of_the_deletion_test(
    open_page: OpenPage, model_studio: RunningStudio
) -> None:
    pytest.importorskip("captum")
    page = explain(open_page, model_studio, WRITER)
    assert page.locator(".answer__text").inner_text() == "␣sea"
    page.locator(".strip__token").first.wait_for()
    before = page.locator(".strip__value").all_inner_texts()
    page.get_by_text("Deletion test:").wait_for()
    page.get_by_role("button", name="Ablation").click()
    page.locator(".skeleton").wait_for(state="detached")
    page.locator(".strip__token").first.wait_for()
    assert page.locator(".strip__value").all_inner_texts() != before
    page.reload()
    page.locator(".answer__text").wait_for()
    assert page.locator(".ask__text").first.input_value() == TEXT, "the address keeps the question"


def test_every_head_is_seen_and_one_is_walked_through_with_the_keyboard(
    open_page: OpenPage, model_studio: RunningStudio
) -> None:
    page = explain(open_page, model_studio, WRITER)
    page.get_by_role("tab", name="Attention").click()
    heads = page.locator(".thumbnail")
    heads.first.wait_for()
    assert heads.count() == 8
    heads.nth(5).focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Layer 2, head 2").wait_for()
    page.locator(".matrix canvas").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    told = page.locator(".matrix p").inner_text()
    assert re.fullmatch(r"“.+” looks at “.+”: [<\d.]+%", told)
    page.keyboard.press("ArrowLeft")
    assert page.locator(".matrix p").inner_text() != told


def test_the_lens_shows_the_best_of_every_layer(
    open_page: OpenPage, model_studio: RunningStudio
) -> None:
    page = explain(open_page, model_studio, WRITER)
    page.get_by_role("tab", name="Logit lens").click()
    last = page.locator(".lens__cell[tabindex='0']")
    last.wait_for()
    assert last.inner_text() == "␣sea"
    assert page.locator(".lens__details .bars__row").count() == 5
    last.focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("heading", name=re.compile("^Layer 1, after")).wait_for()


def test_heads_are_switched_off_and_on(open_page: OpenPage, model_studio: RunningStudio) -> None:
    page = explain(open_page, model_studio, WRITER)
    page.get_by_role("tab", name="Heads off").click()
    page.locator(".effect").first.wait_for()
    assert page.locator(".effect").count() == 8
    for head in (0, 5):
        page.locator(".effect").nth(head).click()
    page.locator(".bars--change .bars__row").first.wait_for()
    assert "→" in page.locator(".bars--change").inner_text()
    page.get_by_role("button", name="All on again").click()
    page.get_by_text("Choose heads on the left").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_label_is_explained_in_chinese_on_a_narrow_screen(
    open_page: OpenPage, model_studio: RunningStudio, theme: str
) -> None:
    page = explain(open_page, model_studio, CLASSIFIER, language="zh", theme=theme, width=360)
    assert page.locator("h1").inner_text() == "解释"
    page.locator(".ask__foot select").nth(1).select_option("poem")
    page.get_by_role("button", name="解释", exact=True).click()
    page.locator(".answer__text", has_text="poem").wait_for()
    for name in ("归因", "注意力", "Logit 透镜", "关闭注意力头"):
        page.get_by_role("tab", name=name, exact=True).click()
        page.locator(".skeleton").wait_for(state="detached")
        page.locator(".strip__token, .thumbnail, .lens__cell, .effect").first.wait_for()
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= 360, name
