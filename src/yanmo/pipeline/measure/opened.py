"""A model as it lies on disk, opened to predict on examples of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import torch

from yanmo.checkpoint.model_folder import load_model
from yanmo.checkpoint.speech_folder import load_speech_folder
from yanmo.checkpoint.task_folder import load_task_folder
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.finetuning.head_rows import HEAD_KIND_OF
from yanmo.finetuning.preference_config import PreferenceConfig
from yanmo.inference.predict import TaskPredictor
from yanmo.inference.recognise import features_of, recognise
from yanmo.inference.write_chat import write_answers
from yanmo.inference.write_text import write_texts
from yanmo.inference.writing_config import WritingConfig
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.finetune.chats import asked_turns
from yanmo.pipeline.finetune.predictions import Predictions, predict_examples
from yanmo.pipeline.finetune.preferences import nothing_to_prefer_against, predict_preferences
from yanmo.pipeline.finetune.speech import check_rate
from yanmo.pipeline.finetune.writing import writing_config
from yanmo.pipeline.measure.section import TaskEvaluationConfig
from yanmo.tasks.example import Example, PairExample, SpeechExample
from yanmo.tasks.task import Task, TaskKind
from yanmo.tokens.chat import load_chat
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.text_codec import TextCodec, load_codec


class Predict(Protocol):
    """Predictions for examples of one task."""

    def __call__(self, examples: Sequence[Example]) -> Predictions: ...


@dataclass(frozen=True)
class Subject:
    """A model that is measured.

    Attributes:
        folder: where it lies.
        place: how reports call it.
        content_hash: of its manifest, or of its files.
        length: how long its rows are.
        preference: what it was told of preferences.
        base: the model that tuning began with, which preferences are told against.
        trained_on: tasks of the recipe that it has learned.
        has_read_corpus: whether it has read the run's corpus.
    """

    folder: Path
    place: str
    content_hash: str
    length: LengthConfig
    preference: PreferenceConfig | None = None
    base: Path | None = None
    trained_on: tuple[str, ...] = ()
    has_read_corpus: bool = False


def open_subject(
    subject: Subject, task: Task, config: TaskEvaluationConfig, device: torch.device
) -> Predict:
    """What predicts on examples of `task`.

    Raises:
        CheckpointError: the model is missing or damaged.
        DataError: so is its tokenizer.
        ConfigError: it cannot do such a task.
    """
    if task.kind == "speech":
        return _open_speech(subject, config, device)
    require_predictable(task.kind, task.name)
    codec = load_codec(subject.folder)
    if task.kind in HEAD_KIND_OF:
        model = load_task_folder(subject.folder, device)
        names = [spec.name for spec in model.specs]
        head = task.name if task.name in names else names[0]
        predictor = TaskPredictor(model, codec, subject.length, head=head)
        return lambda examples: predict_examples(predictor, task.kind, examples)
    writer = load_model(subject.folder, device)
    writing = writing_config(writer, config.max_new_tokens, num_beams=config.num_beams)
    if writer.kind == "causal":
        return _open_chat(subject, task, writer, codec, writing)

    def write(examples: Sequence[Example]) -> Predictions:
        sources = [cast(PairExample, example).source for example in examples]
        found = write_texts(writer, codec, sources, writing)
        return Predictions([one.text for one in found])

    return write


def require_predictable(kind: TaskKind, name: str) -> None:
    """Refuse a task that no model does as it is.

    Raises:
        ConfigError: it is of such a kind.
    """
    if kind in ("choices", "text"):
        raise ConfigError(
            t("a task of kind {kind} is not predicted by a model as it is", kind=kind),
            where=f"tasks.{name}",
            hint=t("Choices are picked by how probable they are: [prompt.{name}].", name=name)
            if kind == "choices"
            else None,
        )


def _open_speech(subject: Subject, config: TaskEvaluationConfig, device: torch.device) -> Predict:
    model = load_speech_folder(subject.folder, device)

    def hear(examples: Sequence[Example]) -> Predictions:
        recordings = [cast(SpeechExample, example) for example in examples]
        for one in recordings[:1]:
            check_rate(one.sample_rate_hz, model.config)
        frames = features_of([one.samples for one in recordings], model.config)
        found = recognise(model, frames, num_beams=config.num_beams)
        return Predictions([one.text for one in found])

    return hear


def _open_chat(
    subject: Subject, task: Task, writer: LanguageModel, codec: TextCodec, writing: WritingConfig
) -> Predict:
    chat = load_chat(subject.folder, codec)
    if task.kind != "preferences":
        return lambda examples: Predictions(
            write_answers(writer, codec, chat, [asked_turns(one) for one in examples], writing)
        )
    if subject.base is None:
        raise nothing_to_prefer_against()
    reference = load_model(subject.base, writer.device)
    config = subject.preference or PreferenceConfig()
    longest = subject.length.max_tokens or writer.config.max_seq_len
    return lambda examples: predict_preferences(
        writer, reference, chat, config, longest, codec.pad_id or 0, examples
    )


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
    if isinstance(example, SpeechExample):
        parts.append(example.id)
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
        return " | ".join(map(_as_text, value))
    return str(value)
