"""Conversations, a tokenizer that was learned from them, and tiny models, for several modules."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch

from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.language_model import LanguageModel
from yanmo.models.presets import derive_model
from yanmo.tasks.example import ConversationExample, Turn
from yanmo.tokens.chat import ChatEncoder, own_chat
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

TALKS = [
    ["白日依山尽的下一句？", "黄河入海流。"],
    ["What runs to the sea?", "The river runs to the sea.", "And the sun?", "It goes down."],
    ["Hi", "Hello"],
    [
        "举头望明月的下一句是什么？请写出来。",
        "低头思故乡。",
        "谁写的？",
        "李白。",
        "谢谢",
        "不客气。",
    ],
    ["Count to three.", "One, two, three."],
    ["春眠不觉晓", "处处闻啼鸟。夜来风雨声，花落知多少。"],
]


def talk(number: int, *, system: str | None = None) -> ConversationExample:
    """A conversation of two turns or more."""
    turns = [
        Turn("user" if place % 2 == 0 else "assistant", words)
        for place, words in enumerate(TALKS[number])
    ]
    first = [Turn("system", system)] if system is not None else []
    return ConversationExample(f"talk-{number}", (*first, *turns))


def talks() -> list[ConversationExample]:
    return [talk(number) for number in range(len(TALKS))]


@cache
def chat_tokenizer() -> Tokenizer:
    """A bilingual tokenizer of 450 entries."""
    return train_tokenizer([words for turns in TALKS for words in turns] * 3, 450)


@cache
def chat_encoder() -> ChatEncoder:
    return own_chat(chat_tokenizer())


def tiny_model(family: str = "qwen3", seed: int = 0, **fields: Any) -> LanguageModel:
    """A model for the ids of `chat_tokenizer`, with random weights."""
    tiny: dict[str, Any] = {"depth": 2, "d_model": 32, "max_seq_len": 128}
    if family in ("qwen3", "gpt2", "llama"):
        tiny["num_heads"] = 4
    section = ModelConfig.model_validate({"family": family, **tiny, **fields})
    tokenizer = chat_tokenizer()
    ids = {"eos": tokenizer.eos_id, "pad": tokenizer.pad_id}
    config = derive_model(section, tokenizer.vocab_size, ids).config
    return build_model(config, torch.device("cpu"), seed=seed)
