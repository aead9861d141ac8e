"""Whatever is sent to whatever route, the answer is no failure of the server, and it is typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from tests.serving.running import RunningServer

from yanmo.serving.app import POSTED, READ

MAX_TOKENS = 4
BOUNDED = settings(
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
POSITIVE = [(path, GenerationMode.POSITIVE) for path in (*POSTED, *READ)]
NEGATIVE = [(path, GenerationMode.NEGATIVE) for path in POSTED]


@pytest.fixture(scope="module")
def server(learned: Path) -> Iterator[RunningServer]:
    running = RunningServer({"ink": learned}, max_waiting=1000)
    yield running
    running.close()


@pytest.mark.slow
@pytest.mark.parametrize(("path", "mode"), [*POSITIVE, *NEGATIVE])
def test_no_request_that_can_be_described_makes_the_server_fail(
    server: RunningServer, path: str, mode: GenerationMode
) -> None:
    """Requests as the OpenAPI document describes them, and requests that break it."""
    document = server.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document).include(path=path.replace(":path", ""))
    (operation,) = (one.ok() for one in schema.get_all_operations())

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        case.body = shortened(case.body)
        answer = case.call(base_url=server.address)
        case.validate_response(answer, checks=[not_a_server_error])
        if answer.status_code >= 400:
            assert set(answer.json()["error"]) == {"message", "type", "param", "code"}

    check()


def shortened(body: Any) -> Any:
    """The same request, which does not write for long, and for the model that there is."""
    if not isinstance(body, dict) or not all(isinstance(key, str) for key in body):
        return body
    limits = {name: MAX_TOKENS for name in ("max_tokens", "max_completion_tokens") if name in body}
    return {**body, **limits, **({"model": "ink"} if "model" in body else {})}


def test_the_document_describes_every_route_and_resolves(server: RunningServer) -> None:
    document = server.get("/openapi.json").json()
    assert set(document["paths"]) == {path.replace(":path", "") for path in (*POSTED, *READ)}
    names = set(document["components"]["schemas"])

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (v for k, v in value.items() if k == "$ref")
            for one in value.values():
                yield from references(one)
        elif isinstance(value, list):
            for one in value:
                yield from references(one)

    found = {one.rpartition("/")[2] for one in references(document) if isinstance(one, str)}
    assert found <= names
    assert {"ChatRequest", "CompletionRequest", "ErrorAnswer"} <= found
