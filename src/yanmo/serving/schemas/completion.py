"""A request for the continuation of texts, or for their translation."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from yanmo.serving.schemas.generation import MAX_TOKENS, GenerationRequest

TokenId = Annotated[int, Field(ge=0, le=MAX_TOKENS)]


class CompletionRequest(GenerationRequest):
    """`POST /v1/completions`."""

    prompt: str | list[str] | list[TokenId] | list[list[TokenId]]
    """A text, texts, the ids of one, or the ids of several."""
    max_tokens: int | None = Field(default=None, ge=0, le=MAX_TOKENS)
    """Longest continuation; 16 tokens unless told. 0 with `echo` scores the prompt alone."""
    logprobs: int | None = Field(default=None, ge=0, le=20)
    """Tell the log-probability of each token, and of so many alternatives."""
    echo: bool = False
    """Put the prompt before the continuation."""
    best_of: int | None = Field(default=None, ge=1, le=128)
    """Accepted where it is `n`."""
    suffix: None = None
    """Not supported; must be left out."""
    add_special_tokens: bool = True
    """Begin a text as the model's tokenizer does."""
    num_beams: int | None = Field(default=None, ge=1, le=64)
    """Hypotheses that an encoder-decoder follows; 1 (greedy) unless told."""
    length_penalty: float | None = Field(default=None, ge=0.0, le=10.0)
    """How much longer hypotheses are favoured."""

    @property
    def prompts(self) -> list[str] | list[list[int]]:
        """The prompts, however they were given."""
        given = self.prompt
        if isinstance(given, str):
            return [given]
        if given and isinstance(given[0], int):
            return [[one for one in given if isinstance(one, int)]]
        return given  # type: ignore[return-value]  # a list of texts, or of lists
