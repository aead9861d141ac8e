"""Streams end with whoever reads them; what is asked for and no longer wanted is not written."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from tests.serving.learned_model import TALKS
from tests.serving.running import RunningServer, wait_until

from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.request import EngineCounts

ENDLESS = {"prompt": "The river", "max_tokens": 150, "ignore_eos": True, "temperature": 0}


@pytest.fixture
def narrow(one_slot: RunningServer) -> RunningServer:
    """A server with one slot that is free, whose steps take time, and in which one may wait."""
    wait_until(lambda: one_slot.is_idle)
    return one_slot


@pytest.fixture(scope="module")
def one_slot(learned: Path) -> Iterator[RunningServer]:
    engine = EngineConfig(num_slots=1, num_threads=1)
    running = RunningServer({"ink": learned}, engine, max_waiting=1, ping_s=0.02)
    slow_down(running)
    yield running
    running.close()


def slow_down(running: RunningServer) -> None:
    """Let each step of the engine take a while, as a large model's does."""
    (model,) = running.state.models.all()
    assert model.door is not None
    engine: Any = model.door.source
    step = engine.engine.step

    def slow_step() -> Any:
        time.sleep(0.1)
        return step()

    engine.engine.step = slow_step


def counts_of(running: RunningServer) -> EngineCounts:
    (model,) = running.state.models.all()
    assert model.door is not None
    return model.door.source.counts


def first_data(lines: Iterator[str]) -> str:
    """The first event that is no ping."""
    return next(line for line in lines if line.startswith("data: "))


def test_who_goes_away_from_a_stream_frees_the_slot(narrow: RunningServer) -> None:
    before = counts_of(narrow)
    body = {**ENDLESS, "stream": True}
    with httpx.stream("POST", f"{narrow.address}/v1/completions", json=body) as answer:
        lines = answer.iter_lines()
        first_data(lines)
        assert counts_of(narrow).num_running == 1
    wait_until(lambda: narrow.is_idle)
    after = counts_of(narrow)
    assert after.finished.get("cancelled", 0) == before.finished.get("cancelled", 0) + 1
    assert after.generated_tokens - before.generated_tokens < 150


def test_who_goes_away_without_a_stream_frees_the_slot(narrow: RunningServer) -> None:
    before = counts_of(narrow)
    connection = http.client.HTTPConnection(narrow.address.removeprefix("http://"))
    content = json.dumps(ENDLESS)
    connection.request("POST", "/v1/completions", content, {"Content-Type": "application/json"})
    wait_until(lambda: counts_of(narrow).num_running == 1)
    connection.close()
    wait_until(lambda: narrow.is_idle)
    after = counts_of(narrow)
    assert after.finished.get("cancelled", 0) == before.finished.get("cancelled", 0) + 1
    assert after.generated_tokens - before.generated_tokens < 150


def test_who_waits_is_pinged_and_who_is_one_too_many_is_told_to_come_again(
    narrow: RunningServer,
) -> None:
    address = f"{narrow.address}/v1/completions"
    body = {**ENDLESS, "stream": True}
    with (
        httpx.stream("POST", address, json=body) as first,
        httpx.stream("POST", address, json={**body, "max_tokens": 2}, timeout=30) as second,
    ):
        lines = first.iter_lines()
        first_data(lines)
        waiting = second.iter_lines()
        assert next(waiting) == ": ping"
        third = httpx.post(address, json=ENDLESS)
        assert third.status_code == 429
        assert int(third.headers["retry-after"]) >= 1
        assert third.json()["error"]["code"] == "queue_full"
        with pytest.raises(openai.RateLimitError):
            narrow.openai.completions.create(model="ink", prompt="a")
        first.close()
        assert list(waiting)[-2] == "data: [DONE]"
    wait_until(lambda: narrow.is_idle)
    assert httpx.post(address, json={**ENDLESS, "max_tokens": 1}).status_code == 200


def test_a_client_that_waits_may_leave_the_queue(narrow: RunningServer) -> None:
    address = f"{narrow.address}/v1/completions"
    with httpx.stream("POST", address, json={**ENDLESS, "stream": True}) as first:
        lines = first.iter_lines()  # a stream ends with who reads it
        first_data(lines)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(address, json=ENDLESS, timeout=0.1)
        wait_until(lambda: counts_of(narrow).num_waiting == 0)
        assert counts_of(narrow).num_running == 1
    wait_until(lambda: narrow.is_idle)


def test_a_slow_reader_misses_nothing(server: RunningServer) -> None:
    body = {"messages": [{"role": "user", "content": TALKS[2][0]}], "temperature": 0}
    content = json.dumps({**body, "stream": True}).encode()
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        connection.sendall(head.encode() + content)
        received = b""
        while piece := connection.recv(7):  # cuts characters, events and chunks everywhere
            received += piece
            if len(received) % 70 == 0:
                time.sleep(0.001)
    _, _, chunked = received.partition(b"\r\n\r\n")
    events = b"".join(chunked.split(b"\r\n")[1::2]).decode("utf-8").split("\n\n")
    contents = [json.loads(one[6:]) for one in events if one.startswith("data: {")]
    text = "".join(one["choices"][0]["delta"].get("content", "") for one in contents)
    assert text == TALKS[2][1]


def test_many_at_once_get_what_each_gets_alone(server: RunningServer) -> None:
    prompts = ["The river", "白日依山尽，", "研墨", "Where the", "1 2 3", "To the"]

    async def ask_all() -> list[str]:
        client = openai.AsyncOpenAI(base_url=f"{server.address}/v1", api_key="none")

        async def ask(prompt: str) -> str:
            stream = await client.completions.create(
                model="ink", prompt=prompt, max_tokens=30, temperature=0, stream=True
            )
            return "".join([chunk.choices[0].text async for chunk in stream])

        return list(await asyncio.gather(*(ask(prompt) for prompt in prompts * 4)))

    alone = [
        server.openai.completions.create(model="ink", prompt=prompt, max_tokens=30, temperature=0)
        .choices[0]
        .text
        for prompt in prompts
    ]
    assert asyncio.run(ask_all()) == alone * 4


def test_a_model_that_fails_is_a_500_and_an_error_event_and_the_next_request_is_served(
    learned: Path,
) -> None:
    running = RunningServer({"ink": learned})
    (model,) = running.state.models.all()
    assert model.door is not None
    engine: Any = model.door.source
    step = engine.engine.step
    is_broken = threading.Event()

    def failing_step() -> Any:
        if is_broken.is_set() and engine.engine.counts.num_running:
            raise RuntimeError("no more memory")
        return step()

    engine.engine.step = failing_step
    is_broken.set()
    body = {**ENDLESS, "max_tokens": 5}
    with httpx.stream(
        "POST", f"{running.address}/v1/completions", json={**body, "stream": True}
    ) as answer:
        assert answer.status_code == 200
        lines = [line for line in answer.iter_lines() if line]
    assert lines[-2] == "event: error"
    error = json.loads(lines[-1].removeprefix("data: "))["error"]
    assert error["code"] == "model_failed"
    with pytest.raises(openai.APIError, match="no more memory"):
        list(running.openai.completions.create(model="ink", prompt="a", stream=True))
    with pytest.raises(openai.InternalServerError):
        running.openai.completions.create(model="ink", prompt="a")
    is_broken.clear()
    assert running.post("/v1/completions", body).status_code == 200
    running.close()
