"""Terms of a glossary are in the target, even where the model knows nothing of them."""

from __future__ import annotations

from typing import Any

import pytest

from yanmo.core.errors import ConfigError
from yanmo.inference.glossary import Glossary, is_in
from yanmo.inference.write_text import write_targets
from yanmo.inference.write_with_glossary import write_with_glossary
from yanmo.inference.writing_config import WritingConfig
from yanmo.tokens.tokenizer import Tokenizer

SOURCES = ["The river runs to the sea.", "The end.", "白日依山尽，黄河入海流。", "nothing of it"]
GLOSSARY = Glossary(
    [("river", "Strom"), ("sea", "Nordsee"), ("黄河", "Yellow River"), ("end", "终点"), ("x", "y")]
)


@pytest.mark.parametrize("family", ["marian", "lstm_seq2seq"])
def test_every_term_is_written(make_model: Any, tokenizer: Tokenizer, family: str) -> None:
    model = make_model(family, tokenizer.vocab_size, max_seq_len=96)
    config = WritingConfig(max_new_tokens=60, num_beams=2)
    free = write_targets(model, tokenizer, SOURCES, config)
    found = write_with_glossary(model, tokenizer, SOURCES, GLOSSARY, config)
    targets = [["Strom", "Nordsee"], ["终点"], ["Yellow River"], []]
    for text, own in zip(found.texts, targets, strict=True):
        assert all(is_in(target, text) for target in own), text
    assert (found.num_terms, found.num_free, found.num_forced) == (4, 0, 4)
    assert found.missing == ()
    assert found.texts[3] == free[3], "a source without terms is translated as ever"
    assert found.texts[0] != free[0]


def test_what_the_model_writes_by_itself_is_left_alone(
    make_model: Any, tokenizer: Tokenizer
) -> None:
    model = make_model("marian", tokenizer.vocab_size, max_seq_len=64)
    config = WritingConfig(max_new_tokens=30)
    free = write_targets(model, tokenizer, SOURCES, config)
    written = free[0].split()[0]  # whatever it is
    found = write_with_glossary(model, tokenizer, SOURCES, Glossary([("river", written)]), config)
    assert list(found.texts) == free
    assert (found.num_terms, found.num_free, found.num_forced) == (1, 1, 0)


def test_a_term_that_could_not_be_written_is_named(make_model: Any, tokenizer: Tokenizer) -> None:
    model = make_model("marian", tokenizer.vocab_size, max_seq_len=64)
    config = WritingConfig(max_new_tokens=3)
    found = write_with_glossary(model, tokenizer, SOURCES, GLOSSARY, config)
    assert found.num_terms == 4
    assert found.num_free + found.num_forced + len(found.missing) == 4
    assert (0, "Nordsee") in [(number, term.target) for number, term in found.missing]


def test_a_glossary_needs_a_model_that_translates(make_model: Any, tokenizer: Tokenizer) -> None:
    with pytest.raises(ConfigError, match="a qwen3 model reads no source"):
        write_with_glossary(make_model("qwen3"), tokenizer, SOURCES, GLOSSARY)
