"""One choice while it is written: its tokens, its text, its draws.

A choice reads its prompt, then writes until something ends it. Knows its request, and neither
slots' contents nor the model.
"""

from __future__ import annotations

import time
from collections.abc import Set
from typing import TYPE_CHECKING

import torch

from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.request import EngineRequest, FinishReason, ScoredToken
from yanmo.inference.engine.runner import SlotWork
from yanmo.inference.engine.scores import score_tokens
from yanmo.inference.sampling import TokenHistory, build_generator
from yanmo.inference.stop_strings import StopStrings
from yanmo.tokens.text_codec import TextCodec

if TYPE_CHECKING:
    from yanmo.inference.engine.grammar import GrammarState


class Choice:
    """One continuation of a request's prompt.

    Attributes:
        number: that of the request, and of the choice within it.
        asked: the request.
        ids: the tokens of its context: prompt and what was written, as far as it is remembered.
        num_read: how many of them the slot has read.
        slot: where it is written; None while it waits.
        num_written: tokens drawn.
        num_forgotten: tokens of the context that made room and that nobody was told of yet.
        is_prompt_read: whether anything may be drawn.
        num_reused: tokens of the prompt that were found in a slot.
        prompt_scores: what the model found of the prompt so far, where that was asked for.
        ends: tokens that end the text.
        history: what stands in the text, for penalties.
        generator: what decides its draws.
        grammar: how far it has come in what it has to be; None where it may be anything.
        asked_at, queued_s: when it was asked for, and how long it waited for a slot.
    """

    def __init__(
        self,
        number: tuple[int, int],
        asked: EngineRequest,
        codec: TextCodec | None,
        ends: Set[int],
        grammar: GrammarState | None = None,
    ) -> None:
        self.number = number
        self.asked = asked
        self.ids = list(asked.prompt_ids)
        self.num_read = 0
        self.slot: int | None = None
        self.num_written = 0
        self.num_forgotten = 0
        self.is_prompt_read = False
        self.num_reused = 0
        self.prompt_scores: list[ScoredToken] = []
        self.ends = ends
        self.history = TokenHistory(asked.prompt_ids)
        self.grammar = grammar
        self.asked_at = time.monotonic()
        self.queued_s = 0.0
        self.generator = build_generator(asked.sampling.seed, number[1])
        self._stream = None if codec is None else codec.stream()
        self._stops = StopStrings(asked.sampling.stop)

    @property
    def sampling(self) -> SamplingConfig:
        """The settings of its draws."""
        return self.asked.sampling

    @property
    def num_pending(self) -> int:
        """Tokens of the context that the slot has still to read."""
        return len(self.ids) - self.num_read

    def score_prompt(self, item: SlotWork, scores: torch.Tensor) -> None:
        """Keep what the model found of the prompt, from `scores` (T, V) of what was just read."""
        if not self.prompt_scores:
            self.prompt_scores.append(ScoredToken(self.ids[0]))
        targets = self.ids[item.start + 1 : item.start + 1 + len(item.ids)]
        self.prompt_scores += score_tokens(
            scores[: len(targets)], targets, self.asked.num_alternatives or 0
        )

    def push(self, token: int) -> tuple[str, FinishReason | None]:
        """Take a token that was drawn: the text that it makes certain, and what it ends."""
        if token in self.ends:
            return self.finish(), "stop"
        self.ids.append(token)
        self.history.push(token)
        self.num_written += 1
        if self.grammar is not None:
            self.grammar.push(token)
        text = ""
        if self._stream is not None:
            text = self._stops.push(self._stream.push(token))
            if self._stops.is_stopped:
                return text, "stop"
        if self.grammar is not None and self.grammar.is_complete:
            return text + self.finish(), "stop"
        if self.num_written >= self.sampling.max_new_tokens:
            return text + self.finish(), "length"
        return text, None

    def finish(self) -> str:
        """What was held back of the text."""
        if self._stream is None:
            return ""
        return self._stops.push(self._stream.finish(), is_last=True)
