"""The budget that every model of a comparison gets: seconds, tokens or FLOPs, as steps.

Comes in: what the user typed. Goes out: a kind, an amount, and the optimiser steps that it pays
for. Knows no model: what a step costs is told.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from yanmo.core.config import Config
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t

_NUMBER = r"(\d+(?:\.\d+)?(?:e\+?\d+)?)"
_TIME = re.compile(rf"{_NUMBER}\s*(s|sec|seconds?|min|minutes?|h|hours?)", re.IGNORECASE)
_COUNT = re.compile(rf"{_NUMBER}\s*([kmbgtp]?)\s*(tok|tokens?|flops?)", re.IGNORECASE)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_POWERS = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12, "p": 1e15}
_LARGEST = 1e30


class Budget(Config):
    """How much training each model gets."""

    kind: Literal["time", "tokens", "flops"]
    """What is equal for all: seconds of optimiser steps, training tokens, or training FLOPs."""
    amount: float = Field(gt=0)
    """Seconds, tokens or FLOPs."""

    def describe(self) -> str:
        """The budget in the reader's words."""
        if self.kind == "time":
            return t("{seconds:g} seconds of training", seconds=self.amount)
        if self.kind == "tokens":
            return t("{count:,.0f} training tokens", count=self.amount)
        return t("{count:.3g} training FLOPs", count=self.amount)

    def steps(self, batch_tokens: int, flops_per_token: int) -> int | None:
        """Steps of `batch_tokens` that a budget of tokens or FLOPs pays for, perhaps 0; None for
        seconds, which only a probe can turn into steps."""
        if self.kind == "time":
            return None
        each = batch_tokens * (1 if self.kind == "tokens" else flops_per_token)
        return int(self.amount // each)

    def steps_by_probe(self, step_s: float) -> int:
        """Steps that a budget of seconds pays for where a step takes `step_s`; at least one."""
        assert self.kind == "time", "only seconds are probed"
        return max(1, int(self.amount / step_s))


def parse_budget(text: str) -> Budget:
    """Read `60s`, `5min`, `1h`, `2Mtok`, `500k tokens`, `1e13flops` or `10 TFLOPs`.

    The letters k, M, B (or G), T and P are 10^3, 10^6, 10^9, 10^12 and 10^15, large or small.

    Raises:
        ConfigError: it is none of these forms, or nothing.
    """
    word = text.strip()
    if found := _TIME.fullmatch(word):
        return _build("time", float(found[1]) * _SECONDS[found[2][0].lower()], text)
    if found := _COUNT.fullmatch(word):
        amount = float(found[1]) * _POWERS[found[2].lower()]
        return _build("tokens" if found[3].lower().startswith("tok") else "flops", amount, text)
    raise _unreadable(text)


def _build(kind: Literal["time", "tokens", "flops"], amount: float, text: str) -> Budget:
    if not 0 < amount < _LARGEST:
        raise _unreadable(text)
    return Budget(kind=kind, amount=amount)


def _unreadable(text: str) -> ConfigError:
    return ConfigError(
        t("'{text}' is no budget", text=text[:60]),
        where="--budget",
        hint=t(
            "Write a time (60s, 5min, 1h), a number of tokens (500k tokens, 2Mtok) or of FLOPs"
            " (1e13flops)."
        ),
    )
