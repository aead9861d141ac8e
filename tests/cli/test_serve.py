"""`yanmo serve` from its start to its end: it loads, serves, drains and says why not."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cli.conftest import YANMO, CommandLine, environment
from tests.serving.learned_model import save_learned_model

PATIENCE_S = 60.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
LONG = {"prompt": "The river", "max_tokens": 150, "ignore_eos": True, "stream": True}


@pytest.fixture(scope="module")
def ink(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("serve") / "ink"
    save_learned_model(folder)
    return folder


class Process:
    """A running server."""

    def __init__(self, *words: str | Path, **variables: str) -> None:
        self._process = subprocess.Popen(
            [*YANMO, "serve", *map(str, words), "--port", "0", "--threads", "1"],
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            env=environment() | variables,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log = ""
        self._reading = threading.Thread(target=self._read)
        self._reading.start()
        until = time.monotonic() + PATIENCE_S
        while not ADDRESS.search(self.log):
            assert time.monotonic() < until, self.log
            assert self._process.poll() is None, self.log
            time.sleep(0.02)
        found = ADDRESS.search(self.log)
        assert found is not None
        self.address = found[0]

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.log += line

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        code = self._process.wait(PATIENCE_S)
        self._reading.join(PATIENCE_S)
        assert "Traceback" not in self.log, self.log
        return code

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reading.join(PATIENCE_S)


@pytest.fixture
def start(ink: Path) -> Iterator[Any]:
    """A function that starts a server; what is still running at the end is killed."""
    started: list[Process] = []

    def start_one(*words: str | Path, **variables: str) -> Process:
        started.append(Process(ink, *words, **variables))
        return started[-1]

    yield start_one
    for process in started:
        process.kill()


@pytest.mark.slow
def test_requests_that_run_end_well_while_no_more_are_taken(start: Any, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("file-secret\n", encoding="utf-8")
    process = start("--name", "ink", "--drain-s", "50", "--api-key-file", file)
    assert httpx.get(f"{process.address}/v1/models").status_code == 401
    key = {"Authorization": "Bearer file-secret"}
    address = f"{process.address}/v1/completions"
    settings: dict[str, Any] = {"json": LONG, "headers": key, "timeout": PATIENCE_S}
    streams = [httpx.stream("POST", address, **settings) for _ in range(6)]
    with httpx.Client(timeout=PATIENCE_S) as other:
        assert other.get(f"{process.address}/health").status_code == 200
        answers = [stream.__enter__() for stream in streams]
        process.signal(signal.SIGTERM)
        texts = [list(answer.iter_lines()) for answer in answers]
        for stream in streams:
            stream.__exit__(None, None, None)
    assert all("data: [DONE]" in lines for lines in texts)
    assert process.wait() == 0
    assert "POST /v1/completions 200" in process.log
    assert "file-secret" not in process.log


@pytest.mark.slow
def test_requests_that_do_not_end_in_time_are_told_so(start: Any) -> None:
    words = ("--name", "ink", "--drain-s", "0", "--slots", "1")
    process = start(*words, YANMO_API_KEY="variable-secret")
    key = {"Authorization": "Bearer variable-secret"}
    address = f"{process.address}/v1/completions"
    settings: dict[str, Any] = {"headers": key, "timeout": PATIENCE_S}
    with httpx.stream("POST", address, json={**LONG, "n": 100}, **settings) as answer:
        lines = answer.iter_lines()
        next(lines)
        process.signal(signal.SIGINT)
        rest = [line for line in lines if line]
    assert rest[-2] == "event: error"
    assert json.loads(rest[-1].removeprefix("data: "))["error"]["code"] == "not_ready"
    assert process.wait() == 0
    assert "variable-secret" not in process.log


def test_what_cannot_be_served_is_told_in_both_languages(
    yanmo: CommandLine, ink: Path, tmp_path: Path
) -> None:
    assert "there is no model in this folder" in yanmo.refused("serve", tmp_path)
    assert "two models are called 'a'" in yanmo.refused(
        "serve", ink, ink, "--name", "a", "--name", "a"
    )
    assert "more names than models" in yanmo.refused("serve", ink, "--name", "a", "--name", "b")
    assert "no engine 'vllm'" in yanmo.refused("serve", ink, "--engine", "vllm")
    assert "num_slots = 0" in yanmo.refused("serve", ink, "--slots", "0")
    assert "give the key once" in yanmo.refused(
        "serve", ink, "--api-key", "a", "--api-key-file", "b"
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "cannot listen at" in yanmo.refused("serve", ink, "--port", port)
    message = yanmo.refused("serve", ink, "--port", "0", "--slot-tokens", "100000")
    assert "positions" in message


def test_without_llama_cpp_its_package_is_named(yanmo: CommandLine, ink: Path) -> None:
    try:
        import llama_cpp  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        message = yanmo.refused("serve", ink, "--port", "0", "--engine", "llama.cpp")
        assert "pip install llama-cpp-python" in message
    else:
        pytest.skip("llama-cpp-python is installed")


def test_who_listens_to_everybody_without_a_key_is_warned(yanmo: CommandLine, ink: Path) -> None:
    ended = yanmo("serve", ink, "--host", "0.0.0.0", "--port", "0", "--slot-tokens", "100000")
    assert ended.code == 2
    assert "everybody who reaches 0.0.0.0" in ended.err
    assert os.environ.get("YANMO_API_KEY") is None
