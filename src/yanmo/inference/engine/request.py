"""What the engine is asked for, and what it tells: requests, and the events of their choices.

Ids and text both: a prompt may be either, and every piece of text comes with the tokens that it was
made of. Knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from yanmo.inference.config import SamplingConfig

FinishReason = Literal["stop", "length", "cancelled", "error"]
"""Why a choice ended: its text was complete, or full; nobody wanted it; the model failed."""


@dataclass(frozen=True)
class Grammar:
    """What a text has to be: `kind` says how `source` is read.

    Attributes:
        kind: a JSON schema, a regular expression over the whole text, or a Lark grammar.
        source: the schema as JSON text, the expression, or the grammar.
    """

    kind: Literal["json_schema", "regex", "lark"]
    source: str


@dataclass(frozen=True)
class EngineRequest:
    """One prompt, and how it is to be continued.

    Attributes:
        prompt_ids: what the model reads, one id at least.
        sampling: settings of the draw; `max_new_tokens` = 0 only scores the prompt.
        num_choices: continuations that are wanted of the one prompt, each drawn for itself.
        num_alternatives: how many most probable tokens are told beside each drawn one; None
            leaves out log-probabilities altogether.
        scores_prompt: also tell the log-probability of every token of the prompt.
        grammar: what the continuation has to be, where it has to be anything.
        ignores_end: go on past the tokens that end a text.
        stop_ids: further tokens that end it, such as those that end a turn of a conversation.
    """

    prompt_ids: tuple[int, ...]
    sampling: SamplingConfig
    num_choices: int = 1
    num_alternatives: int | None = None
    scores_prompt: bool = False
    grammar: Grammar | None = None
    ignores_end: bool = False
    stop_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ScoredToken:
    """A token and what the model found of it, before any setting of the draw.

    Attributes:
        id: the token.
        log_prob: natural log-probability; None of the first token of a prompt, and where none were
            asked for.
        alternatives: the most probable tokens at this place with theirs, the best first.
    """

    id: int
    log_prob: float | None = None
    alternatives: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class ChoiceEvent:
    """What became of one choice of a request in one step.

    Attributes:
        request: the number that `submit` gave.
        choice: 0 to `num_choices` - 1.
        text: whole characters, and nothing that may still turn out to begin a stop string.
        tokens: drawn in this step; their text may come with a later event, and the token that ended
            the text is none of them.
        num_forgotten: tokens at the beginning of the context that made room in this step.
        finish_reason: why the choice ends with this event; None where it goes on.
        failure: what went wrong, for people, where `finish_reason` is "error".
    """

    request: int
    choice: int
    text: str = ""
    tokens: Sequence[ScoredToken] = ()
    num_forgotten: int = 0
    finish_reason: FinishReason | None = None
    failure: str | None = None


@dataclass(frozen=True)
class PromptEvent:
    """A prompt was read to its end.

    Attributes:
        request: the number that `submit` gave.
        num_tokens: of the prompt.
        num_reused: of these, what was found in a slot and not read again.
        tokens: the prompt's tokens with what the model found of them, where that was asked for.
        queued_s: how long the request waited for its first slot.
    """

    request: int
    num_tokens: int
    num_reused: int
    tokens: Sequence[ScoredToken] = ()
    queued_s: float = 0.0


EngineEvent = ChoiceEvent | PromptEvent


@dataclass
class EngineCounts:
    """What an engine has done since it was made, and what it is doing now.

    Attributes:
        num_running: choices that hold a slot.
        num_waiting: choices that wait for one.
        num_slots: slots there are.
        cache_tokens_used: positions that running choices fill.
        cache_tokens: positions there are.
        prompt_tokens: read, those that were found in a slot counted too.
        reused_tokens: of these, found in a slot.
        generated_tokens: drawn.
        drafted_tokens: proposed by speculation.
        accepted_tokens: of these, kept.
        num_preempted: choices that lost their slot to another one, and read again.
        finished: choices that ended, by reason.
    """

    num_running: int = 0
    num_waiting: int = 0
    num_slots: int = 0
    cache_tokens_used: int = 0
    cache_tokens: int = 0
    prompt_tokens: int = 0
    reused_tokens: int = 0
    generated_tokens: int = 0
    drafted_tokens: int = 0
    accepted_tokens: int = 0
    num_preempted: int = 0
    finished: dict[FinishReason, int] = field(default_factory=dict)
