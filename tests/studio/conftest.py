"""A real small run, the studio as an application and as a process, and a browser that allows no
error and no request that leaves the machine."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient
from tests.cli.conftest import SMALL, environment, make_text
from tests.studio.page_runs import make_ink_run

from yanmo.studio.app import build_studio
from yanmo.studio.settings import STATIC, StudioSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TOKEN = "a-token-of-the-tests-0123456789"
CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 90_000
"""On a busy machine a page waits for the server's first import of a large package."""
CHROMIUM_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with one finished run, `tiny`, and its text. Copy it to change it."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # one run for all workers
    folder = base / "studio_small_run"
    with (base / "studio_small_run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "runs" / "tiny" / "report.html").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            (folder / "text.txt").write_text(make_text(400), encoding="utf-8")
            make_run(folder, "tiny", "pretrain.sample_every=3", "pretrain.sample_tokens=8")
    return folder / "runs"


def make_run(folder: Path, name: str, *settings: str) -> None:
    """Make the run `runs/NAME` below `folder` from `text.txt`."""
    words = ["demo", "--text", "text.txt", "--out", f"runs/{name}", "--quiet", *SMALL, *settings]
    subprocess.run(
        [sys.executable, "-m", "yanmo", *words], cwd=folder, env=environment(), check=True
    )


@pytest.fixture
def runs(small_run: Path, tmp_path: Path) -> Path:
    """A folder of runs of the test's own, with `tiny` in it."""
    shutil.copytree(small_run.parent, tmp_path / "here", copy_function=shutil.copy2)
    return tmp_path / "here" / "runs"


@pytest.fixture
def studio_client() -> Iterator[Callable[..., TestClient]]:
    """A function that gives a client, signed in, of a studio over a folder of runs."""
    opened: list[TestClient] = []

    def client(runs: Path, *, is_signed_in: bool = True, **changes: Any) -> TestClient:
        settings = StudioSettings(runs=runs.resolve(), token=TOKEN, **changes)
        headers = {"Authorization": f"Bearer {TOKEN}"} if is_signed_in else {}
        made = TestClient(build_studio(settings), base_url="http://127.0.0.1:7860", headers=headers)
        made.__enter__()
        opened.append(made)
        return made

    yield client
    for one in opened:
        one.__exit__(None, None, None)


@dataclass
class RunningStudio:
    """`yanmo studio` as a process."""

    runs: Path
    port: int = 0
    process: subprocess.Popen[str] | None = None
    address: str = ""

    def start(self) -> None:
        """Start it, on the port of the last time."""
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "yanmo", "studio", str(self.runs), "--no-open"),
                *("--port", str(self.port)),
            ],
            cwd=self.runs.parent,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=\S+", self.process.stdout.readline())
        assert found is not None, "the studio has printed no address"
        self.address, self.port = found[0], int(found[1])

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def studio(runs: Path) -> Iterator[RunningStudio]:
    """A studio over `runs`, as a process of its own."""
    require_pages()
    started = RunningStudio(runs)
    started.start()
    yield started
    started.kill()


def require_pages() -> None:
    """Skip where the front end is not built."""
    if not (STATIC / "index.html").is_file():
        pytest.skip("the studio's pages are not built: `make studio` builds them, with npm")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window. While it is open its thread has a running event loop, and tests
    of other files may want one of their own."""
    require_pages()
    if not Path(CHROMIUM).is_file():
        pytest.skip(f"there is no {CHROMIUM}: the pages are not looked at")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGUMENTS))
        yield opened
        opened.close()


@dataclass
class Watch:
    """What a page has done that it must not do. A test takes out what it has asked for."""

    problems: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def note(self, problem: str) -> None:
        """Note a problem, unless it holds an allowed text."""
        if not any(text in problem for text in self.allowed):
            self.problems.append(problem)


OpenPage = Callable[..., "Page"]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Problems of the pages of a test; there must be none at its end."""
    watched = Watch()
    yield watched
    assert watched.problems == []


@pytest.fixture
def open_page(browser: Browser, watch: Watch) -> Iterator[OpenPage]:
    """A function that opens a page: no error in its console, nothing asked of another machine."""
    contexts = []

    def opened(
        address: str,
        *,
        language: str = "en",
        theme: str = "light",
        width: int = 1280,
        height: int = 900,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
            locale="zh-CN" if language == "zh" else "en-US",
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()

        def hear(message: Any) -> None:
            if message.type == "error":
                watch.note(f"error in the console: {message.text}")

        page.on("pageerror", lambda error: watch.note(f"error: {error}"))
        page.on(
            "console", lambda m: watch.note(f"{m.type}: {m.text}") if m.type == "error" else None
        )

        def guard(route: Any) -> None:
            url = route.request.url
            if re.match(r"https?://(127\.0\.0\.1|localhost)[:/]", url) or url.startswith("data:"):
                route.continue_()
            else:
                watch.note(f"asked of another machine: {url}")
                route.abort()

        page.route("**/*", guard)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def ink_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with `ink`: two languages, rejected documents, tasks. Copy it to change."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # one run for all workers
    folder = base / "studio_ink_run"
    with (base / "studio_ink_run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            make_ink_run(folder)
            (folder / "whole").touch()
    return folder / "runs"
