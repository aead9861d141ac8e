"""A request for the next turn of a conversation."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from yanmo.core.config import Config
from yanmo.serving.schemas.generation import MAX_TOKENS, GenerationRequest

ChatRole = Literal["system", "developer", "user", "assistant", "tool"]


class TextPart(Config):
    """A part of what a message says."""

    model_config = ConfigDict(strict=True)

    type: Literal["text"]
    """Only text is read."""
    text: str
    """The text."""


class FunctionCall(Config):
    """Which function is called, and with what."""

    model_config = ConfigDict(strict=True)

    name: str
    """Of the function."""
    arguments: str
    """A JSON object, as text."""


class ToolCall(Config):
    """A call that the assistant has made."""

    model_config = ConfigDict(strict=True)

    id: str | None = None
    """Name of the call, to which the tool's answer refers."""
    type: Literal["function"] = "function"
    """Tools are functions."""
    function: FunctionCall
    """What is called."""
    index: int | None = None
    """As streams have it; not used."""


class Message(Config):
    """A turn of a conversation."""

    model_config = ConfigDict(strict=True)

    role: ChatRole
    """Who says it."""
    content: str | list[TextPart] | None = None
    """What is said."""
    name: str | None = Field(default=None, max_length=256)
    """Of who says it, where the template asks for it."""
    tool_calls: list[ToolCall] | None = None
    """The calls of an assistant's turn."""
    tool_call_id: str | None = None
    """The call that a tool's turn answers."""
    refusal: str | None = None
    """As answers have it; not used."""

    @property
    def text(self) -> str:
        """What is said; nothing where a turn has calls alone."""
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class FunctionSpec(Config):
    """A function that may be called."""

    model_config = ConfigDict(strict=True)

    name: str = Field(min_length=1, max_length=128)
    """Of the function."""
    description: str | None = None
    """What it does, for the model."""
    parameters: dict[str, Any] | None = None
    """A JSON schema of its arguments."""
    strict: bool | None = None
    """Accepted; calls that are required always keep to the schema."""


class Tool(Config):
    """A tool that may be called."""

    model_config = ConfigDict(strict=True)

    type: Literal["function"]
    """Tools are functions."""
    function: FunctionSpec
    """The function."""


class NamedFunction(Config):
    """The name of a function."""

    model_config = ConfigDict(strict=True)

    name: str
    """Of the function."""


class NamedTool(Config):
    """A tool that has to be called."""

    model_config = ConfigDict(strict=True)

    type: Literal["function"]
    """Tools are functions."""
    function: NamedFunction
    """Which one."""


class ChatRequest(GenerationRequest):
    """`POST /v1/chat/completions`."""

    messages: list[Message] = Field(min_length=1, max_length=4096)
    """The conversation so far."""
    max_tokens: int | None = Field(default=None, ge=1, le=MAX_TOKENS)
    """Longest answer; what the context has room for unless told."""
    max_completion_tokens: int | None = Field(default=None, ge=1, le=MAX_TOKENS)
    """The same under its newer name."""
    logprobs: bool | None = None
    """Tell the log-probability of each token."""
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    """And of so many alternatives to it."""
    tools: list[Tool] | None = Field(default=None, max_length=128)
    """What the model may call."""
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    """Whether it has to call one, and which."""
    parallel_tool_calls: bool = True
    """Whether it may call several at once."""
    chat_template_kwargs: dict[str, Any] | None = Field(default=None, max_length=32)
    """Variables of the chat template, such as `enable_thinking`."""
