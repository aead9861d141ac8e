"""What has been written for each choice of a request, and how many tokens it took.

In: the events of the engine. Out: texts, tokens, reasons, and the `usage` of an answer. Knows
nothing of how answers are spelled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from yanmo.core.messages import t
from yanmo.inference.engine.request import (
    ChoiceEvent,
    EngineEvent,
    FinishReason,
    PromptEvent,
    ScoredToken,
)
from yanmo.serving.api_error import ApiError, not_ready
from yanmo.serving.following import Following

FOREVER_S = 3600.0


@dataclass
class WrittenChoice:
    """A choice so far."""

    text: str = ""
    tokens: list[ScoredToken] = field(default_factory=list)
    reason: FinishReason | None = None

    def add(self, event: ChoiceEvent) -> None:
        """What an event brings."""
        self.text += event.text
        self.tokens += event.tokens
        self.reason = event.finish_reason


@dataclass
class Usage:
    """Tokens that were read and written."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0

    def add(self, event: EngineEvent) -> None:
        """Count an event."""
        if isinstance(event, PromptEvent):
            self.prompt_tokens += event.num_tokens
            self.cached_tokens += event.num_reused
        else:
            self.completion_tokens += len(event.tokens)

    def told(self) -> dict[str, Any]:
        """As clients have it."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens},
        }


@dataclass
class Collected:
    """All choices of a request, ended."""

    choices: list[WrittenChoice]
    prompts: dict[int, PromptEvent]
    usage: Usage


async def collect(following: Following, num_choices: int) -> Collected:
    """Wait until all choices have ended.

    Raises:
        ApiError: one of them failed, or the server is about to end.
    """
    found = Collected([WrittenChoice() for _ in range(num_choices)], {}, Usage())
    while following.is_open:
        told = await following.next(FOREVER_S)
        if told is None:
            continue
        place, event = told
        found.usage.add(event)
        if isinstance(event, PromptEvent):
            found.prompts[place] = event
            continue
        refuse_failure(event)
        found.choices[following.choice_of(place, event)].add(event)
    return found


def refuse_failure(event: ChoiceEvent) -> None:
    """Raises ApiError where a choice did not come to an end of its own."""
    if event.finish_reason == "error":
        message = t("the model failed: {failure}", failure=event.failure or "-")
        raise ApiError(500, message, code="model_failed")
    if event.finish_reason == "cancelled":
        raise not_ready(t("the request was ended by the server"))
