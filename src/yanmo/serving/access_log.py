"""A line for each answer, on standard error: when, what, how long. What was asked stays out of it
unless the server was told to write it."""

from __future__ import annotations

import sys
import time
from typing import Any

import orjson
from starlette.types import Scope

MAX_LOGGED = 10_000


def write_access(
    scope: Scope, path: str, status: int, seconds: float, request_id: str, asked: Any
) -> None:
    """Write the line of one answer.

    Args:
        scope: of the request.
        path: the route; a path that is none could hold anything, and is not written.
        status: of the answer.
        seconds: that it took.
        request_id: its name.
        asked: the request itself, where it is to be written.
    """
    if path in ("/health", "/metrics") and status == 200:
        return  # asked every few seconds
    client = scope.get("client") or ("-", 0)
    now = time.strftime("%Y-%m-%dT%H:%M:%S")
    parts = [now, str(client[0]), scope["method"], path, str(status), f"{seconds:.3f}s"]
    parts.append(f"id={request_id}")
    if asked is not None:
        body = orjson.dumps(asked.model_dump(exclude_none=True, by_alias=True)).decode("utf-8")
        parts.append(body[:MAX_LOGGED])
    print(" ".join(parts), file=sys.stderr, flush=True)
