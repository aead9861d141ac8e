"""What an encoder-decoder writes for sources: translations, summaries.

In: a completion request whose prompts are sources. Out: a target for each; with a stream, each as
soon as all are written. Nothing is drawn by chance.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from yanmo.core.errors import YanmoError
from yanmo.core.messages import t
from yanmo.inference.from_source import source_ids_of
from yanmo.inference.write_text import WrittenText, write_from_ids
from yanmo.inference.writing_config import WritingConfig
from yanmo.serving.answers import json_response
from yanmo.serving.api_error import bad_request, refused
from yanmo.serving.choices import Usage
from yanmo.serving.event_stream import CLIENT_CLOSED, DONE, EventStream, event_of, unless_gone
from yanmo.serving.metrics import RequestClock
from yanmo.serving.schemas.completion import CompletionRequest
from yanmo.serving.served_model import ServedModel
from yanmo.serving.serving_state import state_of

USUAL_TOKENS = 128
_WITHOUT_EFFECT = (
    *("temperature", "top_p", "top_k", "min_p", "repetition_penalty", "logit_bias", "seed"),
    *("logprobs", "response_format", "structured_outputs", "guided_json", "guided_regex"),
    *("guided_choice", "guided_grammar"),
)


async def write_targets(request: Request, asked: CompletionRequest, model: ServedModel) -> Response:
    """Write a target for each source."""
    _check(asked)
    clock = RequestClock(state_of(request).metrics, model.name)
    sources = [source_ids_of(model.codec, source) for source in asked.prompts]
    limit = model.context_tokens
    longest = max(map(len, sources))
    if longest > limit:
        raise bad_request(
            t(
                "the prompt has {length:,} tokens, and the model reads {limit:,}",
                length=longest,
                limit=limit,
            ),
            "prompt",
            "context_length_exceeded",
        )
    config = WritingConfig(
        num_beams=asked.num_beams or 1,
        max_new_tokens=USUAL_TOKENS if asked.max_tokens is None else max(1, asked.max_tokens),
    )
    if asked.length_penalty is not None:
        config = config.model_copy(update={"length_penalty": asked.length_penalty})

    def write() -> list[WrittenText]:
        return write_from_ids(model.network, model.codec, sources, config, stop=asked.stops)

    try:
        written = await unless_gone(request, model.worker.run(write))
    except YanmoError as error:
        raise refused(error, "prompt") from error
    if written is None:
        return Response(status_code=CLIENT_CLOSED)
    usage = Usage(sum(map(len, sources)), sum(one.num_tokens for one in written))
    for one in written:
        clock.ended("length" if one.is_cut else "stop")
    clock.read_prompt(usage.prompt_tokens, 0.0)
    model_tokens = clock.metrics.generated_tokens.labels(model.name)
    model_tokens.inc(usage.completion_tokens)
    clock.finish()
    return _response(asked, model, written, usage)


def _response(
    asked: CompletionRequest, model: ServedModel, written: list[WrittenText], usage: Usage
) -> Response:
    content = {
        "id": f"cmpl-{uuid.uuid4().hex}",
        "object": "text_completion",
        "created": int(time.time()),
        "model": model.name,
    }
    choices = [
        {
            "index": place,
            "text": one.text,
            "logprobs": None,
            "finish_reason": "length" if one.is_cut else "stop",
        }
        for place, one in enumerate(written)
    ]
    if not asked.stream:
        return json_response({**content, "choices": choices, "usage": usage.told()})

    async def events() -> AsyncIterator[bytes]:
        for choice in choices:
            yield event_of({**content, "choices": [choice]})
        if asked.has_usage_chunk:
            yield event_of({**content, "choices": [], "usage": usage.told()})
        yield DONE

    return EventStream(events(), lambda: None)


def _check(asked: CompletionRequest) -> None:
    """Refuse what has no effect where nothing is drawn."""
    given: dict[str, Any] = {name: getattr(asked, name) for name in _WITHOUT_EFFECT}
    if asked.temperature == 0.0:
        del given["temperature"]
    given |= {"n": None if asked.n == 1 else asked.n, "echo": asked.echo or None}
    given |= {"presence_penalty": asked.presence_penalty or None}
    given |= {"frequency_penalty": asked.frequency_penalty or None}
    given |= {"ignore_eos": asked.ignore_eos or None}
    for name, value in given.items():
        if value is not None:
            raise bad_request(
                t("{name} has no effect on an encoder-decoder: nothing is drawn here", name=name),
                name,
            )
