"""The engine: requests join and leave at every step, and all that write advance together.

In: requests of ids. Out: events. A step admits who waits, first come first served, reads parts of
prompts under a budget of tokens, and writes one token (with speculation, several) of every choice
that has read its prompt; all in one pass of the model. One thread calls it. Knows neither the model
(that is the runner's part) nor text beyond what the codec makes of ids.

What is drawn depends on the request and its seed, and not on what else runs: every choice has a
generator of its own, and float32 scores differ in their last bits at most.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

import torch

from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import t
from yanmo.inference.engine.choice import Choice
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.draw import draw_tokens
from yanmo.inference.engine.request import (
    ChoiceEvent,
    EngineCounts,
    EngineEvent,
    EngineRequest,
    FinishReason,
    Grammar,
    PromptEvent,
    ScoredToken,
)
from yanmo.inference.engine.runner import Runner, SlotWork
from yanmo.inference.engine.slots import SlotPool, num_in_common
from yanmo.inference.engine.speculation import Draft, Drafter
from yanmo.inference.sampling import undefined_scores
from yanmo.tokens.text_codec import TextCodec, check_ids_fit

if TYPE_CHECKING:
    from yanmo.inference.engine.grammar import GrammarState, GrammarTokens

_WORTH_WAITING_TOKENS = 32
"""A choice waits for another one to read a beginning that they share, if that has so many tokens;
choices of one request share all of it and always do."""
_MOST_SCORES = 1 << 24
"""Scores of a prompt that are asked for in one step, at most."""


@dataclass(frozen=True)
class _Planned:
    """What a choice reads in a step, and which of these tokens were proposed."""

    choice: Choice
    work: SlotWork
    draft: Draft


class Engine:
    """Writes many continuations at once.

    Args:
        runner: the model over its slots.
        codec: makes text of ids; without one there is no text, and nothing ends it but a limit.
        config: how time is shared out.
        finds_prefixes: whether slots may be copied and taken back; a model that keeps a state of
            everything it has read has to read anew.
        num_drawable: ids from here on are never drawn; what the codec has where None.
        drafter: proposes tokens that the model only checks.
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
        drafter: Drafter | None = None,
        about: str = "",
    ) -> None:
        self.about = about
        self.codec = codec
        self.slot_tokens = runner.slot_tokens
        self.vocab_size = runner.vocab_size
        self.weight_bytes = runner.weight_bytes
        self._runner = runner
        self._config = config
        self._finds_prefixes = finds_prefixes
        if num_drawable is None and codec is not None:
            num_drawable = codec.vocab_size
        self._num_drawable = min(runner.vocab_size, num_drawable or runner.vocab_size)
        self._drafter = drafter
        self._grammars: GrammarTokens | None = None
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
            ConfigError: the prompt is empty or longer than a slot, or a setting cannot be kept to.
            DataError: the prompt has an id that the model does not have.
        """
        choices = self.prepare(request)
        self.add(choices)
        return choices[0].number[0]

    def prepare(self, request: EngineRequest) -> list[Choice]:
        """The choices of a request, checked and numbered. Any thread may call this, at any time."""
        self._check(request)
        grammar = None if request.grammar is None else self._grammar_of(request.grammar)
        number = next(self._numbers)
        ends: frozenset[int] = request.stop_ids
        if self.codec is not None and not request.ignores_end:
            ends |= self.codec.eos_ids
        choices = []
        for place in range(request.num_choices):
            own = None if grammar is None else grammar.fork()
            choice = Choice((number, place), request, self.codec, ends, own)
            if len(choice.ids) > self.slot_tokens:
                choice.num_forgotten = len(choice.ids) - self.slot_tokens
                del choice.ids[: choice.num_forgotten]
            choices.append(choice)
        return choices

    def add(self, choices: Sequence[Choice]) -> None:
        """Put what `prepare` gave into the queue."""
        self._waiting += choices

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
        plan = self._plan()
        events, self._told = self._told, []
        if not plan:
            return events
        scores = self._runner.run([planned.work for planned in plan])
        begin = 0
        for planned in plan:
            end = begin + planned.work.num_scored
            events += self._advance(planned, scores[begin:end])
            begin = end
        return events

    # Who gets a slot.

    def _admit(self) -> None:
        for choice in list(self._waiting):
            if not self._pool.num_free:
                return
            may_reuse = self._finds_prefixes and not choice.asked.scores_prompt
            # The last token is read in any case, for its scores.
            found = self._pool.find(choice.ids[:-1] if may_reuse else [])
            if may_reuse and self._is_being_read(choice, found.num_tokens):
                continue
            self._waiting.remove(choice)
            slot = self._pool.take(choice, found)
            if found.slot is not None and found.slot != slot:
                self._runner.copy(found.slot, slot, found.num_tokens)
            choice.slot = slot
            choice.queued_s = time.monotonic() - choice.asked_at
            choice.num_read = choice.num_reused = found.num_tokens
            self._counts.reused_tokens += found.num_tokens
            self._counts.prompt_tokens += len(choice.ids)
            self._running.append(choice)

    def _is_being_read(self, choice: Choice, num_found: int) -> bool:
        """Whether somebody is about to have read more of what a choice begins with."""
        wanted = choice.ids[:-1]
        for other in self._running:
            if other.is_prompt_read:
                continue
            num_shared = num_in_common(other.ids, wanted, len(wanted))
            is_worth_it = num_shared >= _WORTH_WAITING_TOKENS or other.number[0] == choice.number[0]
            if is_worth_it and num_shared > num_found:
                return True
        return False

    # What is read in a step.

    def _plan(self) -> list[_Planned]:
        plan = []
        writing = []
        budget = self._config.chunk_tokens
        for choice in self._running:
            if len(choice.ids) > self.slot_tokens:
                self._forget_half(choice)
            if choice.is_prompt_read and choice.num_pending == 1:
                writing.append(choice)
            elif budget > 0:
                most = budget
                if choice.asked.scores_prompt:
                    most = min(most, max(1, _MOST_SCORES // self.vocab_size))
                work = self._read(choice, min(most, choice.num_pending))
                budget -= len(work.ids)
                plan.append(_Planned(choice, work, Draft()))
        drafts = self._drafts(writing)
        return [*map(self._go_on, writing, drafts), *plan]

    def _read(self, choice: Choice, num_tokens: int) -> SlotWork:
        """The next part of a prompt."""
        assert choice.slot is not None, "who runs has a slot"
        end = choice.num_read + num_tokens
        num_scored = 1 if end == len(choice.ids) else 0
        if choice.asked.scores_prompt and not choice.is_prompt_read:
            num_scored = num_tokens
        return SlotWork(choice.slot, choice.num_read, choice.ids[choice.num_read : end], num_scored)

    def _drafts(self, writing: Sequence[Choice]) -> list[Draft]:
        """What is proposed to each, not more than it may write."""
        if self._drafter is None:
            return [Draft()] * len(writing)
        wanted = [
            (
                choice,
                min(
                    self._config.num_draft_tokens,
                    choice.sampling.max_new_tokens - choice.num_written - 1,
                    self.slot_tokens - len(choice.ids),
                ),
            )
            for choice in writing
        ]
        return self._drafter.propose(wanted)

    def _go_on(self, choice: Choice, draft: Draft) -> _Planned:
        """The last token of a choice, and what is proposed to follow it."""
        assert choice.slot is not None, "who runs has a slot"
        self._counts.drafted_tokens += len(draft.ids)
        ids = [choice.ids[-1], *draft.ids]
        return _Planned(choice, SlotWork(choice.slot, choice.num_read, ids, len(ids)), draft)

    def _forget_half(self, choice: Choice) -> None:
        """Half of the context goes, so that reading it again is rare."""
        num_kept = max(1, self.slot_tokens // 2)
        choice.num_forgotten += len(choice.ids) - num_kept
        choice.ids = choice.ids[-num_kept:]
        choice.num_read = 0

    # What comes of it.

    def _advance(self, planned: _Planned, scores: torch.Tensor) -> list[EngineEvent]:
        """Events of a choice after its part of a step; `scores` (num_scored, V)."""
        choice, work, draft = planned.choice, planned.work, planned.draft
        choice.num_read = work.start + len(work.ids) - len(draft.ids)
        events: list[EngineEvent] = []
        if not choice.is_prompt_read:
            if choice.asked.scores_prompt:
                choice.score_prompt(work, scores)
            if choice.num_pending:
                return events
            choice.is_prompt_read = True
            if choice.number[1] == 0:
                events.append(self._prompt_event(choice))
            if choice.sampling.max_new_tokens == 0:
                return [*events, self._ended(choice, "length", text=choice.finish())]
            scores = scores[-1:]
        if choice.num_pending:
            return events
        return [*events, self._write(choice, scores, draft)]

    def _prompt_event(self, choice: Choice) -> PromptEvent:
        return PromptEvent(
            request=choice.number[0],
            num_tokens=len(choice.asked.prompt_ids),
            num_reused=choice.num_reused,
            tokens=tuple(choice.prompt_scores),
            queued_s=choice.queued_s,
        )

    def _write(self, choice: Choice, scores: torch.Tensor, draft: Draft) -> ChoiceEvent:
        """Draw the next tokens of a choice from `scores` (1 + proposed, V)."""
        drawn = draw_tokens(choice, scores, draft, self._num_drawable)
        choice.num_read += drawn.num_accepted
        choice.num_read = min(choice.num_read, len(choice.ids))
        self._counts.accepted_tokens += drawn.num_accepted
        self._counts.generated_tokens += len(drawn.tokens)
        if drawn.reason is None and len(choice.ids) > self.slot_tokens and not self._forgets:
            drawn.reason = "length"
            drawn.text += choice.finish()
        if drawn.reason is None:
            return self._told_of(choice, drawn.text, drawn.tokens)
        failure = str(undefined_scores()) if drawn.has_failed else None
        return self._ended(
            choice, drawn.reason, text=drawn.text, tokens=drawn.tokens, failure=failure
        )

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
            if reason == "error":
                choice.num_read = 0  # nobody is to find anything of this
            self._running.remove(choice)
            if self._drafter is not None:
                self._drafter.forget(choice)
            self._pool.leave(choice.slot)
            choice.slot = None
        self._counts.finished[reason] = self._counts.finished.get(reason, 0) + 1
        event = self._told_of(choice, text, tokens)
        return replace(event, finish_reason=reason, failure=failure)

    def _grammar_of(self, grammar: Grammar) -> GrammarState:
        from yanmo.inference.engine.grammar import GrammarTokens  # loads its library

        if self.codec is None:
            raise ConfigError(t("a grammar is about text, and there is no tokenizer"))
        if self._grammars is None:
            self._grammars = GrammarTokens(self.codec, self._num_drawable)
        return self._grammars.build(grammar)

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
