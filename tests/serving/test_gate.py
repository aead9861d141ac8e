"""Who is let in, what is too much, and what web pages may do."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.serving.running import RunningServer

from yanmo.serving import access_log
from yanmo.serving.config import ServingConfig

KEY = "ink-密钥-123"


@pytest.fixture(scope="module")
def locked(learned: Path) -> Iterator[RunningServer]:
    running = RunningServer(
        {"ink": learned},
        api_key=KEY,
        allow_origins=["https://page.example"],
        max_body_bytes=2000,
    )
    yield running
    running.close()


def test_without_the_key_nobody_is_let_in(locked: RunningServer) -> None:
    encoded = f"Bearer {KEY}".encode()
    for path in ("/v1/models", "/metrics", "/version", "/openapi.json", "/nowhere"):
        for given in (None, b"Bearer wrong", b"Basic " + KEY.encode(), KEY.encode(), b"Bearer"):
            headers = {} if given is None else {"Authorization": given}
            found = httpx.get(locked.address + path, headers=headers)
            assert found.status_code == 401
            assert found.json()["error"]["code"] == "invalid_api_key"
            assert KEY not in found.text
    assert httpx.get(locked.address + "/health").status_code == 200
    found = httpx.get(locked.address + "/v1/models", headers={"Authorization": encoded})
    assert found.status_code == 200


def test_openais_client_knows_the_error(locked: RunningServer) -> None:
    client = openai.OpenAI(base_url=f"{locked.address}/v1", api_key="wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        client.models.list()


def test_the_key_is_not_shown_with_the_settings() -> None:
    settings = ServingConfig.model_validate({"api_key": KEY})
    assert KEY not in repr(settings)
    assert KEY not in settings.model_dump_json()


def test_a_body_that_is_too_long_is_refused_whole_or_in_pieces(locked: RunningServer) -> None:
    body = json.dumps({"prompt": "a" * 3000}).encode()
    headers = {"Authorization": f"Bearer {KEY}".encode(), "Content-Type": b"application/json"}
    address = f"{locked.address}/v1/completions"

    def pieces() -> Iterator[bytes]:
        for first in range(0, len(body), 500):
            yield body[first : first + 500]

    for content in (body, pieces()):
        found = httpx.post(address, content=content, headers=headers)
        assert found.status_code == 413
        assert found.json()["error"]["code"] == "body_too_long"


def test_a_body_that_does_not_come_is_not_waited_for(learned: Path) -> None:
    running = RunningServer({"ink": learned}, body_s=0.1)
    host, port = running.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 408")
    running.close()


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "invalid_json"),
        (b"[1]", "application/json; charset=utf-8", 400, "invalid_json"),
        (b"", "application/json", 400, "invalid_json"),
        (b'{"prompt": "\\ud800"}', "application/json", 400, "invalid_json"),
        (b'{"prompt": "a", "temperature": NaN}', "application/json", 400, "invalid_json"),
        (b"[" * 100_000, "application/json", 400, "invalid_json"),
        (b"\xff\xfe", "application/json", 400, "invalid_json"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"prompt=a", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"model": "a"}', "application/json", 400, None),
    ],
)
def test_bodies_that_are_no_requests_are_refused(
    server: RunningServer, content: bytes, kind: str, status: int, code: str | None
) -> None:
    found = httpx.post(
        f"{server.address}/v1/completions", content=content, headers={"Content-Type": kind}
    )
    assert found.status_code == status
    assert found.json()["error"]["code"] == code


def test_unknown_addresses_and_methods_are_typed_errors(server: RunningServer) -> None:
    for method, path, status, code in [
        ("GET", "/v2/models", 404, "not_found"),
        ("GET", "/v1/chat/completions", 405, "method_not_allowed"),
        ("DELETE", "/v1/models", 405, "method_not_allowed"),
        ("GET", "/v1/models/other", 404, "model_not_found"),
    ]:
        found = httpx.request(method, server.address + path)
        assert (found.status_code, found.json()["error"]["code"]) == (status, code)


def test_a_page_under_a_name_of_its_own_is_not_answered(server: RunningServer) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", ""):
        found = server.get("/v1/models", host=host)
        assert found.status_code in (400, 403), host
    for host in ("localhost", "localhost:8000", "127.0.0.1", "[::1]:80"):
        assert server.get("/v1/models", host=host).status_code == 200


def test_only_pages_that_are_allowed_may_ask(locked: RunningServer, server: RunningServer) -> None:
    asks = {
        "access_control_request_method": "POST",
        "access_control_request_headers": "authorization,content-type",
    }
    for running, origin, is_allowed in [
        (locked, "https://page.example", True),
        (locked, "https://other.example", False),
        (server, "https://page.example", False),
    ]:
        given = {name.replace("_", "-"): value for name, value in asks.items()} | {"Origin": origin}
        found = httpx.options(f"{running.address}/v1/chat/completions", headers=given)
        assert (found.status_code == 204) == is_allowed
        assert found.headers.get("access-control-allow-origin") == (origin if is_allowed else None)
        plain = httpx.get(f"{running.address}/health", headers={"Origin": origin})
        assert plain.headers.get("access-control-allow-origin") == (origin if is_allowed else None)


def test_every_answer_has_a_request_id(server: RunningServer) -> None:
    assert server.get("/health", x_request_id="mine-1").headers["x-request-id"] == "mine-1"
    made = server.get("/health", x_request_id="no\x20good!" * 50).headers["x-request-id"]
    assert len(made) == 32
    assert server.get("/nowhere").headers["x-request-id"]


def test_metrics_count_requests_and_hold_no_text_of_users(server: RunningServer) -> None:
    before = metrics_of(server)
    body = {"prompt": "The river 研墨", "temperature": 0, "max_tokens": 4, "user": "somebody"}
    server.post("/v1/completions", body)
    server.get("/secret-path-of-a-user")
    after = metrics_of(server)

    def grown(name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return after[key] - before.get(key, 0.0)

    assert grown("yanmo:generation_tokens_total", model_name="ink") == 4
    assert grown("yanmo:prompt_tokens_total", model_name="ink") == 5
    assert grown("yanmo:request_success_total", model_name="ink", finished_reason="length") == 1
    for name in ("time_to_first_token", "e2e_request_latency", "request_queue_time"):
        assert grown(f"yanmo:{name}_seconds_count", model_name="ink") == 1
    assert grown("yanmo:time_per_output_token_seconds_count", model_name="ink") == 3
    assert grown("yanmo:http_requests_total", path="other", status="404") == 1
    for name in ("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc"):
        assert (f"yanmo:{name}", frozenset({("model_name", "ink")})) in after
    page = server.get("/metrics").text
    for word in ("somebody", "secret", "river", "研墨"):
        assert word not in page


def metrics_of(server: RunningServer) -> dict[Any, float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(server.get("/metrics").text)
        for sample in family.samples
    }


def test_the_log_has_no_prompts_unless_it_is_told_to(
    learned: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for is_logged in (False, True):
        running = RunningServer({"ink": learned}, log_prompts=is_logged)
        running.state.settings = running.settings.model_copy(update={"log_requests": True})
        body = {"messages": [{"role": "user", "content": "my secret"}], "max_tokens": 1}
        assert running.post("/v1/chat/completions", body).status_code == 200
        running.get("/my-secret-path")
        running.close()
        log = capfd.readouterr().err
        assert "POST /v1/chat/completions 200" in log
        assert "my-secret-path" not in log
        assert ("my secret" in log) == is_logged
        assert len(log) < access_log.MAX_LOGGED
