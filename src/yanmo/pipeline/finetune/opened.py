"""A tuned model as it lies on disk, opened to predict on examples of its task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import torch

from yanmo.checkpoint.model_folder import load_model
from yanmo.checkpoint.task_folder import load_task_folder
from yanmo.finetuning.head_rows import HEAD_KIND_OF
from yanmo.inference.predict import TaskPredictor
from yanmo.inference.write_chat import write_answers
from yanmo.inference.write_text import write_texts
from yanmo.pipeline.finetune.chats import asked_turns
from yanmo.pipeline.finetune.predictions import Predictions, predict_examples
from yanmo.pipeline.finetune.preferences import predict_preferences
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.finetune.writing import writing_config
from yanmo.tasks.example import Example, PairExample
from yanmo.tasks.task import Task
from yanmo.tokens.chat import load_chat
from yanmo.tokens.text_codec import load_codec


class Predict(Protocol):
    """Predictions for examples of one task."""

    def __call__(self, examples: Sequence[Example]) -> Predictions: ...


def open_tuned(
    folder: Path,
    section: FinetuneSection,
    task: Task,
    device: torch.device,
    base: Path | None = None,
) -> Predict:
    """What predicts on examples of `task`.

    Args:
        folder: of the tuned model.
        base: of the model that tuning began with, which preferences are told against.

    Raises:
        CheckpointError: the model is missing or damaged.
        DataError: so is its tokenizer.
    """
    codec = load_codec(folder)
    if task.kind in HEAD_KIND_OF:
        model = load_task_folder(folder, device)
        predictor = TaskPredictor(model, codec, section.length, head=task.name)
        return lambda examples: predict_examples(predictor, task.kind, examples)
    writer = load_model(folder, device)
    config = writing_config(section, writer, num_beams=section.evaluate.num_beams)
    if writer.kind == "causal":
        chat = load_chat(folder, codec)
        if task.kind == "preferences":
            assert base is not None, "random weights prefer nothing"
            reference, pad_id = load_model(base, device), codec.pad_id or 0
            return lambda examples: predict_preferences(
                writer, reference, chat, section, pad_id, examples
            )
        return lambda examples: Predictions(
            write_answers(writer, codec, chat, [asked_turns(one) for one in examples], config)
        )

    def write(examples: Sequence[Example]) -> Predictions:
        sources = [cast(PairExample, example).source for example in examples]
        found = write_texts(writer, codec, sources, config)
        return Predictions([one.text for one in found])

    return write


@dataclass(frozen=True)
class Readable:
    """An example and what was said of it, as a person reads them."""

    text: str
    gold: str | None
    predicted: str


def readable(example: Example, gold: Any, predicted: Any) -> Readable:
    """The texts of an item for a table; references and answers are joined."""
    parts = [
        getattr(example, name)
        for name in ("question", "text", "second", "passage", "source", "context")
        if isinstance(getattr(example, name, None), str)
    ]
    tokens = getattr(example, "tokens", None)
    if tokens is not None:
        parts.append(getattr(example, "joiner", " ").join(tokens))
    return Readable("\n".join(parts), None if gold is None else _as_text(gold), _as_text(predicted))


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return " | ".join(map(_as_text, value)) if len(value) < 50 else " ".join(map(str, value))
    return str(value)
