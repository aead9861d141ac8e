"""Requests for vectors, and for the ids of texts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from yanmo.serving.schemas.chat import Message, Tool
from yanmo.serving.schemas.completion import TokenId
from yanmo.serving.schemas.request import ApiRequest


class EmbeddingRequest(ApiRequest):
    """`POST /v1/embeddings`."""

    input: str | list[str] | list[TokenId] | list[list[TokenId]]
    """A text, texts, the ids of one, or the ids of several."""
    encoding_format: Literal["float", "base64"] = "float"
    """Numbers, or little-endian float32 in base64."""
    dimensions: int | None = Field(default=None, ge=1)
    """Accepted where it is the model's own width."""
    user: str | None = None
    """Accepted, and not used."""


class TokenizeRequest(ApiRequest):
    """`POST /tokenize`."""

    prompt: str | None = None
    """A text; or else `messages`."""
    messages: list[Message] | None = Field(default=None, min_length=1, max_length=4096)
    """A conversation, which the chat template makes a text of."""
    tools: list[Tool] | None = Field(default=None, max_length=128)
    """What the template is told the model may call."""
    chat_template_kwargs: dict[str, Any] | None = Field(default=None, max_length=32)
    """Variables of the chat template."""
    add_special_tokens: bool = True
    """Begin a text as the model's tokenizer does."""
    return_token_strs: bool = False
    """Also what each id is in text."""


class DetokenizeRequest(ApiRequest):
    """`POST /detokenize`."""

    tokens: list[TokenId]
    """Ids."""
