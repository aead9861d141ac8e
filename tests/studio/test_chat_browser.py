"""The page Chat in Chromium, with real models: what a reader does, and what goes wrong."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.studio.conftest import OpenPage, RunningStudio, Watch, require_pages
from tests.studio.model_runs import COUNTER, TALKER, WRITER, shared_model_runs

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_MS = 120_000  # the first answer imports torch, perhaps on a busy machine
ASKED = "Where does the river run?"
ANSWER = "To the sea, to the sea."


@pytest.fixture(scope="module")
def model_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    """A studio over models, as a process of its own."""
    require_pages()
    started = RunningStudio(shared_model_runs(tmp_path_factory))
    started.start()
    yield started
    started.kill()


def chat_address(studio: RunningStudio) -> str:
    """The page, with the token."""
    return studio.address.replace("/?", "/chat?")


def open_chat(open_page: OpenPage, studio: RunningStudio, **how: object) -> Page:
    """The page, with its models listed."""
    page = open_page(chat_address(studio), **how)
    page.set_default_timeout(PATIENCE_MS)
    page.locator(".picker__select").first.wait_for()
    return page


def choose(page: Page, model: str, lane: int = 0) -> None:
    """Choose a column's model."""
    page.locator(".picker__select").nth(lane).select_option(model)


def say(page: Page, text: str) -> None:
    """Send a message."""
    box = page.locator(".composer__field")
    box.fill(text)
    box.press("Enter")


def settle(page: Page) -> None:
    """Wait until nobody writes."""
    page.locator(".tokens__caret, .message__waiting").first.wait_for(state="detached")


def answers(page: Page) -> list[str]:
    """What models said."""
    settle(page)
    return [shown(one) for one in page.locator(".message--assistant .message__text").all()]


def shown(text: Locator) -> str:
    """A text as it is read."""
    return text.inner_text().strip()


def num_users(page: Page, model: str) -> int:
    """Streams that use a model now, as the server counts them."""
    models = page.request.get(re.sub(r"/(chat|explain).*", "/api/models", page.url)).json()[
        "models"
    ]
    return int(next(one["status"]["num_users"] for one in models if one["path"] == model))


def be_greedy(page: Page) -> None:
    """Take the most probable tokens."""
    page.get_by_role("button", name=re.compile("^(Greedy|贪心)$")).click()


def talk(page: Page) -> None:
    """Ask the model that has learned to answer."""
    choose(page, TALKER)
    be_greedy(page)
    say(page, ASKED)
    settle(page)


def test_a_conversation_is_streamed_edited_answered_again_and_kept(
    open_page: OpenPage, model_studio: RunningStudio
) -> None:
    page = open_chat(open_page, model_studio)
    talk(page)
    assert answers(page) == [ANSWER]
    page.get_by_role("button", name="Answer again").click()
    assert answers(page) == [ANSWER]
    assert page.locator(".message--assistant .versions").inner_text() == "2 / 2"
    page.locator(".message--user").hover()
    page.locator(".message--user").get_by_role("button", name="Edit").click()
    page.get_by_label("Edit the message").fill("Count to ten.")
    page.get_by_label("Edit the message").press("Enter")
    assert answers(page) == ["1 2 3 4 5 6 7 8 9 10."]
    page.locator(".message--user").get_by_label("Version before").click()
    assert answers(page) == [ANSWER]
    page.wait_for_timeout(1600)
    page.reload()
    page.locator(".message--assistant").wait_for()
    assert answers(page) == [ANSWER]
    page.locator(".message--user").get_by_label("Version after").click()
    assert answers(page) == ["1 2 3 4 5 6 7 8 9 10."]
    page.get_by_role("button", name="New", exact=True).click()
    page.locator(".message").first.wait_for(state="detached")
    assert page.locator(".composer__field").count() == 1
    page.get_by_role("button", name="Text", exact=True).click()
    assert page.locator(".composer__field").count() == 0
    page.get_by_role("button", name="History").click()
    page.locator(".history__open").first.click()
    assert answers(page) == ["1 2 3 4 5 6 7 8 9 10."]


def test_another_token_is_chosen_and_the_text_goes_on_from_it(
    open_page: OpenPage, model_studio: RunningStudio
) -> None:
    page = open_chat(open_page, model_studio)
    talk(page)
    page.locator(".message--assistant .token").nth(1).click()
    rivals = page.get_by_role("dialog", name="What might have stood here")
    rival = rivals.locator(".option").nth(2)
    chosen = rival.locator("code").inner_text().replace("␣", " ").replace("⏎", "\n")
    rival.click()
    settle(page)
    first = page.locator(".message--assistant .token").nth(0).inner_text()
    text = page.locator(".message--assistant .tokens__text").inner_text()
    assert text.startswith((first + chosen).strip("\n"))
    assert page.locator(".message--assistant .versions").inner_text() == "2 / 2"
    page.get_by_label("Version before").click()
    assert answers(page) == [ANSWER]


def test_two_models_answer_side_by_side(open_page: OpenPage, model_studio: RunningStudio) -> None:
    page = open_chat(open_page, model_studio)
    choose(page, TALKER)
    page.get_by_role("button", name="Two models").click()
    choose(page, COUNTER, lane=1)
    be_greedy(page)
    page.get_by_label("Longest answer, tokens").fill("20")
    say(page, ASKED)
    first, second = answers(page)
    assert first == ANSWER
    assert second != first
    assert page.locator(".lane").count() == 2


def test_a_text_is_gone_on_with_and_the_reader_s_own_tokens_show_theirs(
    open_page: OpenPage, model_studio: RunningStudio
) -> None:
    page = open_chat(open_page, model_studio)
    page.get_by_role("button", name="Text", exact=True).click()
    choose(page, WRITER)
    be_greedy(page)
    page.locator(".pad__field").fill("研墨 writes")
    page.locator(".pad__field").press("Control+Enter")
    settle(page)
    assert "你好 and 😀👍🏽 and 👩‍🔬 too" in page.locator(".pad__text").inner_text()
    own = page.locator(".pad__part--own .token")
    assert own.count() >= 3
    own.last.click()
    page.get_by_role("dialog").locator(".option").nth(1).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Take back").click()
    assert shown(page.locator(".pad__text")).endswith("writes")
    page.get_by_role("button", name="Edit the text").click()
    page.locator(".pad__field").fill("The river")
    page.get_by_role("button", name="Continue").click()
    settle(page)
    text = page.locator(".pad__text").inner_text()
    assert "runs to the sea, and the sea is never full." in text


def test_stopping_stops_and_going_on_goes_on(
    open_page: OpenPage, model_studio: RunningStudio
) -> None:
    page = open_chat(open_page, model_studio)
    choose(page, COUNTER)
    be_greedy(page)
    page.get_by_label("Longest answer, tokens").fill("100000")
    say(page, "1 2 3")
    page.locator(".message--assistant .token").nth(30).wait_for()
    page.get_by_role("button", name="Stop").click()
    before = answers(page)[0]
    assert "stopped" in page.locator(".node__stats").inner_text()
    page.wait_for_timeout(300)
    assert answers(page)[0] == before, "nothing comes after it was stopped"
    assert num_users(page, COUNTER) == 0, "the model is free again"
    page.get_by_role("button", name="Go on").click()
    page.locator(".message--assistant .token").nth(before.count(" ") + 40).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Stop").click()
    assert answers(page)[0].startswith(before)


def test_a_broken_connection_is_told_and_loses_nothing(
    open_page: OpenPage, model_studio: RunningStudio, watch: Watch
) -> None:
    watch.allowed += ["Failed to load resource", "ERR_"]
    page = open_chat(open_page, model_studio)
    choose(page, COUNTER)
    be_greedy(page)
    page.get_by_label("Longest answer, tokens").fill("100000")
    say(page, "1 2 3")
    page.locator(".message--assistant .token").nth(30).wait_for()
    assert model_studio.process is not None
    model_studio.process.send_signal(signal.SIGSTOP)
    model_studio.kill()
    page.get_by_role("alert").get_by_text("The connection broke").wait_for()
    before = answers(page)[0]
    assert len(before) > 20
    model_studio.start()
    page.goto(chat_address(model_studio))
    page.locator(".message--assistant").wait_for()
    assert answers(page)[0] == before, "it was stored"
    page.get_by_label("Longest answer, tokens").fill("5")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("alert").wait_for(state="detached")
    after = answers(page)[0]
    assert after.startswith(before)
    assert len(after) > len(before)


def test_everything_can_be_done_with_the_keyboard(
    open_page: OpenPage, model_studio: RunningStudio
) -> None:
    page = open_chat(open_page, model_studio)
    choose(page, TALKER)
    be_greedy(page)
    page.locator(".composer__field").focus()
    page.keyboard.type(ASKED)
    page.keyboard.press("Enter")
    assert answers(page) == [ANSWER]
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.locator(".message--assistant .token:focus").count():
            break
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".token:focus").count() == 1, "the focus comes back to the token"
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    settle(page)
    assert page.locator(".message--assistant .versions").inner_text() == "2 / 2"


def test_a_conversation_is_saved_as_a_file_and_opened_again(
    open_page: OpenPage, model_studio: RunningStudio, tmp_path: Path
) -> None:
    page = open_chat(open_page, model_studio)
    talk(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save", exact=True).click()
    saved = tmp_path / "conversation.json"
    download.value.save_as(saved)
    with page.expect_download() as download:
        page.get_by_role("button", name="As training data").click()
    example = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert example == {
        "messages": [
            {"role": "user", "content": ASKED},
            {"role": "assistant", "content": ANSWER},
        ]
    }
    other = open_chat(open_page, model_studio)
    other.get_by_role("button", name="History").click()
    other.get_by_label("Open a file").set_input_files(saved)
    other.locator(".message--assistant").wait_for()
    assert answers(other) == [ANSWER]


def test_the_raw_prompt_shows_the_template_applied(
    open_page: OpenPage, model_studio: RunningStudio
) -> None:
    page = open_chat(open_page, model_studio)
    page.get_by_label("System prompt").fill("Be brief.")
    talk(page)
    page.get_by_role("button", name="Raw prompt").click()
    raw = page.locator(".raw").inner_text()
    assert raw.startswith("<|im_start|>system\nBe brief.<|im_end|>")
    assert raw.rstrip().endswith("<|im_start|>assistant")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_narrow_screen_has_room_for_all_of_it(
    open_page: OpenPage, model_studio: RunningStudio, language: str, theme: str
) -> None:
    page = open_chat(open_page, model_studio, language=language, theme=theme, width=360)
    choose(page, TALKER)
    say(page, ASKED)
    settle(page)
    assert page.locator("h1").inner_text() == {"en": "Chat", "zh": "对话"}[language]
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 360
    page.locator(".message--assistant .token").last.click()
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360


def test_a_text_goes_on_while_another_page_is_looked_at(
    open_page: OpenPage, model_studio: RunningStudio
) -> None:
    page = open_chat(open_page, model_studio)
    choose(page, COUNTER)
    be_greedy(page)
    page.get_by_label("Longest answer, tokens").fill("100000")
    say(page, "1 2 3")
    tokens = page.locator(".message--assistant .token")
    tokens.nth(5).wait_for()
    page.get_by_role("link", name="Explain").click()
    page.locator(".ask").wait_for()
    before = num_users(page, COUNTER)
    page.get_by_role("link", name="Chat").click()
    tokens.nth(60).wait_for()
    assert before == 1, "it was written on meanwhile"
    page.get_by_role("button", name="Stop").click()
    settle(page)
