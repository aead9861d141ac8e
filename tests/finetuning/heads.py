"""Examples of every kind that a head learns, and an encoder for a tiny model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.finetuning.chats import chat_tokenizer

from yanmo.finetuning.head_rows import TaskRows
from yanmo.models.task_head import HeadSpec
from yanmo.tasks.example import Answer, QuestionExample, TaggedExample, TextExample
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.text_rows import RowEncoder, row_encoder_for

CLASSES = HeadSpec("mood", "classification", ("bad", "good"))
NUMBER = HeadSpec("likeness", "regression")
TAGS = HeadSpec("names", "tagging", ("O", "B-PER", "I-PER"))
SPAN = HeadSpec("answer", "spans")

TEXTS = [
    TextExample("t-0", "The river runs.", label="good"),
    TextExample("t-1", "白日依山尽", label="bad"),
    TextExample("t-2", "Hello", label="good"),
    TextExample("t-3", "低头思故乡。", label="good"),
]
PAIRS = [
    TextExample("p-0", "The river", "runs", label=4.5),
    TextExample("p-1", "Hi", "白日", label=0.5),
]
SENTENCES = [
    TaggedExample("s-0", ("The", "river", "runs"), ("O", "B-PER", "I-PER")),
    TaggedExample("s-1", ("李", "白"), ("B-PER", "I-PER"), joiner=""),
]
PASSAGE = "The river runs to the sea."
QUESTIONS = [
    QuestionExample("q-0", "What runs?", PASSAGE, (Answer("The river", 0),)),
    QuestionExample("q-1", "谁写的？", PASSAGE, ()),
]


def encoder(**length: Any) -> RowEncoder:
    """Rows of at most 64 tokens unless told."""
    shape = SimpleNamespace(max_seq_len=64)
    return row_encoder_for(chat_tokenizer(), shape, LengthConfig.model_validate(length))


def task_rows(*specs: HeadSpec, **length: Any) -> list[TaskRows]:
    """How examples become rows, by head."""
    made = encoder(**length)
    return [TaskRows(spec, head, made) for head, spec in enumerate(specs)]
