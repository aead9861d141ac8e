"""A page in a browser that must say nothing and ask for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as BrowserPage


@contextmanager
def opened(browser: Browser, address: str, **settings: Any) -> Iterator[BrowserPage]:
    """A page at `address`; fails on a message in the console or a request for anything else."""
    settings = {"viewport": {"width": 1280, "height": 900}, **settings}
    context = browser.new_context(**settings)
    page = context.new_page()
    messages: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    yield page
    assert messages == []
    assert [url for url in requests if url not in (address, "data:,")] == []
    context.close()
