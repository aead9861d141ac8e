"""What the full shape of every model has, whatever it is made of: the numbers that data, training
and files need to know. The parts themselves are in the shape's own class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated

from pydantic import Field, ValidationError

from yanmo.core.config import Config
from yanmo.core.messages import t
from yanmo.models.config import Family

Size = Annotated[int, Field(ge=1, le=10**9)]
"""A dimension or a count that cannot be zero; the limit keeps the numbers of a damaged file below
what a tensor's size can be."""


class ModelShape(Config, ABC):
    """Every number decided, nothing left to derive."""

    family: Family
    """The family, which decides how the model is stored."""
    vocab_size: Size
    """Rows of the embedding; at least the size of the tokenizer."""
    max_seq_len: Size
    """Longest sequence, in tokens; for a model without a limit, the length of a training row."""
    d_model: Size
    """Width of an embedding and of the states from which tokens are predicted, D."""
    dropout: float = Field(ge=0.0, lt=1.0)
    """Dropout probability while training."""
    tie_embeddings: bool
    """Whether the output projection is the input embedding."""

    @abstractmethod
    def flops_per_token(self, seq_len: int | None = None) -> int:
        """Training FLOPs for one token, forward and backward, in rows of `seq_len` tokens (the
        longest when None): 6 for each weight of a matrix product, and what attention adds."""


def describe_problems(error: ValidationError) -> str:
    """What is wrong with a shape, in one line: each field that is refused, and why."""
    return t("; ").join(
        ": ".join([*map(str, item["loc"]), str(item["msg"]).removeprefix("Value error, ")])
        for item in error.errors()
    )
