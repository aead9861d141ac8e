"""Small random models of every kind, with a tokenizer of English and Chinese, to be explained."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from tests.models.task_backbones import NUMBER, SPAN, TAGS

from yanmo.interpretation.ask import ask
from yanmo.interpretation.question import Question
from yanmo.interpretation.subject import Subject
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.convolution_config import TextCNNConfig
from yanmo.models.presets import derive_model
from yanmo.models.recurrent_config import RecurrentEncoderConfig
from yanmo.models.recurrent_encoder import BidirectionalRecurrent
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import TaskModel
from yanmo.models.text_cnn import TextCNN
from yanmo.tokens.tokenizer import Tokenizer
from yanmo.tokens.train_tokenizer import train_tokenizer

TEXTS = [
    "The river runs to the sea, and the sea is never full. The end.",
    "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
    "A good film is good; a bad film is bad. 好电影，坏电影。",
]
TEXT = "The river runs to the sea"
SOURCE = "黄河入海流 and the sea"
VOCAB = 320
CAUSAL = ("gpt2", "llama", "qwen3", "lstm", "cnn", "ffn")
ATTENTIVE = ("gpt2", "llama", "bert", "t5", "marian")
HEADED = ("bert", "gpt2", "qwen3", "t5", "lstm", "bilstm", "textcnn")
LABELS = ("bad", "fair", "good")
CLASSES = HeadSpec("sentiment", "classification", LABELS)
TAGGER = HeadSpec("entities", "tagging", TAGS)


@cache
def tokenizer() -> Tokenizer:
    """A tokenizer of 300 entries, so that many characters of Chinese are several tokens."""
    return train_tokenizer(TEXTS * 3, 300)


def build_backbone(family: str) -> Any:
    """A model of two layers, away from its small initial values, so that scores differ clearly."""
    if family == "bilstm":
        config = RecurrentEncoderConfig(vocab_size=VOCAB, d_model=16, d_hidden=32, dropout=0.1)
        backbone: Any = BidirectionalRecurrent(config)
        backbone.init_weights(0)
    elif family == "textcnn":
        shape = TextCNNConfig(vocab_size=VOCAB, num_classes=0, d_model=16, num_filters=8)
        backbone = TextCNN(shape)
        backbone.init_weights(0)
    else:
        section: dict[str, Any] = {"family": family, "depth": 2, "d_model": 32, "max_seq_len": 48}
        if family not in ("lstm", "cnn", "ffn", "lstm_seq2seq"):
            section["num_heads"] = 4
        if family == "llama":
            section["num_kv_heads"] = 2
        model = ModelConfig.model_validate(section)
        backbone = build_model(derive_model(model, VOCAB).config, torch.device("cpu"), seed=0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in backbone.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    return backbone.eval()


def language_model(family: str) -> Subject:
    """A language model to be explained."""
    return Subject(build_backbone(family), tokenizer())


def task_model(family: str, *heads: HeadSpec) -> Subject:
    """A model with heads to be explained; the first one's answer."""
    model = TaskModel(build_backbone(family), heads or (CLASSES,))
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in model.heads.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return Subject(model.eval(), tokenizer())


def every_question() -> dict[str, Question]:
    """A question of every kind to every kind of model."""
    questions = {family: ask(language_model(family), TEXT) for family in CAUSAL}
    questions["gpt2 continuation"] = ask(language_model("gpt2"), TEXT, answer=" is full")
    questions["bert blank"] = ask(language_model("bert"), "The ____ runs to the sea", answer="sea")
    for family in ("t5", "marian", "lstm_seq2seq"):
        subject = language_model(family)
        questions[family] = ask(subject, SOURCE, answer="the river")
    for family in HEADED:
        questions[f"{family} class"] = ask(task_model(family), TEXT)
    questions["bert pair"] = ask(task_model("bert"), TEXT, second="a bad film")
    questions["bert number"] = ask(task_model("bert", NUMBER), TEXT)
    questions["bert tag"] = ask(task_model("bert", TAGGER), TEXT, word="sea")
    questions["bert span"] = ask(task_model("bert", SPAN), "Where?", second=TEXT, answer="the sea")
    return questions


KINDS = (
    *CAUSAL,
    *("gpt2 continuation", "bert blank", "t5", "marian", "lstm_seq2seq"),
    *(f"{family} class" for family in HEADED),
    *("bert pair", "bert number", "bert tag", "bert span"),
)


@cache
def question_of(kind: str) -> Question:
    """One of `every_question`."""
    return _all()[kind]


@cache
def _all() -> dict[str, Question]:
    return every_question()
