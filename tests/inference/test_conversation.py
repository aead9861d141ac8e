"""A conversation: what the model reads of it, and what is taken back, kept and left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from yanmo.checkpoint.model_folder import write_model_files
from yanmo.core.conversation_forms import Turn
from yanmo.core.errors import ConfigError, DataError
from yanmo.core.manifest import write_manifest
from yanmo.inference.config import SamplingConfig
from yanmo.inference.conversation import Conversation
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.open import engine_of
from yanmo.inference.generate import generate_text
from yanmo.inference.open_conversation import open_conversation
from yanmo.inference.write_chat import write_answers
from yanmo.inference.writing_config import WritingConfig
from yanmo.tokens.chat import own_chat
from yanmo.tokens.tokenizer import Tokenizer

GREEDY = SamplingConfig(max_new_tokens=16, temperature=0.0)


@pytest.fixture(scope="module")
def model(make_model: Any, tokenizer: Tokenizer) -> Any:
    return make_model("qwen3", tokenizer.vocab_size, max_seq_len=512)


def talk(
    model: Any, tokenizer: Tokenizer, *, is_plain: bool = False, **fields: Any
) -> Conversation:
    engine = engine_of(model, tokenizer, EngineConfig(kernels="torch", num_slots=1))
    chat = None if is_plain else own_chat(tokenizer)
    return Conversation(engine, tokenizer, chat, GREEDY.model_copy(update=fields))


def test_the_answer_is_that_of_the_whole_conversation_by_the_template(
    model: Any, tokenizer: Tokenizer
) -> None:
    conversation = talk(model, tokenizer)
    conversation.system = "研墨"
    turns = [Turn("system", "研墨")]
    for text in ("白日依山尽", "The sea?", "end"):
        said = "".join(conversation.ask(text))
        turns.append(Turn("user", text))
        config = WritingConfig(max_new_tokens=16)
        (expected,) = write_answers(model, tokenizer, own_chat(tokenizer), [turns], config)
        assert said.strip() == expected
        turns.append(Turn("assistant", expected))
    assert conversation.turns == turns[1:]
    reused = conversation._engine.counts.reused_tokens
    assert reused > 0, "what was read of the conversation is not read again"


def test_without_a_template_the_text_goes_on(model: Any, tokenizer: Tokenizer) -> None:
    conversation = talk(model, tokenizer, is_plain=True)
    first = "".join(conversation.ask("The river"))
    assert first == generate_text(model, tokenizer, "The river", GREEDY)
    second = "".join(conversation.ask("白日"))
    whole = f"The river{first}" + ("" if first.endswith("\n") else "\n") + "白日"
    assert second == generate_text(model, tokenizer, whole, GREEDY)


def test_turns_that_no_longer_fit_are_left_out_from_the_beginning(
    make_model: Any, tokenizer: Tokenizer
) -> None:
    model = make_model("qwen3", tokenizer.vocab_size, max_seq_len=160)
    conversation = talk(model, tokenizer)
    left_out = []
    for _ in range(8):
        list(conversation.ask("白日依山尽"))
        left_out.append(conversation.last.num_left_out)
    assert left_out == sorted(left_out) and left_out[0] == 0 and left_out[-1] > 0
    assert all(count % 2 == 0 for count in left_out), "a question goes with its answer"
    with pytest.raises(ConfigError, match="too long"):
        list(conversation.ask("白日依山尽" * 40))
    assert conversation.turns[-1].role == "assistant", "as if it had not been said"


def test_a_seed_fixes_answers_and_another_try_is_another_one(
    model: Any, tokenizer: Tokenizer
) -> None:
    texts = []
    for _ in range(2):
        conversation = talk(model, tokenizer, temperature=1.2, seed=3)
        texts.append("".join(conversation.ask("sea")))
        texts.append("".join(conversation.retry()))
    assert texts[0] == texts[2] != texts[1] == texts[3]
    assert len(conversation.turns) == 2


def test_undo_takes_a_turn_and_its_answer_back(model: Any, tokenizer: Tokenizer) -> None:
    conversation = talk(model, tokenizer)
    list(conversation.ask("sea"))
    before = list(conversation.turns)
    list(conversation.ask("river"))
    assert conversation.undo() and conversation.turns == before
    assert conversation.undo() and conversation.turns == []
    assert not conversation.undo()
    with pytest.raises(ConfigError, match="nothing was said"):
        list(conversation.retry())


def test_an_answer_that_is_stopped_stays_as_far_as_it_came(
    model: Any, tokenizer: Tokenizer
) -> None:
    conversation = talk(model, tokenizer, max_new_tokens=60)
    heard: list[str] = []
    for piece in conversation.ask("sea", lambda: len(heard) >= 3):
        heard.append(piece)
    assert conversation.last.reason == "cancelled"
    assert conversation.turns[-1] == Turn("assistant", "".join(heard).strip())
    assert conversation._engine.counts.num_running == 0
    assert list(conversation.ask("and?")), "it goes on"


def test_what_is_kept_as_json_is_gone_on_with(model: Any, tokenizer: Tokenizer) -> None:
    conversation = talk(model, tokenizer)
    conversation.system = "short"
    list(conversation.ask("白日"))
    kept = conversation.to_json()
    other = talk(model, tokenizer)
    other.take_json(kept)
    assert (other.system, other.turns) == ("short", conversation.turns)
    assert list(other.ask("海")) == list(conversation.ask("海"))
    assert json.loads(kept)["messages"][0] == {"role": "system", "content": "short"}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"messages": [{"role": "king", "content": "x"}]}', "{}"]
)
def test_what_is_no_conversation_is_refused(model: Any, tokenizer: Tokenizer, text: str) -> None:
    with pytest.raises(DataError, match="no conversation"):
        talk(model, tokenizer).take_json(text)


@pytest.mark.parametrize("stage", ["pretrain", "finetune"])
def test_a_model_that_saw_plain_text_alone_goes_on_and_that_is_told(
    model: Any, tokenizer: Tokenizer, tmp_path: Path, stage: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    write_model_files(model, folder, {}, torch.float32)
    tokenizer.save(folder)
    told: dict[str, Any] = {name: {} for name in ("config", "inputs", "counts", "timings")}
    write_manifest(tmp_path, stage=stage, output_files=[], yanmo_version="0", **told)
    config = EngineConfig(num_slots=1, kernels="torch")
    opened = open_conversation(folder, GREEDY, config, "cpu", is_plain=False)
    assert (opened.notice is not None) == (stage == "pretrain")
    plain = open_conversation(folder, GREEDY, config, "cpu", is_plain=True)
    assert plain.notice is None
    plain_text = "".join(plain.conversation.ask("sea"))
    assert (plain_text == "".join(opened.conversation.ask("sea"))) == (stage == "pretrain")
