"""Texts in batches: those that single writing gives, and stop strings that end them."""

from __future__ import annotations

from typing import Any

import pytest

from yanmo.inference.generate import generate_text
from yanmo.inference.write_text import before_first, write_targets, write_texts
from yanmo.inference.writing_config import WritingConfig
from yanmo.tokens.tokenizer import Tokenizer

TEXTS = ["黄河入海流", "The river runs to the sea", "😀", "白日依山尽，黄河", "The end.", "你好"]


@pytest.mark.parametrize("family", ["marian", "lstm_seq2seq", "qwen3", "lstm"])
def test_texts_are_those_written_one_at_a_time(
    make_model: Any, tokenizer: Tokenizer, family: str
) -> None:
    model = make_model(family, tokenizer.vocab_size, max_seq_len=64)
    alone = [
        generate_text(model, tokenizer, text, max_new_tokens=12, temperature=0) for text in TEXTS
    ]
    config = WritingConfig(max_new_tokens=12, batch_rows=4)
    assert write_targets(model, tokenizer, TEXTS, config) == alone
    assert len(set(alone)) > 1


def test_a_stop_string_ends_a_text_and_writing(make_model: Any, tokenizer: Tokenizer) -> None:
    model = make_model("qwen3", tokenizer.vocab_size, max_seq_len=64)
    config = WritingConfig(max_new_tokens=20)
    whole = write_texts(model, tokenizer, TEXTS, config)
    word = whole[0].text[2:4]
    found = write_texts(model, tokenizer, TEXTS, config, stop=["", word])
    alone = [
        generate_text(model, tokenizer, text, max_new_tokens=20, temperature=0, stop=[word])
        for text in TEXTS
    ]
    assert [one.text for one in found] == alone
    assert len(found[0].text) <= 2
    assert found[0].num_tokens < whole[0].num_tokens
    assert not found[0].is_cut


def test_an_empty_source_is_a_source(make_model: Any, tokenizer: Tokenizer) -> None:
    model = make_model("marian", tokenizer.vocab_size)
    written = write_texts(model, tokenizer, ["", "黄河"], WritingConfig(max_new_tokens=3))
    assert [one.num_tokens for one in written] == [3, 3]
    assert write_texts(model, tokenizer, []) == []


def test_text_before_the_first_of_several_words() -> None:
    assert before_first("one two three", ["three", "two"]) == "one "
    assert before_first("one", ["two"]) == "one"
    assert before_first("one", []) == "one"
