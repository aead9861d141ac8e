"""Errors as the front end reads them: `{"error": {"what", "where", "why", "hint"}}`."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from yanmo.core.errors import ConfigError, DataError, YanmoError
from yanmo.core.messages import t


class NotHere(DataError):
    """What was asked for is not in the folder of runs; answered with status 404."""


def add_failures(app: FastAPI) -> None:
    """Have `app` answer errors in our form."""

    @app.exception_handler(YanmoError)
    def tell_ours(_: Request, error: YanmoError) -> JSONResponse:
        status = 404 if isinstance(error, NotHere) else 409
        if isinstance(error, ConfigError) and status != 404:
            status = 400
        parts = {"what": error.what, "where": error.where, "why": error.why, "hint": error.hint}
        return JSONResponse({"error": parts}, status)

    @app.exception_handler(RequestValidationError)
    def tell_unreadable(_: Request, error: RequestValidationError) -> JSONResponse:
        told = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors()
        )
        parts = {"what": t("this request cannot be understood"), "why": told}
        return JSONResponse({"error": parts}, 422)

    @app.exception_handler(HTTPException)
    def tell_http(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"error": {"what": str(error.detail)}}, error.status_code)
