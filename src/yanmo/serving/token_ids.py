"""`POST /tokenize` and `POST /detokenize`: the ids of a text or conversation, and back."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from yanmo.core.errors import YanmoError
from yanmo.core.messages import t
from yanmo.serving.answers import json_response
from yanmo.serving.api_error import bad_request, refused
from yanmo.serving.chat import prompt_of
from yanmo.serving.schemas.vectors import DetokenizeRequest, TokenizeRequest
from yanmo.serving.served_model import ServedModel
from yanmo.serving.serving_state import read_request, state_of
from yanmo.serving.token_spellings import bytes_of_token, spelling_of
from yanmo.serving.tool_calls import tools_told


async def tokenize(request: Request) -> Response:
    """The ids of a text."""
    asked = await read_request(request, TokenizeRequest)
    model = state_of(request).models.get(asked.model)
    if (asked.prompt is None) == (asked.messages is None):
        raise bad_request(t("give either prompt or messages"), "prompt")
    ids = await asyncio.to_thread(_ids_of, asked, model)
    spellings = None
    if asked.return_token_strs:
        spellings = [spelling_of(bytes_of_token(model.codec, id)) for id in ids]
    return json_response(
        {
            "count": len(ids),
            "max_model_len": model.context_tokens,
            "tokens": ids,
            "token_strs": spellings,
        }
    )


def _ids_of(asked: TokenizeRequest, model: ServedModel) -> list[int]:
    if asked.messages is not None:
        tools = tools_told(asked.tools)
        return prompt_of(model, asked.messages, tools, asked.chat_template_kwargs)
    try:
        ids = model.codec.encode(asked.prompt or "")
    except YanmoError as error:
        raise refused(error, "prompt") from error
    if asked.add_special_tokens:
        return [*model.codec.beginning_ids, *ids, *model.codec.ending_ids]
    return ids


async def detokenize(request: Request) -> Response:
    """The text of ids, control tokens spelled out."""
    asked = await read_request(request, DetokenizeRequest)
    model = state_of(request).models.get(asked.model)
    try:
        return json_response(
            {"prompt": model.codec.decode(asked.tokens, skip_special_tokens=False)}
        )
    except YanmoError as error:
        raise refused(error, "tokens") from error
