"""What went wrong with a request, as OpenAI's clients expect to be told.

In: a status and sentences. Out: `{"error": {"message", "type", "param", "code"}}`. Knows no models.
"""

from __future__ import annotations

from typing import Any

from yanmo.core.errors import ConfigError, DataError, YanmoError
from yanmo.core.messages import t
from yanmo.core.suggest import closest

TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "server_error",
    503: "service_unavailable_error",
}
RETRY_AFTER_S = 1


class ApiError(Exception):
    """An answer that is an error.

    Args:
        status: of HTTP.
        message: for the person who wrote the client.
        param: the parameter that is wrong.
        code: the error's stable name, for programs.
        headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code
        self.headers = dict(headers or {})

    @property
    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        kind = TYPES.get(self.status, "invalid_request_error")
        return {
            "error": {
                "message": self.message,
                "type": kind,
                "param": self.param,
                "code": self.code,
            }
        }


def bad_request(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """400: the client has to ask differently."""
    return ApiError(400, message, param=param, code=code)


def no_such_model(name: str, known: list[str]) -> ApiError:
    """404: nothing is served under this name."""
    nearest = closest(name, known)
    shown = ascii(name) if len(name) > 200 else name
    if nearest is not None:
        message = t(
            "the model '{name}' is not served here, did you mean '{suggestion}'?",
            name=shown[:200],
            suggestion=nearest,
        )
    else:
        message = t(
            "the model '{name}' is not served here; GET /v1/models lists what is", name=shown[:200]
        )
    return ApiError(404, message, param="model", code="model_not_found")


def too_busy() -> ApiError:
    """429: the queue is full."""
    return ApiError(
        429,
        t("too many requests wait already; try again in a moment"),
        code="queue_full",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def not_ready(message: str) -> ApiError:
    """503: not yet, or no longer."""
    return ApiError(503, message, code="not_ready", headers={"Retry-After": str(RETRY_AFTER_S)})


def refused(error: YanmoError, param: str | None = None) -> ApiError:
    """What our own code refuses: 400 where the request is the cause, else 500."""
    status = 400 if isinstance(error, ConfigError | DataError) else 500
    return ApiError(status, str(error), param=param)
