"""`POST /v1/chat/completions`: what the assistant says next.

In: a conversation. Out: choices with a message each, whole or as a stream of deltas; calls of tools
are told apart from text.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from yanmo.core.conversation_forms import Role, Turn
from yanmo.core.errors import YanmoError
from yanmo.core.messages import t
from yanmo.inference.engine.request import ChoiceEvent, EngineRequest, PromptEvent
from yanmo.serving.answers import json_response
from yanmo.serving.api_error import ApiError, bad_request, refused
from yanmo.serving.choices import Usage, WrittenChoice, collect, refuse_failure
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
from yanmo.serving.schemas.chat import ChatRequest, Message
from yanmo.serving.served_model import ServedModel
from yanmo.serving.serving_state import ServingState, read_request, state_of
from yanmo.serving.token_spellings import chat_log_probs
from yanmo.serving.tool_calls import Called, grammar_of_calls, parser_for, tools_told
from yanmo.tokens.chat_template import TemplateExtras


@dataclass
class _Answer:
    """What the parts of one answer have in common."""

    asked: ChatRequest
    model: ServedModel
    id: str
    created: int

    def told(self, kind: str, choices: list[dict[str, Any]], usage: Any = None) -> dict[str, Any]:
        content = {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model.name,
            "choices": choices,
        }
        return content if usage is None else {**content, "usage": usage}


async def complete_chat(request: Request) -> Response:
    """Answer a conversation."""
    asked = await read_request(request, ChatRequest)
    state = state_of(request)
    model = state.models.get(asked.model)
    # A long conversation takes a while to encode, in which others want to be served.
    engine_request = await asyncio.to_thread(_engine_request, asked, model, state)
    answer = _Answer(asked, model, f"chatcmpl-{uuid.uuid4().hex}", int(time.time()))
    clock = RequestClock(state.metrics, model.name)
    following = Following(model.need_door(), [engine_request], clock)
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


def prompt_of(
    model: ServedModel,
    messages: Sequence[Message],
    tools: list[dict[str, Any]],
    settings: Mapping[str, Any] | None,
) -> list[int]:
    """The ids of a conversation in which the assistant is to speak next.

    Raises:
        ApiError: the model has no template, or it refuses the conversation, or shows no tools.
    """
    chat = model.need_chat()
    turns = [Turn(_role_of(message), message.text) for message in messages]
    by_turn = {
        number: fields for number, message in enumerate(messages) if (fields := _beside(message))
    }
    extras = TemplateExtras(tools, by_turn, settings or {})
    try:
        ids = chat.prompt(turns, extras)
        shows_tools = not tools or ids != chat.prompt(
            turns, TemplateExtras((), by_turn, settings or {})
        )
    except YanmoError as error:
        raise refused(error, "messages") from error
    if not shows_tools:
        raise bad_request(t("the chat template of this model does not show it any tools"), "tools")
    return ids


def _engine_request(asked: ChatRequest, model: ServedModel, state: ServingState) -> EngineRequest:
    _check(asked, state)
    model.need_door()
    has_tools = bool(asked.tools) and asked.tool_choice != "none"
    tools = tools_told(asked.tools) if has_tools else []
    ids = prompt_of(model, asked.messages, tools, asked.chat_template_kwargs)
    wanted = asked.max_completion_tokens if asked.max_tokens is None else asked.max_tokens
    limit = room_for(len(ids), wanted, model.context_tokens, "messages")
    grammar, calls = grammar_of(asked), grammar_of_calls(asked)
    if grammar is not None and calls is not None:
        raise bad_request(
            t("a text cannot be a call of a tool and keep to another form"), "tool_choice"
        )
    has_log_probs = asked.logprobs or False
    return EngineRequest(
        tuple(ids),
        sampling_of(asked, model.usual, limit, model.codec.vocab_size),
        num_choices=asked.n,
        num_alternatives=(asked.top_logprobs or 0) if has_log_probs else None,
        grammar=calls or grammar,
        ignores_end=asked.ignore_eos,
        stop_ids=frozenset() if asked.ignore_eos else model.turn_end_ids,
    )


def _check(asked: ChatRequest, state: ServingState) -> None:
    if asked.n > state.settings.max_choices:
        raise bad_request(t("n is at most {limit}", limit=state.settings.max_choices), "n")
    two = (asked.max_tokens, asked.max_completion_tokens)
    if None not in two and two[0] != two[1]:
        raise bad_request(
            t("max_tokens and max_completion_tokens are the same and differ here"), "max_tokens"
        )
    if asked.top_logprobs is not None and not asked.logprobs:
        raise bad_request(t("top_logprobs has an effect only with logprobs"), "top_logprobs")
    if asked.stream_options is not None and not asked.stream:
        raise bad_request(t("stream_options has an effect only with stream"), "stream_options")


async def _whole(answer: _Answer, following: Following) -> dict[str, Any]:
    found = await collect(following, answer.asked.n)
    choices = [_message(answer, place, choice) for place, choice in enumerate(found.choices)]
    return answer.told("chat.completion", choices, found.usage.told())


def _message(answer: _Answer, place: int, choice: WrittenChoice) -> dict[str, Any]:
    parser = parser_for(answer.asked)
    text, calls = (choice.text, []) if parser is None else parser.push(choice.text, is_last=True)
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    if calls:
        message |= {"content": text.strip() or None, "tool_calls": [one.told() for one in calls]}
    return {
        "index": place,
        "message": message,
        "logprobs": _log_probs(answer, choice.tokens),
        "finish_reason": "tool_calls" if calls else choice.reason,
    }


async def _stream(answer: _Answer, following: Following, ping_s: float) -> AsyncIterator[bytes]:
    try:
        async for chunk in _chunks(answer, following, ping_s):
            yield chunk
    except ApiError as error:
        yield error_event(error.body)
        return
    yield DONE


async def _chunks(answer: _Answer, following: Following, ping_s: float) -> AsyncIterator[bytes]:
    usage = Usage()
    deltas = [_Deltas(answer, place) for place in range(answer.asked.n)]
    while following.is_open:
        told = await following.next(ping_s)
        if told is None:
            yield PING
            continue
        _, event = told
        usage.add(event)
        if isinstance(event, PromptEvent):
            continue
        refuse_failure(event)
        for choice in deltas[event.choice].of(event):
            yield event_of(answer.told("chat.completion.chunk", [choice]))
    if answer.asked.has_usage_chunk:
        yield event_of(answer.told("chat.completion.chunk", [], usage.told()))


class _Deltas:
    """The chunks of one choice: who speaks first, then what, then why it ends."""

    def __init__(self, answer: _Answer, place: int) -> None:
        self._answer = answer
        self._place = place
        self._parser = parser_for(answer.asked)
        self._has_begun = False
        self._num_calls = 0

    def of(self, event: ChoiceEvent) -> list[dict[str, Any]]:
        """What an event adds."""
        is_last = event.finish_reason is not None
        text = event.text
        calls: list[Called] = []
        if self._parser is not None:
            text, calls = self._parser.push(event.text, is_last=is_last)
        found = []
        if not self._has_begun:
            self._has_begun = True
            found.append(self._chunk({"role": "assistant", "content": ""}))
        log_probs = _log_probs(self._answer, event.tokens) if event.tokens else None
        if text or log_probs is not None:
            found.append(self._chunk({"content": text}, log_probs))
        for call in calls:
            told = {"index": self._num_calls, **call.told()}
            found.append(self._chunk({"tool_calls": [told]}))
            self._num_calls += 1
        if is_last:
            reason = "tool_calls" if self._num_calls else event.finish_reason
            found.append({**self._chunk({}), "finish_reason": reason})
        return found

    def _chunk(self, delta: dict[str, Any], log_probs: Any = None) -> dict[str, Any]:
        return {
            "index": self._place,
            "delta": delta,
            "logprobs": log_probs,
            "finish_reason": None,
        }


def _log_probs(answer: _Answer, tokens: Sequence[Any]) -> dict[str, Any] | None:
    return chat_log_probs(answer.model.codec, tokens) if answer.asked.logprobs else None


def _role_of(message: Message) -> Role:
    return "system" if message.role == "developer" else message.role


def _beside(message: Message) -> dict[str, Any]:
    """What a turn has beside role and content, as templates read it: arguments as an object."""
    fields: dict[str, Any] = {}
    if message.name is not None:
        fields["name"] = message.name
    if message.tool_call_id is not None:
        fields["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        fields["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.function.name,
                    "arguments": _arguments(call.function.arguments),
                },
            }
            for call in message.tool_calls
        ]
    return fields


def _arguments(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
