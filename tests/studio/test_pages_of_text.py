"""The pages Data, Tokenizer and Evaluate in a browser, over a real run: what is clicked comes, in
both languages, by keyboard, on a narrow screen, with broken files, and nothing leaves the machine
(`watch` holds that for every page)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.studio.conftest import RunningStudio, Watch, require_pages
from tests.studio.page_runs import ADDRESS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OpenPage = Callable[..., "Page"]
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def ink_studio(ink_runs: Path) -> Iterator[RunningStudio]:
    """A studio over the run `ink`, as a process of its own."""
    require_pages()
    started = RunningStudio(ink_runs)
    started.start()
    yield started
    started.kill()


@pytest.fixture
def at(ink_studio: RunningStudio, open_page: OpenPage) -> OpenPage:
    """A function that opens a page of the studio by its path."""

    def opened(path: str, **look: object) -> Page:
        page = open_page(ink_studio.address, **look)
        page.goto(f"http://127.0.0.1:{ink_studio.port}{path}")
        page.locator("h1").wait_for()
        return page

    return opened


def is_within_the_screen(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways but what scrolls within itself."""
    width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(page.evaluate(width))


def test_the_funnel_opens_down_to_a_document_and_what_broke_the_limit(at: OpenPage) -> None:
    page = at("/data")
    page.get_by_role("button", name="Quality rules", exact=False).first.click()
    page.get_by_role("button", name="gopher_repetition/dup_line_frac").click()
    page.locator(".examples__one").first.click()
    page.get_by_text("at most 0.3 is kept").wait_for()
    assert page.locator("mark.mark--offence").count() > 0
    page.reload()
    page.get_by_text("at most 0.3 is kept").wait_for()  # the address keeps what was open


@pytest.mark.parametrize("language", LANGUAGES)
def test_documents_are_searched_and_walked_through_by_keyboard(at: OpenPage, language: str) -> None:
    page = at("/data?tab=documents", language=language)
    page.get_by_role("searchbox").fill("语料")
    marked = page.locator(".viewer__rows mark").first
    marked.wait_for()
    assert marked.inner_text() == "语料"
    rows = page.locator(".viewer__rows button")
    rows.nth(0).focus()
    page.keyboard.press("Enter")
    page.locator(".reader__text").wait_for()
    first = page.locator(".viewer__rows [aria-current]").get_attribute("data-row")
    page.keyboard.press("ArrowDown")
    page.locator(f'.viewer__rows [aria-current]:not([data-row="{first}"])').wait_for()
    assert page.locator(".reader__text").inner_text()


def test_personal_data_is_nowhere_on_the_page(at: OpenPage) -> None:
    page = at("/data?tab=documents&source=letters")
    page.locator(".viewer__rows button").first.click()
    private = page.locator("mark.mark--private")
    private.wait_for()
    assert private.inner_text() == "<EMAIL>"
    page.get_by_role("button", name="rejected", exact=False).click()
    page.locator(".viewer__rows li").nth(1).wait_for()
    assert ADDRESS not in page.content()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_typed_text_becomes_tokens_that_arrow_keys_walk_through(
    at: OpenPage, language: str
) -> None:
    page = at("/tokenizer", language=language)
    page.get_by_role("textbox").first.fill("ink 龘\nend")
    split = page.locator(".shared")
    split.first.wait_for()
    assert split.first.locator(".token").count() > 1
    tokens = page.locator(".tokens__text .token")
    tokens.first.focus()
    page.keyboard.press("ArrowRight")
    detail = page.locator(".tokens__detail code").first
    shown = detail.inner_text()
    assert shown in (page.locator(".token:focus").get_attribute("aria-label") or "")
    page.keyboard.press("Enter")
    page.locator(".merges, .tokens__detail--alone").first.wait_for()


def test_two_tokenizers_stand_side_by_side(at: OpenPage) -> None:
    page = at("/tokenizer?tokenizer=ink/tokenizer&beside=ink/finetune/names/tokenizer")
    page.locator(".tokens__cost").nth(1).wait_for()
    page.get_by_role("table").wait_for()
    assert page.get_by_role("columnheader").count() == 8
    page.get_by_role("searchbox").fill("the")
    page.locator(".entries__one code").filter(has_text=re.compile("^·?the$")).first.click()
    page.locator(".merges__piece").first.wait_for()


def test_a_cell_of_the_confusion_opens_its_items(at: OpenPage) -> None:
    page = at("/evaluate")
    row = page.get_by_role("row").filter(has_text="finetune/mood_again")
    row.get_by_role("link").click()
    cell = page.locator(".confusion button:not(:disabled)").first
    count = int(cell.inner_text())
    cell.click()
    page.locator(".item").first.wait_for()
    assert page.locator(".item").count() == count


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_of_two_models_and_spans_are_shown(at: OpenPage, language: str) -> None:
    beside = "beside=ink:finetune/mood_again/evaluate"
    page = at(f"/evaluate?run=ink&place=finetune/mood/evaluate&tab=items&{beside}")
    page.get_by_text("McNemar", exact=False).wait_for()
    assert page.locator(".item").first.locator(".answer").count() == 3
    page = at("/evaluate?run=ink&place=finetune/names/evaluate&tab=items", language=language)
    page.locator(".spans mark").first.wait_for()
    assert {"LOC", "PER"} <= set(page.locator(".spans small").all_inner_texts())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_document_of_the_language_model_is_read(at: OpenPage, theme: str) -> None:
    page = at("/evaluate?run=ink&place=language", theme=theme)
    page.locator(".snippet").first.click()
    page.locator(".whole-text").wait_for()
    page.keyboard.press("Escape")
    page.locator(".whole-text").wait_for(state="detached")


@pytest.mark.parametrize(
    "path",
    [
        "/data",
        "/data?tab=documents&row=0",
        "/tokenizer?beside=ink/finetune/names/tokenizer",
        "/evaluate",
        "/evaluate?run=ink&place=finetune/mood/evaluate",
        "/evaluate?run=ink&place=finetune/mood/evaluate&tab=items",
        "/evaluate?run=ink&place=language",
    ],
)
def test_pages_fit_a_narrow_screen(at: OpenPage, path: str) -> None:
    page = at(path, width=360, height=740, language="zh")
    page.wait_for_load_state("networkidle")
    assert is_within_the_screen(page)


def test_damaged_files_are_told_on_the_page(
    ink_runs: Path, tmp_path: Path, open_page: OpenPage, watch: Watch
) -> None:
    watch.allowed.append("status of 409")  # the refusal that this is about
    runs = tmp_path / "runs"
    shutil.copytree(ink_runs, runs, ignore=shutil.ignore_patterns("checkpoints"))
    next((runs / "ink" / "corpus").glob("part-*.parquet")).write_bytes(b"no parquet")
    (runs / "ink" / "tokenizer" / "tokenizer.json").write_text("{}", encoding="utf-8")
    (runs / "ink" / "finetune/mood/evaluate/report.json").write_text("{}", encoding="utf-8")
    studio = RunningStudio(runs)
    studio.start()
    try:
        page = open_page(studio.address)
        for path, told in (
            ("/data", "these documents cannot be read"),
            ("/data?tab=documents", "these documents cannot be read"),
            ("/tokenizer?tokenizer=ink/tokenizer", "cannot read this tokenizer"),
            ("/evaluate", "this is no evaluation report of a task"),
        ):
            page.goto(f"http://127.0.0.1:{studio.port}{path}")
            page.get_by_text(told, exact=False).first.wait_for()
    finally:
        studio.kill()
