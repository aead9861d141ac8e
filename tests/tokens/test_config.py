"""The tokenizer and token sections of a recipe refuse what cannot work."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from yanmo.tokens.config import TokenizerConfig, TokensConfig


def test_smallest_vocabulary_is_bytes_specials_and_one_learned_entry() -> None:
    assert TokenizerConfig(vocab_size=268).vocab_size == 268
    with pytest.raises(ValidationError):
        TokenizerConfig(vocab_size=267)


def test_sentinels_need_room_in_the_vocabulary() -> None:
    assert TokenizerConfig(vocab_size=300, num_sentinels=32).num_sentinels == 32
    with pytest.raises(ValidationError, match="the least is 300"):
        TokenizerConfig(vocab_size=299, num_sentinels=32)


def test_null_reads_all_text_and_zero_is_refused() -> None:
    assert TokenizerConfig(train_bytes=None).train_bytes is None
    with pytest.raises(ValidationError):
        TokenizerConfig(train_bytes=0)


def test_a_shard_holds_at_least_one_token() -> None:
    with pytest.raises(ValidationError):
        TokensConfig(shard_tokens=0)
