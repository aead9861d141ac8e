"""What was said in the first turn decides the answer to the third: of a model that learned to talk.

A small decoder is tuned here on conversations of three questions: who one is, something else, and
who one is again. A quarter of the pairs of a name and what is asked in between was not learned
from.
"""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
import torch

from yanmo.finetuning.instructions import InstructionObjective, build_instruction_rows
from yanmo.inference.config import SamplingConfig
from yanmo.inference.conversation import Conversation
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.open import engine_of
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.language_model import LanguageModel
from yanmo.models.presets import derive_model
from yanmo.tasks.example import ConversationExample, Turn
from yanmo.tokens.chat import own_chat
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

NAMES = {
    "en": [
        *("Ada", "Bo", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal", "Ida", "Jo"),
        *("Kim", "Lee", "Max", "Ned", "Ola", "Pia", "Quin", "Rob", "Sam", "Tom"),
    ],
    "zh": list("李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"),
}
WORDS = {
    "en": ("I am {name}.", "Hello.", "Who am I?", "You are {name}."),
    "zh": ("我叫{name}。", "你好。", "我叫什么？", "你叫{name}。"),
}
BETWEEN = {
    "en": [("What is two and two?", "Four."), ("Say yes.", "Yes.")],
    "zh": [("天是什么颜色？", "蓝色。"), ("再见怎么说？", "再见。")],
}
STEPS = 400
ROWS = 16


def talk(language: str, name: str, number: int) -> tuple[Turn, ...]:
    """Six turns: three of a person, and their answers."""
    tells, greets, asks, answers = (words.format(name=name) for words in WORDS[language])
    said = [tells, greets, *BETWEEN[language][number], asks, answers]
    return tuple(Turn("assistant" if n % 2 else "user", words) for n, words in enumerate(said))


CASES = [(lang, name, n) for lang in NAMES for name, n in product(NAMES[lang], (0, 1))]
UNSEEN = [case for place, case in enumerate(CASES) if place % 4 == place // 4 % 2]


@pytest.fixture(scope="module")
def learned() -> tuple[LanguageModel, Tokenizer]:
    """A decoder that has learned to talk, and its tokenizer."""
    tokenizer = train_tokenizer([turn.content for case in CASES for turn in talk(*case)] * 4, 420)
    fields = {"family": "qwen3", "depth": 2, "d_model": 64, "num_heads": 4, "max_seq_len": 128}
    ids = {"eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    config = derive_model(ModelConfig.model_validate(fields), tokenizer.vocab_size, ids).config
    model = build_model(config, torch.device("cpu"), seed=0)
    examples = [
        ConversationExample(str(place), talk(*case))
        for place, case in enumerate(CASES)
        if case not in UNSEEN
    ]
    rows = build_instruction_rows(own_chat(tokenizer), examples, 128)
    objective = InstructionObjective(pad_id=tokenizer.pad_id)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.98))
    rng = random.Random(0)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = 3e-3 * min(1.0, (step + 1) / 20)
        numbers = np.array(rng.sample(range(rows.num_rows), ROWS))
        batch = objective.make_batch(rows, numbers, [])
        loss, count = objective.loss(
            model, {name: torch.from_numpy(array) for name, array in batch.items()}
        )
        optimizer.zero_grad()
        (loss / count).backward()
        optimizer.step()
    return model.eval(), tokenizer


@pytest.mark.slow
def test_the_third_answer_knows_what_the_first_turn_said(
    learned: tuple[LanguageModel, Tokenizer],
) -> None:
    model, tokenizer = learned
    sampling = SamplingConfig(temperature=0.0, max_new_tokens=16)
    num_right = 0
    for case in UNSEEN:
        engine = engine_of(model, tokenizer, EngineConfig(num_slots=1))
        conversation = Conversation(engine, tokenizer, own_chat(tokenizer), sampling)
        turns = talk(*case)
        for turn in turns[::2]:
            "".join(conversation.ask(turn.content))
        assert [turn.role for turn in conversation.turns] == [turn.role for turn in turns]
        num_right += conversation.turns[-1].content == turns[-1].content
    # Of the people whose talk was not learned from, nearly all are called by their own name; one
    # name for everybody would be right once in forty times.
    assert num_right >= 0.7 * len(UNSEEN)
