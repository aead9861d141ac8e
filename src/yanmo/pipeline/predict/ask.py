"""What `yanmo ask` does: a question and a passage in, an answer and the sentence it comes from out.

A model with a head for answers marks the words of the passage; one that writes, writes them. Knows
no command line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from yanmo.checkpoint.model_folder import load_model
from yanmo.checkpoint.task_folder import is_task_folder, load_task_folder
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.ask import PassageAnswer, PassageReader
from yanmo.inference.engine.config import EngineConfig
from yanmo.inference.engine.open import engine_of
from yanmo.inference.predict import TaskPredictor, windows_for
from yanmo.inference.source_sentence import sentence_at
from yanmo.pipeline.predict.run import model_folder_of, stage_config
from yanmo.tasks.reading.source_file import SourceFile, read_text
from yanmo.tokens.chat import load_chat
from yanmo.tokens.outside_tokenizer import OutsideTokenizer
from yanmo.tokens.text_codec import load_codec


@dataclass(frozen=True)
class AskOptions:
    """How answers are given.

    Attributes:
        is_quoting: an answer stands in the passage word for word; it always does where a head
            finds it.
        max_new_tokens: longest answer that is written.
        threshold: least log-odds of an answer of a head against "no answer".
    """

    is_quoting: bool = False
    max_new_tokens: int = 48
    threshold: float = 0.0


def read_passage(name: str) -> str:
    """The text of a file; `-` is standard input.

    Raises:
        DataError: it is missing, empty, or not UTF-8.
    """
    path = Path("/dev/stdin") if name == "-" else Path(name).expanduser()
    return read_text(SourceFile(path, name))


def ask_model(
    directory: Path, question: str, passage: str, options: AskOptions, device: torch.device
) -> PassageAnswer:
    """Answer a question from a passage.

    Args:
        directory: a model folder, or the stage of a run that made one.

    Raises:
        ConfigError: there is no question, or the model neither writes nor finds answers.
        CheckpointError: there is no model, or it is damaged.
        DataError: its tokenizer is missing or damaged.
    """
    if not question.strip():
        raise ConfigError(t("nothing is asked"), where="QUESTION")
    folder = model_folder_of(directory)
    if is_task_folder(folder):
        return _find(folder, question, passage, options, device)
    model = load_model(folder, device)
    if model.kind != "causal":
        raise ConfigError(
            t("a {family} model does not answer from a passage", family=model.config.family),
            where=str(folder),
            hint=t("Decoders answer, and models that were tuned on questions."),
        )
    codec = load_codec(folder)
    is_tuned = "tasks" in stage_config(directory)
    has_template = isinstance(codec, OutsideTokenizer) and _has_template(folder)
    reader = PassageReader(
        engine_of(model, codec, EngineConfig(num_slots=1)),
        load_chat(folder, codec) if is_tuned or has_template else None,
        is_quoting=options.is_quoting,
        max_new_tokens=options.max_new_tokens,
    )
    return reader.answer(question, passage)


def _find(
    folder: Path, question: str, passage: str, options: AskOptions, device: torch.device
) -> PassageAnswer:
    model = load_task_folder(folder, device)
    heads = [spec.name for spec in model.specs if spec.kind == "spans"]
    if not heads:
        raise ConfigError(
            t("the model has no head that finds answers"),
            where=str(folder),
            hint=t("Tune one: yanmo finetune apps/questions"),
        )
    predictor = TaskPredictor(model, load_codec(folder), windows_for(model), head=heads[0])
    (found,) = predictor.answer([question], [passage], threshold=options.threshold).items
    source = sentence_at(passage, found.start) if found.answer else None
    return PassageAnswer(found.answer, source, num_left_out=0)


def _has_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file():
        return True
    settings = folder / "tokenizer_config.json"
    return settings.is_file() and '"chat_template"' in settings.read_text(encoding="utf-8")
