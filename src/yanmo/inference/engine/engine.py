"""The engine: requests join and leave at every step, and all that write advance together.

In: requests of ids. Out: events. A step admits who waits, first come first served, reads parts of
prompts under a budget of tokens, and writes one token (with speculation, several) of every choice
that has read its prompt; all in one pass of the model. One thread calls it. Knows neither the model
(that is the runner's part) nor text beyond what the codec makes of ids.

What is drawn depends on the request and its seed, and not on what else runs: every choice has a
generator of its own, and float32 scores differ in their last bits at most.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import torch

from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import t
from yanmo.inference.engine.choice import Choice
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.request import (
    ChoiceEvent,
    EngineCounts,
    EngineEvent,
    EngineRequest,
    FinishReason,
    PromptEvent,
    ScoredToken,
)
from yanmo.inference.engine.runner import Runner, SlotWork
from yanmo.inference.engine.scores import score_tokens
from yanmo.inference.engine.slots import SlotPool, num_in_common
from yanmo.inference.sampling import adjust, draw_token, undefined_scores
from yanmo.tokens.text_codec import TextCodec, check_ids_fit

_WORTH_WAITING_TOKENS = 32
"""A choice waits for another one to read a beginning that they share, if it is so much longer than
what it would find now."""
_MOST_SCORES = 1 << 24
"""Scores of a prompt that are asked for in one step, at most."""


class Engine:
    """Writes many continuations at once.

    Args:
        runner: the model over its slots.
        codec: makes text of ids; without one there is no text, and nothing ends it but a limit.
        config: how time is shared out.
        finds_prefixes: whether slots may be copied and taken back; a model that keeps a state of
            everything it has read has to read anew.
        num_drawable: ids from here on are never drawn; what the codec has where None.
        about: who computes, for people.
    """

    def __init__(
        self,
        runner: Runner,
        codec: TextCodec | None,
        config: EngineConfig,
        *,
        finds_prefixes: bool = True,
        num_drawable: int | None = None,
        about: str = "",
    ) -> None:
        self.about = about
        self.codec = codec
        self.slot_tokens = runner.slot_tokens
        self.vocab_size = runner.vocab_size
        self._runner = runner
        self._config = config
        self._finds_prefixes = finds_prefixes
        if num_drawable is None and codec is not None:
            num_drawable = codec.vocab_size
        self._num_drawable = min(runner.vocab_size, num_drawable or runner.vocab_size)
        self._pool = SlotPool(runner.num_slots)
        self._numbers = count(1)
        self._waiting: deque[Choice] = deque()
        self._running: list[Choice] = []  # in the order in which they were admitted
        self._told: list[EngineEvent] = []
        self._counts = EngineCounts(
            num_slots=runner.num_slots, cache_tokens=runner.num_slots * runner.slot_tokens
        )

    @property
    def has_work(self) -> bool:
        """Whether a step would do or tell anything."""
        return bool(self._told or self._waiting or self._running)

    @property
    def counts(self) -> EngineCounts:
        """What was done and what is being done, at this moment."""
        return replace(
            self._counts,
            num_running=len(self._running),
            num_waiting=len(self._waiting),
            cache_tokens_used=self._pool.num_held,
            finished=dict(self._counts.finished),
        )

    def submit(self, request: EngineRequest) -> int:
        """Put a request into the queue; the number that its events will carry.

        Raises:
            ConfigError: the prompt is empty or longer than a slot.
            DataError: the prompt has an id that the model does not have.
        """
        self._check(request)
        number = next(self._numbers)
        ends: frozenset[int] = request.stop_ids
        if self.codec is not None and not request.ignores_end:
            ends |= self.codec.eos_ids
        for place in range(request.num_choices):
            choice = Choice((number, place), request, self.codec, ends)
            if len(choice.ids) > self.slot_tokens:
                choice.num_forgotten = len(choice.ids) - self.slot_tokens
                del choice.ids[: choice.num_forgotten]
            self._waiting.append(choice)
        return number

    def cancel(self, request: int) -> None:
        """End all choices of a request; their slots are free at once."""
        for choice in [*self._waiting, *self._running]:
            if choice.number[0] == request:
                self._told.append(self._ended(choice, "cancelled"))

    def fail(self, failure: str) -> list[EngineEvent]:
        """End everything that runs, because a step could not be done; those who wait go on
        waiting, and nothing that slots hold is used again."""
        events: list[EngineEvent] = list(self._told)
        self._told = []
        for choice in list(self._running):
            events.append(self._ended(choice, "error", failure=failure))
        self._pool.clear()
        return events

    def step(self) -> list[EngineEvent]:
        """Do one pass of the model; what came of it, and nothing where there is nothing to do."""
        self._admit()
        work = self._plan()
        events, self._told = self._told, []
        if not work:
            return events
        scores = self._runner.run([item for _, item in work])
        begin = 0
        for choice, item in work:
            own = scores[begin : begin + item.num_scored]
            begin += item.num_scored
            choice.num_read = item.start + len(item.ids)
            events += self._advance(choice, item, own)
        return events

    # Who gets a slot.

    def _admit(self) -> None:
        for choice in list(self._waiting):
            if not self._pool.num_free:
                return
            wanted = choice.ids[:-1]  # the last token is read, for its scores
            found = self._pool.find(wanted if self._may_reuse(choice) else [])
            if self._may_reuse(choice) and self._is_being_read(wanted, found.num_tokens):
                continue
            self._waiting.remove(choice)
            slot = self._pool.take(choice, found)
            if found.slot is not None and found.slot != slot:
                self._runner.copy(found.slot, slot, found.num_tokens)
            choice.slot = slot
            choice.num_read = choice.num_reused = found.num_tokens
            self._counts.reused_tokens += found.num_tokens
            self._counts.prompt_tokens += len(choice.ids)
            self._running.append(choice)

    def _may_reuse(self, choice: Choice) -> bool:
        return self._finds_prefixes and not choice.asked.scores_prompt

    def _is_being_read(self, wanted: Sequence[int], num_found: int) -> bool:
        """Whether somebody is about to have read much more of `wanted` than there is now."""
        for other in self._running:
            if other.is_prompt_read:
                continue
            num_shared = num_in_common(other.ids, wanted, len(wanted))
            if num_shared - num_found >= _WORTH_WAITING_TOKENS:
                return True
        return False

    # What is read in a step.

    def _plan(self) -> list[tuple[Choice, SlotWork]]:
        work = []
        budget = self._config.chunk_tokens
        for choice in self._running:
            if len(choice.ids) > self.slot_tokens:
                self._forget_half(choice)
            if choice.is_prompt_read and choice.num_pending == 1:
                work.append((choice, self._work(choice, 1)))
            elif budget > 0:
                most = budget
                if choice.asked.scores_prompt:
                    most = min(most, max(1, _MOST_SCORES // self.vocab_size))
                item = self._work(choice, min(most, choice.num_pending))
                budget -= len(item.ids)
                work.append((choice, item))
        return work

    def _work(self, choice: Choice, num_tokens: int) -> SlotWork:
        assert choice.slot is not None, "who runs has a slot"
        end = choice.num_read + num_tokens
        num_scored = 1 if end == len(choice.ids) else 0
        if choice.asked.scores_prompt and not choice.is_prompt_read:
            num_scored = num_tokens
        return SlotWork(choice.slot, choice.num_read, choice.ids[choice.num_read : end], num_scored)

    def _forget_half(self, choice: Choice) -> None:
        """Half of the context goes, so that reading it again is rare."""
        num_kept = max(1, self.slot_tokens // 2)
        choice.num_forgotten += len(choice.ids) - num_kept
        choice.ids = choice.ids[-num_kept:]
        choice.num_read = 0

    # What comes of it.

    def _advance(self, choice: Choice, item: SlotWork, scores: torch.Tensor) -> list[EngineEvent]:
        """Events of a choice after its part of a step; `scores` (num_scored, V)."""
        events: list[EngineEvent] = []
        if not choice.is_prompt_read:
            if choice.asked.scores_prompt:
                choice.score_prompt(item, scores)
            if choice.num_pending:
                return events
            choice.is_prompt_read = True
            if choice.number[1] == 0:
                events.append(self._prompt_event(choice))
            if choice.sampling.max_new_tokens == 0:
                return [*events, self._ended(choice, "length", text=choice.finish())]
        if choice.num_pending or not item.num_scored:
            return events
        return [*events, self._write(choice, scores[-1:])]

    def _prompt_event(self, choice: Choice) -> PromptEvent:
        num_tokens = len(choice.asked.prompt_ids)
        return PromptEvent(
            choice.number[0], num_tokens, choice.num_reused, tuple(choice.prompt_scores)
        )

    def _write(self, choice: Choice, scores: torch.Tensor) -> ChoiceEvent:
        """Draw the next token of a choice from `scores` (1, V)."""
        row = scores[0].numpy()
        best = row.max()
        if best != best:
            return self._ended(choice, "error", failure=str(undefined_scores()))
        adjusted = adjust(row[: self._num_drawable], choice.history, choice.sampling)
        token = draw_token(adjusted, choice.sampling, choice.generator)
        (scored,) = score_tokens(scores, [token], choice.asked.num_alternatives)
        text, reason = choice.push(token)
        tokens = () if token in choice.ends else (scored,)
        self._counts.generated_tokens += len(tokens)
        if reason is None and len(choice.ids) > self.slot_tokens and not self._forgets:
            text, reason = text + choice.finish(), "length"
        if reason is not None:
            return self._ended(choice, reason, text=text, tokens=tokens)
        return self._told_of(choice, text, tokens)

    @property
    def _forgets(self) -> bool:
        return self._config.when_full == "forget"

    def _told_of(self, choice: Choice, text: str, tokens: Sequence[ScoredToken]) -> ChoiceEvent:
        event = ChoiceEvent(
            *choice.number, text=text, tokens=tokens, num_forgotten=choice.num_forgotten
        )
        choice.num_forgotten = 0
        return event

    def _ended(
        self,
        choice: Choice,
        reason: FinishReason,
        *,
        text: str = "",
        tokens: Sequence[ScoredToken] = (),
        failure: str | None = None,
    ) -> ChoiceEvent:
        """Take a choice out, and free its slot."""
        if choice.slot is None:
            self._waiting.remove(choice)
        else:
            self._running.remove(choice)
            self._pool.leave(choice.slot)
            choice.slot = None
        self._counts.finished[reason] = self._counts.finished.get(reason, 0) + 1
        event = self._told_of(choice, text, tokens)
        return replace(event, finish_reason=reason, failure=failure)

    def _check(self, request: EngineRequest) -> None:
        ids = request.prompt_ids
        if not ids:
            raise ConfigError(t("the prompt has no tokens"))
        check_ids_fit(ids, self.vocab_size)
        if min(ids) < 0:
            raise DataError(t("a token id is negative"))
        if len(ids) > self.slot_tokens and not self._forgets:
            raise ConfigError(
                t(
                    "the prompt has {length} tokens, and there is room for {limit}",
                    length=len(ids),
                    limit=self.slot_tokens,
                )
            )
        bad = [
            token for token in request.sampling.logit_bias if not 0 <= token < self._num_drawable
        ]
        if bad:
            raise ConfigError(
                t(
                    "logit_bias names token {token}, and the vocabulary has {size} entries",
                    token=bad[0],
                    size=self._num_drawable,
                )
            )
