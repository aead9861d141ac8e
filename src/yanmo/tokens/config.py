"""Settings of the tokenizer and of the token shards.

Loaded by every command, therefore free of numpy, pyarrow, tokenizers and torch. The smallest
vocabulary is the 256 bytes, the five special tokens and one learned entry.
"""

from __future__ import annotations

from pydantic import Field

from yanmo.core.config import Config

MIN_VOCAB_SIZE = 256 + 5 + 1


class TokenizerConfig(Config):
    """How the vocabulary is learned from the train split of the corpus."""

    vocab_size: int = Field(default=16_384, ge=MIN_VOCAB_SIZE)
    """Entries of the vocabulary, everything counted: 256 bytes, learned entries, special tokens."""

    train_bytes: int | None = Field(default=50_000_000, ge=65_536)
    """About how many bytes of text the vocabulary is learned from, chosen evenly from all train
    documents; None reads them all."""


class TokensConfig(Config):
    """How token ids are stored."""

    shard_tokens: int = Field(default=100_000_000, ge=1)
    """Tokens in one shard file; the last shard of a split may hold fewer."""
