"""`POST /v1/completions`: texts, or their ids, are continued; encoder-decoders answer.

In: prompts. Out: for each of them `n` choices, whole or as a stream. With `echo` the prompt stands
before its continuation, and with `logprobs` it is scored too.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from yanmo.core.errors import YanmoError
from yanmo.core.messages import t
from yanmo.inference.engine.request import ChoiceEvent, EngineRequest, PromptEvent, ScoredToken
from yanmo.inference.generate import prompt_ids_of
from yanmo.serving.answers import json_response
from yanmo.serving.api_error import ApiError, bad_request, refused
from yanmo.serving.choices import Usage, collect, refuse_failure
from yanmo.serving.event_stream import (
    CLIENT_CLOSED,
    DONE,
    PING,
    EventStream,
    error_event,
    event_of,
    unless_gone,
)
from yanmo.serving.following import Following
from yanmo.serving.limits import room_for
from yanmo.serving.metrics import RequestClock
from yanmo.serving.sampling_of import grammar_of, sampling_of
from yanmo.serving.schemas.completion import CompletionRequest
from yanmo.serving.served_model import ServedModel
from yanmo.serving.serving_state import ServingState, read_request, state_of
from yanmo.serving.targets import write_targets
from yanmo.serving.token_spellings import CompletionLogProbs

USUAL_TOKENS = 16
"""Longest continuation where a request says nothing, as everywhere in this interface."""


@dataclass
class _Prompt:
    ids: list[int]
    text: str


@dataclass
class _Answer:
    """What the parts of one answer have in common."""

    asked: CompletionRequest
    model: ServedModel
    prompts: list[_Prompt]
    id: str
    created: int

    def told(self, choices: list[dict[str, Any]], usage: Any = None) -> dict[str, Any]:
        content = {
            "id": self.id,
            "object": "text_completion",
            "created": self.created,
            "model": self.model.name,
            "choices": choices,
        }
        return content if usage is None else {**content, "usage": usage}

    def prompt_of(self, place: int) -> _Prompt:
        """The prompt of a choice."""
        return self.prompts[place // self.asked.n]

    def reason_of(self, reason: str | None, last: ScoredToken | None) -> str | None:
        """Why a choice ended. One that was to have one token, and to tell its probability, was told
        the token that ends a text as well."""
        is_end = last is not None and last.id in self.model.codec.eos_ids
        return "stop" if is_end and _tells_end(self.asked) else reason


async def complete(request: Request) -> Response:
    """Continue prompts."""
    asked = await read_request(request, CompletionRequest)
    state = state_of(request)
    model = state.models.get(asked.model)
    _check(asked, state)
    if model.kind == "seq2seq":
        return await write_targets(request, asked, model)
    door = model.need_door()
    if asked.num_beams not in (None, 1) or asked.length_penalty is not None:
        raise bad_request(t("only encoder-decoders write with beams here"), "num_beams")
    # A long text takes a while to encode, in which others want to be served.
    prompts = await asyncio.to_thread(
        lambda: [_prompt(asked, model, given) for given in asked.prompts]
    )
    answer = _Answer(asked, model, prompts, f"cmpl-{uuid.uuid4().hex}", int(time.time()))
    requests = [_engine_request(asked, model, prompt) for prompt in prompts]
    following = Following(door, requests, RequestClock(state.metrics, model.name))
    try:
        await following.start()
    except YanmoError as error:
        raise refused(error) from error
    if asked.stream:
        events = _stream(answer, following, state.settings.ping_s)
        return EventStream(events, following.close)
    try:
        found = await unless_gone(request, _whole(answer, following))
    finally:
        following.close()
    return Response(status_code=CLIENT_CLOSED) if found is None else json_response(found)


def _check(asked: CompletionRequest, state: ServingState) -> None:
    if asked.best_of not in (None, asked.n):
        raise bad_request(t("best_of must be n or left out"), "best_of")
    num_prompts = len(asked.prompts)
    if not num_prompts:
        raise bad_request(t("there is no prompt"), "prompt")
    limit = state.settings.max_choices
    if num_prompts * asked.n > limit:
        raise bad_request(
            t(
                "{prompts} prompts with n = {n} are more than {limit} choices",
                prompts=num_prompts,
                n=asked.n,
                limit=limit,
            ),
            "prompt",
        )
    if asked.stream_options is not None and not asked.stream:
        raise bad_request(t("stream_options has an effect only with stream"), "stream_options")


def _prompt(asked: CompletionRequest, model: ServedModel, given: str | list[int]) -> _Prompt:
    codec = model.codec
    try:
        if isinstance(given, str):
            ids = prompt_ids_of(codec, given) if asked.add_special_tokens else codec.encode(given)
            return _Prompt(ids, given)
        text = codec.decode(given, skip_special_tokens=False) if asked.echo else ""
        return _Prompt(given, text)
    except YanmoError as error:
        raise refused(error, "prompt") from error


def _engine_request(asked: CompletionRequest, model: ServedModel, prompt: _Prompt) -> EngineRequest:
    wanted = USUAL_TOKENS if asked.max_tokens is None else asked.max_tokens
    if asked.max_tokens is None:
        wanted = max(1, min(wanted, model.context_tokens - len(prompt.ids)))
    limit = room_for(len(prompt.ids), wanted, model.context_tokens, "prompt")
    return EngineRequest(
        tuple(prompt.ids),
        sampling_of(asked, model.usual, limit, model.codec.vocab_size),
        num_choices=asked.n,
        num_alternatives=asked.logprobs,
        scores_prompt=asked.echo and asked.logprobs is not None,
        grammar=grammar_of(asked),
        ignores_end=asked.ignore_eos or _tells_end(asked),
    )


def _tells_end(asked: CompletionRequest) -> bool:
    """Whether the one token of a continuation is told also where it ends the text: who scores texts
    (lm-evaluation-harness) counts on a token behind them."""
    return asked.max_tokens == 1 and asked.logprobs is not None and not asked.ignore_eos


async def _whole(answer: _Answer, following: Following) -> dict[str, Any]:
    asked = answer.asked
    found = await collect(following, len(answer.prompts) * asked.n)
    choices = []
    for place, choice in enumerate(found.choices):
        prompt = answer.prompt_of(place)
        told = found.prompts.get(place // asked.n)
        scored = [*(told.tokens if told is not None else ()), *choice.tokens]
        choices.append(
            {
                "index": place,
                "text": prompt.text + choice.text if asked.echo else choice.text,
                "logprobs": _log_probs_of(answer, scored),
                "finish_reason": answer.reason_of(choice.reason, _last(choice.tokens)),
            }
        )
    return answer.told(choices, found.usage.told())


def _log_probs_of(answer: _Answer, tokens: Sequence[ScoredToken]) -> dict[str, Any] | None:
    wanted = answer.asked.logprobs
    return None if wanted is None else CompletionLogProbs(answer.model.codec, wanted).told(tokens)


async def _stream(answer: _Answer, following: Following, ping_s: float) -> AsyncIterator[bytes]:
    try:
        async for chunk in _chunks(answer, following, ping_s):
            yield chunk
    except ApiError as error:
        yield error_event(error.body)
        return
    yield DONE


async def _chunks(answer: _Answer, following: Following, ping_s: float) -> AsyncIterator[bytes]:
    asked, usage = answer.asked, Usage()
    parts = [_Parts(answer, place) for place in range(len(answer.prompts) * asked.n)]
    read: dict[int, PromptEvent] = {}
    while following.is_open:
        told = await following.next(ping_s)
        if told is None:
            yield PING
            continue
        place, event = told
        usage.add(event)
        if isinstance(event, PromptEvent):
            read[place] = event
            continue
        refuse_failure(event)
        part = parts[following.choice_of(place, event)]
        chunk = part.of(event, read.get(place))
        if chunk is not None:
            yield event_of(answer.told([chunk]))
    if asked.has_usage_chunk:
        yield event_of(answer.told([], usage.told()))


class _Parts:
    """The chunks of one choice."""

    def __init__(self, answer: _Answer, place: int) -> None:
        self._answer = answer
        self._place = place
        self._has_begun = False
        wanted = answer.asked.logprobs
        self._log_probs = None if wanted is None else CompletionLogProbs(answer.model.codec, wanted)

    def of(self, event: ChoiceEvent, read: PromptEvent | None) -> dict[str, Any] | None:
        """What an event adds; None where that is nothing."""
        text, tokens = event.text, list(event.tokens)
        if self._answer.asked.echo and not self._has_begun:
            text = self._answer.prompt_of(self._place).text + text
            tokens = [*(read.tokens if read is not None else ()), *tokens]
        self._has_begun = True
        has_scores = self._log_probs is not None and tokens
        if not text and not has_scores and event.finish_reason is None:
            return None
        return {
            "index": self._place,
            "text": text,
            "logprobs": self._log_probs.told(tokens) if self._log_probs is not None else None,
            "finish_reason": self._answer.reason_of(event.finish_reason, _last(event.tokens)),
        }


def _last(tokens: Sequence[ScoredToken]) -> ScoredToken | None:
    return tokens[-1] if tokens else None
