"""Answers from a passage: quotations stand in it, and what was not read is counted."""

from __future__ import annotations

import pytest
from tests.inference.conftest import ModelMaker

from yanmo.core.errors import ConfigError
from yanmo.inference.ask import PassageReader
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.open import engine_of
from yanmo.tokens.chat import own_chat
from yanmo.tokens.tokenizer import Tokenizer

ENGLISH = "The river runs to the sea. The sea is never full. The end of the sea."
CHINESE = "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"


@pytest.fixture
def make_reader(make_model: ModelMaker, tokenizer: Tokenizer):  # type: ignore[no-untyped-def]
    """A function from the number of positions and settings to a reader over random weights."""

    def make(num_positions: int = 256, *, has_chat: bool = False, **settings: int) -> PassageReader:
        model = make_model("qwen3", tokenizer.vocab_size, max_seq_len=num_positions)
        engine = engine_of(model, tokenizer, EngineConfig(num_slots=1))
        chat = own_chat(tokenizer) if has_chat else None
        return PassageReader(engine, chat, **settings)  # type: ignore[arg-type]

    return make


@pytest.mark.parametrize("has_chat", [False, True])
@pytest.mark.parametrize(
    ("question", "passage"), [("What runs?", ENGLISH), ("什么入海流？", CHINESE)]
)
def test_a_quotation_stands_in_the_passage_and_names_its_sentence(
    make_reader, question: str, passage: str, has_chat: bool
) -> None:
    reader = make_reader(has_chat=has_chat, is_quoting=True, max_new_tokens=40)
    found = reader.answer(question, passage)
    assert found.answer in passage
    assert found.num_left_out == 0
    if found.answer.strip(" .，。"):
        assert found.source is None or found.source.text in passage
        if "." not in found.answer[:-1] and "。" not in found.answer[:-1]:
            assert found.source is not None
            assert found.source.is_verbatim


def test_of_a_long_passage_the_sentences_nearest_to_the_question_are_read(make_reader) -> None:
    filler = "The hill is green. " * 30
    passage = filler + "Rivers run to the sea. " + filler
    reader = make_reader(96, is_quoting=True, max_new_tokens=8)
    text, num_left_out = reader._fitting("Where do rivers run?", passage)
    assert "Rivers run to the sea." in text
    num_read = text.count(".")
    assert num_read + num_left_out == 61
    assert reader.answer("Where do rivers run?", passage).num_left_out == num_left_out


def test_what_leaves_no_room_or_says_nothing_is_told(make_reader) -> None:
    reader = make_reader(64, max_new_tokens=60)
    with pytest.raises(ConfigError, match="64 positions"):
        reader.answer("What?", ENGLISH)
    with pytest.raises(ConfigError, match="empty"):
        reader.answer("What?", " \n")
