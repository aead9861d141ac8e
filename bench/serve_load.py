"""`yanmo serve` under load: 64 clients on this machine; some leave, dawdle or talk nonsense.

Each prompt is first asked alone. Then the clients ask at random for two minutes; whatever is
answered whole has to be what was answered alone (greedy). At the end nothing may run or wait in the
server, and its memory may not have grown. Only the loopback address is asked.

    python bench/serve_load.py runs/python_docs/pretrain/model
    python bench/serve_load.py runs/python_docs/pretrain/model --seconds 10 --clients 16 --json

Ends with code 1 where a request was lost or mixed up, a slot leaked, or memory grew.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any

HOST = "127.0.0.1"
MAX_SECONDS, MAX_CLIENTS = 600, 256
PROMPTS = [
    *("Return the", "The function", "In Python", "A list of", "This module", "If the", "The value"),
    *("白日依山尽", "For example,", "class Ink:", "Raises", "to the sea", "1 2 3 4", "def write("),
]
MALFORMED: list[tuple[bytes, str]] = [
    (b"{", "application/json"),
    (b'{"prompt": "a", "temperatur": 1}', "application/json"),
    (b'{"prompt": {"a": 1}}', "application/json"),
    (b'{"prompt": "a", "max_tokens": -5}', "application/json"),
    (b'{"prompt": "a", "model": "nobody"}', "application/json"),
    (b"\xff\xfe\x00", "application/json"),
    (b"prompt=a", "application/x-www-form-urlencoded"),
    (b"[" * 5000, "application/json"),
]
WARM_FRAC = 0.3
"""Part of the time after which memory is expected to stay where it is."""
MOST_GROWTH_BYTES = 48 << 20


@dataclass
class Report:
    """What happened."""

    first_token_s: list[float] = field(default_factory=list)
    token_s: list[float] = field(default_factory=list)
    num_tokens: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)

    def count(self, what: str) -> None:
        """One more of these."""
        self.counts[what] = self.counts.get(what, 0) + 1


class Answer:
    """One request and what comes back, over a connection of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.status = 0
        self.headers: dict[str, str] = {}

    async def ask(self, method: str, path: str, body: bytes, kind: str, name: str) -> None:
        """Send, and read the head of the answer."""
        self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"X-Request-Id: {name}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        await self._writer.drain()
        self.status = int((await self._reader.readline()).split()[1])
        while line := (await self._reader.readline()).strip():
            key, _, value = line.decode().partition(":")
            self.headers[key.lower()] = value.strip()

    async def pieces(self) -> Any:
        """The body, as it comes."""
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            yield await self._reader.read(-1)
            return
        while size := int((await self._reader.readline()).strip() or b"0", 16):
            yield (await self._reader.readexactly(size + 2))[:-2]

    async def whole(self) -> bytes:
        """All of the body."""
        return b"".join([piece async for piece in self.pieces()])

    def close(self) -> None:
        """Go away, whether it is finished or not."""
        if hasattr(self, "_writer"):
            self._writer.transport.abort()


class Load:
    """Clients of one server."""

    def __init__(self, port: int, tokens: int, seed: int) -> None:
        self._port = port
        self._tokens = tokens
        self._random = random.Random(seed)
        self._alone: dict[str, str] = {}
        self.report = Report()

    async def run(self, num_clients: int, seconds: float) -> Report:
        """Ask each prompt alone, then all clients at once."""
        for prompt in PROMPTS:
            found = json.loads(await self._post(self._body(prompt, stream=False)))
            self._alone[prompt] = found["choices"][0]["text"]
        started_at = time.monotonic()
        until = started_at + seconds
        watching = asyncio.create_task(self._watch(started_at))
        await asyncio.gather(*(self._client(until) for _ in range(num_clients)))
        await self._expect_idle()
        watching.cancel()
        self._check_memory(seconds)
        return self.report

    async def _client(self, until: float) -> None:
        ways = [self._stream] * 10 + [self._whole] * 3 + [self._leave] * 3
        ways += [self._dawdle] * 2 + [self._malformed] * 2
        while time.monotonic() < until:
            way = self._random.choice(ways)
            try:
                await asyncio.wait_for(way(), 120)
            except Exception as error:
                self.report.count("lost")
                self.report.problems.append(f"{way.__name__}: {type(error).__name__}: {error}")

    def _body(self, prompt: str, *, stream: bool) -> bytes:
        body = {"prompt": prompt, "temperature": 0, "max_tokens": self._tokens, "stream": stream}
        return json.dumps(body).encode()

    async def _open(self, body: bytes, kind: str = "application/json") -> Answer:
        answer, name = Answer(self._port), uuid.uuid4().hex
        await answer.ask("POST", "/v1/completions", body, kind, name)
        if answer.headers.get("x-request-id") != name:
            self.report.problems.append("an answer to another request")
        if answer.status >= 500:
            self.report.problems.append(f"status {answer.status}")
        return answer

    async def _post(self, body: bytes) -> bytes:
        answer = await self._open(body)
        return await answer.whole()

    async def _stream(self, *, pause_s: float = 0.0) -> None:
        prompt = self._random.choice(PROMPTS)
        began_at = last_at = time.monotonic()
        answer = await self._open(self._body(prompt, stream=True))
        if answer.status == 429:
            self.report.count("told to come again")
            answer.close()
            await asyncio.sleep(float(answer.headers["retry-after"]) * self._random.random())
            return
        text, waiting, is_done, is_first = "", b"", False, True
        async for piece in answer.pieces():
            *events, waiting = (waiting + piece).split(b"\n\n")
            now = time.monotonic()
            for event in events:
                if event == b"data: [DONE]":
                    is_done = True
                elif event.startswith(b"data: "):
                    text += json.loads(event[6:])["choices"][0]["text"]
                    self.report.num_tokens += 1
                    if not pause_s:
                        times = self.report.first_token_s if is_first else self.report.token_s
                        times.append(now - (began_at if is_first else last_at))
                    is_first, last_at = False, now
            if pause_s:
                await asyncio.sleep(pause_s)
        answer.close()
        self._compare(prompt, text if is_done else f"{text} (cut off)")
        self.report.count("read slowly" if pause_s else "streamed")

    async def _dawdle(self) -> None:
        await self._stream(pause_s=0.05)

    async def _whole(self) -> None:
        prompt = self._random.choice(PROMPTS)
        answer = await self._open(self._body(prompt, stream=False))
        content = await answer.whole()
        if answer.status == 429:
            self.report.count("told to come again")
            return
        found = json.loads(content)
        self._compare(prompt, found["choices"][0]["text"])
        self.report.num_tokens += found["usage"]["completion_tokens"]
        self.report.count("answered whole")

    async def _leave(self) -> None:
        answer = await self._open(self._body(self._random.choice(PROMPTS), stream=True))
        num_read = self._random.randint(0, 6)
        async for _ in answer.pieces():
            num_read -= 1
            if num_read < 0:
                break
        answer.close()
        self.report.count("left")

    async def _malformed(self) -> None:
        body, kind = self._random.choice(MALFORMED)
        answer = await self._open(body, kind)
        error = json.loads(await answer.whole())["error"]
        if not 400 <= answer.status < 500 or not error["message"]:
            self.report.problems.append(f"nonsense was answered {answer.status}")
        self.report.count("nonsense refused")

    def _compare(self, prompt: str, text: str) -> None:
        if text != self._alone[prompt]:
            self.report.problems.append(f"{prompt!r}: {text!r}, alone {self._alone[prompt]!r}")

    async def _metrics(self) -> dict[str, float]:
        answer = Answer(self._port)
        await answer.ask("GET", "/metrics", b"", "text/plain", uuid.uuid4().hex)
        lines = (await answer.whole()).decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {re.sub(r"\{.*\}", "", name): float(value) for name, value in pairs}

    async def _watch(self, started_at: float) -> None:
        while True:
            try:
                found = await self._metrics()
            except OSError:
                return  # whoever asks next finds out too
            at = time.monotonic() - started_at
            self.report.memory.append((at, found["process_resident_memory_bytes"]))
            await asyncio.sleep(0.5)

    async def _expect_idle(self) -> None:
        """Slots of those who left are free within a step; a second is many steps."""
        for _ in range(100):
            found = await self._metrics()
            names = ("yanmo:num_requests_running", "yanmo:num_requests_waiting")
            if not any(found[name] for name in names):
                return
            await asyncio.sleep(0.05)
        self.report.problems.append("a slot leaked: something still runs or waits")

    def _check_memory(self, seconds: float) -> None:
        settled = [size for at, size in self.report.memory if at >= WARM_FRAC * seconds]
        third = max(1, len(settled) // 3)
        begin, end = settled[:third], settled[-third:]
        growth = sum(end) / len(end) - sum(begin) / len(begin)
        if growth > MOST_GROWTH_BYTES:
            self.report.problems.append(f"memory grew by {growth / 2**20:.0f} MiB")


class Server:
    """`yanmo serve` in a process of its own."""

    def __init__(self, words: list[str]) -> None:
        command = [sys.executable, "-m", "yanmo", "serve", *words, "--port", "0", "--name", "ink"]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None, "it was piped"
        self.errors: list[str] = []
        self.log: deque[str] = deque(maxlen=20)
        for line in self._process.stderr:
            self.log.append(line)
            if found := re.search(rf"http://{HOST}:(\d+)", line):
                self.port = int(found[1])
                break
        else:
            raise SystemExit("the server did not start:\n" + "".join(self.log))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stderr is not None, "it was piped"
        for line in self._process.stderr:
            self.log.append(line)
            if "Traceback" in line or "Error" in line:
                self.errors.append(line)

    def stop(self) -> int:
        """Let it drain; its exit code."""
        self._process.terminate()
        return self._process.wait(60)


def quantile(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def figures_of(report: Report, seconds: float, exit_code: int) -> dict[str, Any]:
    """The report as numbers."""
    sizes = [size for _, size in report.memory] or [0.0]
    return {
        "first_token_ms": {p: 1e3 * quantile(report.first_token_s, p / 100) for p in (50, 95)},
        "per_token_ms": {p: 1e3 * quantile(report.token_s, p / 100) for p in (50, 95)},
        "tokens_per_s": report.num_tokens / seconds,
        "requests": report.counts,
        "memory_mib": {"first": sizes[0] / 2**20, "last": sizes[-1] / 2**20},
        "exit_code": exit_code,
        "problems": report.problems[:20],
        "num_problems": len(report.problems),
    }


def main() -> int:
    """Start the server, load it, and say what happened."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--serve", default="--slots 16", help="options of `yanmo serve`")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    clients, seconds = min(args.clients, MAX_CLIENTS), min(args.seconds, MAX_SECONDS)
    server = Server([args.model, *args.serve.split()])
    load = Load(server.port, args.tokens, args.seed)
    try:
        asyncio.run(load.run(clients, seconds))
    except OSError as error:
        load.report.problems.append(f"the server is gone: {error}\n{''.join(server.log)}")
    finally:
        exit_code = server.stop()
    report = load.report
    report.problems += server.errors
    figures = figures_of(report, seconds, exit_code)
    if args.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            shown = value
            if isinstance(value, dict):
                parts = (
                    f"{k} {v:,.1f}" if isinstance(v, float) else f"{k} {v:,}"
                    for k, v in value.items()
                )
                shown = ", ".join(parts)
            print(f"{name:16} {shown:,.1f}" if isinstance(value, float) else f"{name:16} {shown}")
    return 1 if report.problems or exit_code else 0


if __name__ == "__main__":
    sys.exit(main())
