"""Runs an engine to its end and gathers what each choice was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.engine import Engine
from yanmo.inference.engine.request import (
    ChoiceEvent,
    EngineEvent,
    EngineRequest,
    PromptEvent,
    ScoredToken,
)


@dataclass
class Told:
    """What became of one choice."""

    ids: list[int] = field(default_factory=list)
    tokens: list[ScoredToken] = field(default_factory=list)
    text: str = ""
    num_forgotten: int = 0
    reason: str | None = None
    failure: str | None = None


class Listener:
    """Gathers events."""

    def __init__(self) -> None:
        self.choices: dict[tuple[int, int], Told] = {}
        self.prompts: dict[int, PromptEvent] = {}

    def take(self, events: Sequence[EngineEvent]) -> None:
        for event in events:
            if isinstance(event, PromptEvent):
                assert event.request not in self.prompts, "a prompt is read once"
                self.prompts[event.request] = event
                continue
            assert isinstance(event, ChoiceEvent)
            told = self.choices.setdefault((event.request, event.choice), Told())
            assert told.reason is None, "nothing follows the end"
            told.ids += [token.id for token in event.tokens]
            told.tokens += event.tokens
            told.text += event.text
            told.num_forgotten += event.num_forgotten
            told.reason, told.failure = event.finish_reason, event.failure

    def drain(self, engine: Engine, most_steps: int = 100_000) -> None:
        for _ in range(most_steps):
            if not engine.has_work:
                return
            self.take(engine.step())
        raise AssertionError("the engine does not come to an end")


def greedy(count: int, **settings: Any) -> SamplingConfig:
    return SamplingConfig(max_new_tokens=count, temperature=0.0, **settings)


def ask(
    engine: Engine, prompt: Sequence[int], sampling: SamplingConfig, **fields: Any
) -> dict[int, Told]:
    """The choices of one request that runs alone, by number."""
    listener = Listener()
    number = engine.submit(EngineRequest(tuple(prompt), sampling, **fields))
    listener.drain(engine)
    return {place: told for (request, place), told in listener.choices.items() if request == number}


@torch.no_grad()
def written_plainly(model: Any, prompt: Sequence[int], count: int) -> list[int]:
    """Greedy tokens, each from a forward pass over everything before it."""
    ids = list(prompt)
    for _ in range(count):
        ids.append(int(model(tokens=torch.tensor([ids])).logits[0, -1].argmax()))
    return ids[len(prompt) :]


def assert_nothing_is_left(engine: Engine) -> None:
    """No slot is taken and nothing waits."""
    counts = engine.counts
    assert not engine.has_work
    assert (counts.num_running, counts.num_waiting, counts.cache_tokens_used) == (0, 0, 0)
    assert engine._pool.num_free == counts.num_slots
    assert sorted(engine._pool._free) == list(range(counts.num_slots))
