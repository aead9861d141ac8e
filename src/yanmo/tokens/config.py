"""Settings of the tokenizer and of the token shards.

Loaded by every command, therefore free of numpy, pyarrow, tokenizers and torch. The smallest
vocabulary is the 256 bytes, the eleven special tokens, the sentinels and one learned entry.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t

MIN_VOCAB_SIZE = 256 + 11 + 1


class TokenizerConfig(Config):
    """How the vocabulary is learned from the train split of the corpus."""

    take_from: str | None = None
    """Folder of a tokenizer, such as `runs/NAME/tokenizer` or a model folder, that is taken as it
    is: a model that is trained further has to keep its vocabulary. Nothing is learned then, and the
    other settings describe that tokenizer. None learns one."""

    vocab_size: int = Field(default=16_384, ge=MIN_VOCAB_SIZE)
    """Entries of the vocabulary, everything counted: 256 bytes, learned entries, special tokens."""

    train_bytes: int | None = Field(default=50_000_000, ge=65_536)
    """About how many bytes of text the vocabulary is learned from, chosen evenly from all train
    documents; None reads them all."""

    num_sentinels: int = Field(default=0, ge=0, le=1000)
    """Sentinels `<|extra_0|>`, `<|extra_1|>` ... behind the special tokens; span corruption puts
    one in the place of each span, and needs about one for twenty tokens of a row."""

    @model_validator(mode="after")
    def _check_size(self) -> Self:
        least = MIN_VOCAB_SIZE + self.num_sentinels
        if self.vocab_size < least:
            raise ValueError(
                t(
                    "vocab_size = {size} has no room for {sentinels} sentinels; the least is"
                    " {least}",
                    size=self.vocab_size,
                    sentinels=self.num_sentinels,
                    least=least,
                )
            )
        return self


class TokensConfig(Config):
    """How token ids are stored."""

    shard_tokens: int = Field(default=100_000_000, ge=1)
    """Tokens in one shard file; the last shard of a split may hold fewer."""
