"""The parameters of a draw, which chat and completions share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, field_validator

from yanmo.core.config import Config
from yanmo.core.messages import t
from yanmo.inference.config import MAX_SEED
from yanmo.serving.schemas.request import ApiRequest

MAX_STOPS = 16
MAX_TOKENS = 1 << 30
StopText = Annotated[str, Field(min_length=1, max_length=1000)]


class StreamOptions(Config):
    """What a stream tells beside the text."""

    model_config = ConfigDict(strict=True)

    include_usage: bool = False
    """End with a chunk that counts tokens."""


class StructuredOutputs(Config):
    """What the text has to be, in vLLM's spelling; one of them."""

    model_config = ConfigDict(strict=True)

    json_schema: dict[str, Any] | str | None = Field(default=None, alias="json")
    """A JSON schema."""
    regex: str | None = None
    """A regular expression over the whole text."""
    choice: list[str] | None = Field(default=None, min_length=1, max_length=1000)
    """One of these texts."""
    grammar: str | None = None
    """A grammar in Lark's notation."""


class JsonSchema(Config):
    """A named JSON schema, in OpenAI's spelling."""

    model_config = ConfigDict(strict=True)

    name: str = "answer"
    """For people."""
    description: str | None = None
    """For people."""
    json_schema: dict[str, Any] = Field(alias="schema")
    """The schema itself."""
    strict: bool | None = None
    """Accepted; the text always keeps to the schema."""


class ResponseFormat(Config):
    """What the text has to be, in OpenAI's spelling."""

    model_config = ConfigDict(strict=True)

    type: Literal["text", "json_object", "json_schema"]
    """Any text, any JSON object, or JSON after a schema."""
    json_schema: JsonSchema | None = None
    """The schema, with type json_schema."""


class GenerationRequest(ApiRequest):
    """How a text is continued."""

    temperature: float | None = Field(default=None, ge=0.0, le=100.0)
    """Divides the logits; 0 takes the most probable token."""
    top_p: float | None = Field(default=None, gt=0.0, le=1.0)
    """Keep the smallest set of tokens whose probabilities reach this sum."""
    top_k: int | None = Field(default=None, ge=-1, le=MAX_TOKENS)
    """Keep the k most probable tokens; 0 and -1 keep all."""
    min_p: float | None = Field(default=None, ge=0.0, le=1.0)
    """Keep tokens at least this fraction as probable as the most probable one."""
    presence_penalty: float = Field(default=0.0, ge=-2.0, le=2.0)
    """Taken from the logits of tokens that were written already."""
    frequency_penalty: float = Field(default=0.0, ge=-2.0, le=2.0)
    """Taken from the logits of tokens for each time that they were written."""
    repetition_penalty: float | None = Field(default=None, ge=0.01, le=100.0)
    """Above 1 makes tokens that stand in the text already less probable."""
    logit_bias: dict[str, float] | None = Field(default=None, max_length=1024)
    """Added to the logits of tokens, by their ids; -100 to 100."""
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED)
    """Makes a continuation reproducible."""
    stop: StopText | Annotated[list[StopText], Field(max_length=MAX_STOPS)] | None = None
    """The text ends before the first of these strings."""
    n: int = Field(default=1, ge=1, le=128)
    """Continuations of each prompt."""
    stream: bool = False
    """Send the text as it is written."""
    stream_options: StreamOptions | None = None
    """What a stream tells beside the text."""
    response_format: ResponseFormat | None = None
    """What the text has to be."""
    structured_outputs: StructuredOutputs | None = None
    """What the text has to be, in vLLM's spelling."""
    guided_json: dict[str, Any] | str | None = None
    """As `structured_outputs.json`."""
    guided_regex: str | None = None
    """As `structured_outputs.regex`."""
    guided_choice: list[str] | None = Field(default=None, min_length=1, max_length=1000)
    """As `structured_outputs.choice`."""
    guided_grammar: str | None = None
    """As `structured_outputs.grammar`."""
    ignore_eos: bool = False
    """Go on past the tokens that end a text."""
    user: str | None = None
    """Accepted, and not used."""
    metadata: dict[str, Any] | None = None
    """Accepted, and not used."""
    store: bool | None = None
    """Accepted, and not used: nothing is stored."""
    service_tier: str | None = None
    """Accepted, and not used."""
    safety_identifier: str | None = None
    """Accepted, and not used."""
    prompt_cache_key: str | None = None
    """Accepted, and not used: equal beginnings of prompts are always read once."""

    @field_validator("logit_bias")
    @classmethod
    def _check_bias(cls, biases: dict[str, float] | None) -> dict[str, float] | None:
        for key, value in (biases or {}).items():
            if not (key.isascii() and key.isdigit() and len(key) < 10):
                raise ValueError(t("'{key}' is not the id of a token", key=key[:40]))
            if not -100.0 <= value <= 100.0:
                raise ValueError(t("a bias is at least -100 and at most 100"))
        return biases

    @property
    def stops(self) -> list[str]:
        """The stop strings, however many were given."""
        if self.stop is None:
            return []
        return [self.stop] if isinstance(self.stop, str) else list(self.stop)

    @property
    def has_usage_chunk(self) -> bool:
        """Whether a stream ends with the count of tokens."""
        return self.stream_options is not None and self.stream_options.include_usage
