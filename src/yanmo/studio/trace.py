"""A text as it is being written, with every token's probability and what might have stood there.

In: an opened model and what is to be continued: a text, token ids or a conversation, and ids that
the continuation has to begin with. Out: events as dictionaries. Knows the engine, and no HTTP.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.conversation_forms import Role, Turn
from yanmo.core.errors import ConfigError, DataError
from yanmo.core.messages import t
from yanmo.inference.config import SamplingConfig
from yanmo.inference.engine.request import (
    ChoiceEvent,
    EngineEvent,
    EngineRequest,
    Grammar,
    PromptEvent,
    ScoredToken,
)
from yanmo.studio.token_labels import TokenLabels
from yanmo.tokens.chat import ChatEncoder
from yanmo.tokens.text_codec import TextCodec

if TYPE_CHECKING:
    from yanmo.inference.engine.thread import EngineThread

MAX_TEXT_CHARACTERS = 400_000
MAX_ALTERNATIVES = 20
_DIGITS = 4
"""Decimals of a log-probability that a page needs."""


class TurnFields(Config):
    """One turn of a conversation."""

    role: Role
    """Who says it."""
    content: str = Field(max_length=MAX_TEXT_CHARACTERS)
    """What is said."""


class TraceRequest(Config):
    """What is to be continued, and how; exactly one of `text`, `ids` and `turns` is given."""

    model: str
    """The model's folder, seen from the folder of runs."""
    text: str | None = Field(default=None, max_length=MAX_TEXT_CHARACTERS)
    """Go on with this text."""
    ids: list[int] | None = Field(default=None, max_length=MAX_TEXT_CHARACTERS)
    """Go on behind these tokens."""
    turns: list[TurnFields] | None = Field(default=None, max_length=10_000)
    """Answer this conversation."""
    forced_ids: list[int] = Field(default_factory=list, max_length=MAX_TEXT_CHARACTERS)
    """Tokens that the continuation begins with."""
    sampling: SamplingConfig = Field(default_factory=SamplingConfig)
    """Settings of the draw."""
    num_alternatives: int = Field(default=8, ge=0, le=MAX_ALTERNATIVES)
    """Most probable tokens that are told for each place."""
    scores_prompt: bool = False
    """Tell the same of the tokens that are given."""
    json_schema: str | None = Field(default=None, max_length=100_000)
    """The continuation has to be JSON after this schema."""

    @model_validator(mode="after")
    def _has_one_prompt(self) -> TraceRequest:
        given = [self.text is not None, self.ids is not None, self.turns is not None]
        if sum(given) != 1:
            raise ValueError(t("give one of text, ids and turns"))
        if self.json_schema is not None and self.forced_ids:
            raise ValueError(
                t("a continuation that is begun already cannot be held to a JSON schema")
            )
        return self


@dataclass(frozen=True)
class OpenedWriter:
    """A model that is open for writing.

    Attributes:
        engine: the model at work.
        codec: its tokenizer.
        chat: encodes conversations; None where the folder has no template.
        labels: what its tokens look like.
    """

    engine: EngineThread
    codec: TextCodec
    chat: ChatEncoder | None
    labels: TokenLabels

    def prompt_ids(self, request: TraceRequest) -> list[int]:
        """The ids that are given, what is forced left out.

        Raises:
            DataError: an id is unknown, or there is no template for a conversation.
        """
        from yanmo.inference.generate import prompt_ids_of

        if request.turns is not None:
            return self.chat_ids(request.turns)
        if request.ids is None:
            return prompt_ids_of(self.codec, request.text or "")
        self._check(request.ids)
        return list(request.ids)

    def chat_ids(self, turns: Sequence[TurnFields]) -> list[int]:
        """The ids of a conversation that waits for an answer.

        Raises:
            DataError: there is no template, or it refuses the conversation.
        """
        if self.chat is None:
            raise DataError(
                t("this model has no chat template"), hint=t("Let it go on with a text instead.")
            )
        return self.chat.prompt([Turn(turn.role, turn.content) for turn in turns])

    def engine_request(self, request: TraceRequest) -> EngineRequest:
        """What the engine is asked.

        Raises:
            ConfigError, DataError: it cannot be asked that.
        """
        self._check(request.forced_ids)
        ids = [*self.prompt_ids(request), *request.forced_ids]
        if not ids:
            raise ConfigError(t("the prompt has no tokens"))
        schema = request.json_schema
        return EngineRequest(
            tuple(ids),
            request.sampling,
            num_alternatives=request.num_alternatives,
            scores_prompt=request.scores_prompt,
            grammar=None if schema is None else Grammar("json_schema", schema),
            stop_ids=frozenset() if request.turns is None else self._turn_end_ids,
        )

    @property
    def _turn_end_ids(self) -> frozenset[int]:
        return frozenset() if self.chat is None else self.chat.turn_end_ids

    def described(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        """Ids with the text that each adds."""
        stream = self.codec.stream()
        pieces = self.labels.pieces(ids, stream)
        if pieces:
            pieces[-1] += stream.finish()
        return [
            _without_empty(id=number, text=piece, special=self.labels.is_special(number))
            for number, piece in zip(ids, pieces, strict=True)
        ]

    def _check(self, ids: Sequence[int]) -> None:
        for number in ids:
            if not 0 <= number < self.codec.vocab_size:
                raise DataError(t("there is no token {id} in this tokenizer", id=number))


class Trace:
    """A request that the engine has taken; `events` are what becomes of it.

    Args:
        writer: the model.
        request: what is to be continued.

    Raises:
        ConfigError, DataError: the request cannot be done.
    """

    def __init__(self, writer: OpenedWriter, request: TraceRequest) -> None:
        self._writer = writer
        asked = writer.engine_request(request)
        self._telling = _Telling(writer, request, asked)
        self._events: asyncio.Queue[EngineEvent] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._asked = asked
        self._number: int | None = None

    async def submit(self) -> None:
        """Hand the request to the engine, which may be in the middle of a step.

        Raises:
            ConfigError, DataError: the engine refuses it.
        """
        submit = self._writer.engine.submit
        self._number = await asyncio.to_thread(submit, self._asked, self._deliver)

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Tell each step; an event has a `type`: `prompt` (what was read), `tokens` (what was
        drawn), `end`."""
        while True:
            event = await self._events.get()
            for told in self._telling.tell(event):
                yield told
                if told["type"] == "end":
                    self._number = None
                    return

    def cancel(self) -> None:
        """Stop writing, unless it is over; from any thread."""
        number, self._number = self._number, None
        if number is not None:
            self._writer.engine.cancel(number)

    def _deliver(self, event: EngineEvent) -> None:
        self._loop.call_soon_threadsafe(self._events.put_nowait, event)


class _Telling:
    """Turns the events of one request into what the page shows."""

    def __init__(self, writer: OpenedWriter, request: TraceRequest, asked: EngineRequest) -> None:
        self._writer = writer
        self._request = request
        self._asked = asked
        self._stream = writer.codec.stream()
        self._pieces: list[str] = []
        self._started_at = time.monotonic()
        self._first_at: float | None = None

    def tell(self, event: EngineEvent) -> list[dict[str, Any]]:
        """What a page is told of one event."""
        if isinstance(event, PromptEvent):
            return [self._prompt(event)]
        told = []
        if event.tokens or event.num_forgotten:
            told.append(self._tokens(event))
        if event.finish_reason is not None:
            told.append(self._end(event))
        return told

    def _prompt(self, event: PromptEvent) -> dict[str, Any]:
        """The tokens that were read. Where the continuation begins with forced ones, they are the
        last of them, and their text is the beginning of what is written."""
        ids = self._asked.prompt_ids
        pieces = self._writer.labels.pieces(ids, self._stream)
        # What the model has no room for was not read, and so has no scores.
        num_unread = len(ids) - len(event.tokens)
        scored = [*(ScoredToken(number) for number in ids[:num_unread]), *event.tokens]
        tokens = [self._token(token, piece) for token, piece in zip(scored, pieces, strict=True)]
        return {
            "type": "prompt",
            "num_tokens": event.num_tokens,
            "num_reused": event.num_reused,
            "num_forced": len(self._request.forced_ids),
            "seconds": round(time.monotonic() - self._started_at, 4),
            "tokens": tokens,
        }

    def _tokens(self, event: ChoiceEvent) -> dict[str, Any]:
        if self._first_at is None:
            self._first_at = time.monotonic()
        pieces = self._writer.labels.pieces([token.id for token in event.tokens], self._stream)
        self._pieces += pieces
        told: dict[str, Any] = {
            "type": "tokens",
            "tokens": [
                self._token(token, piece) for token, piece in zip(event.tokens, pieces, strict=True)
            ],
        }
        return told | ({"num_forgotten": event.num_forgotten} if event.num_forgotten else {})

    def _end(self, event: ChoiceEvent) -> dict[str, Any]:
        now = time.monotonic()
        num_tokens = len(self._pieces)
        rest = self._stream.finish()
        writing_s = now - (self._first_at or now)
        told: dict[str, Any] = {
            "type": "end",
            "reason": event.finish_reason,
            "num_tokens": num_tokens,
            "seconds": round(now - self._started_at, 4),
            "tokens_per_s": round((num_tokens - 1) / writing_s, 2)
            if num_tokens > 1 and writing_s > 0
            else None,
        }
        if rest:
            told["rest"] = rest
        if event.failure:
            told["failure"] = event.failure
        cut = self._cut() if event.finish_reason == "stop" else None
        return told | ({} if cut is None else {"kept": cut[0], "last_text": cut[1]})

    def _cut(self) -> tuple[int, str] | None:
        """Where a stop string ended the text: how many of the drawn tokens stay, and what stays of
        the text of the last of them."""
        text = "".join(self._pieces)
        places = [text.find(stop) for stop in self._request.sampling.stop]
        end = min((place for place in places if place >= 0), default=-1)
        if end < 0:
            return None
        length = 0
        for number, piece in enumerate(self._pieces):
            if length + len(piece) >= end:
                return (number + 1, piece[: end - length]) if end > length else (number, "")
            length += len(piece)
        return None

    def _token(self, token: ScoredToken, piece: str) -> dict[str, Any]:
        labels = self._writer.labels
        return _without_empty(
            id=token.id,
            text=piece,
            special=labels.is_special(token.id),
            log_prob=None if token.log_prob is None else round(token.log_prob, _DIGITS),
            alternatives=[
                [number, labels.label(number), round(log_prob, _DIGITS)]
                for number, log_prob in token.alternatives
            ],
        )


def _without_empty(**fields: Any) -> dict[str, Any]:
    """The fields of a token, without those that say nothing."""
    return {
        name: value
        for name, value in fields.items()
        if name in ("id", "text") or (value is not None and value is not False and value != [])
    }
