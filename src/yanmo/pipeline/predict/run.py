"""`yanmo predict` apart from its options: a model and a file in, the file with predictions out.

A model is the folder of a task, of an encoder-decoder or of a decoder, or a run's `finetune/TASK`,
in which `model/` is meant.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from yanmo.checkpoint.model_folder import load_model
from yanmo.checkpoint.speech_folder import is_speech_folder, load_speech_folder
from yanmo.checkpoint.task_folder import is_task_folder, load_task_folder
from yanmo.core.console import Console
from yanmo.core.errors import CheckpointError, ConfigError
from yanmo.core.manifest import MANIFEST_NAME
from yanmo.core.messages import listed, t
from yanmo.inference.glossary import read_glossary
from yanmo.inference.predict import TaskPredictor, windows_for
from yanmo.inference.writing_config import WritingConfig
from yanmo.pipeline.predict.output import Fields, check_columns, print_table, write_rows
from yanmo.pipeline.predict.speech import SpeechWork, prepare_paths
from yanmo.pipeline.predict.table import Ask, Table, asks_of
from yanmo.pipeline.predict.work import PREDICTION, HeadWork, Work, WritingWork
from yanmo.tokens.chat import load_chat
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.text_codec import load_codec

BLOCK_ROWS = 256
"""Rows between two lines of progress."""

FOR_WRITING = frozenset({"--max-new-tokens", "--min-new-tokens", "--num-beams", "--glossary"})
FOR_SOURCES = frozenset({"--glossary", "--long-text"})
FOR_HEADS = frozenset({"--head", "--max-tokens", "--overlap-tokens", "--keep"})
FOR_ANSWERS = frozenset({"--threshold"})
FOR_TEXTS = (FOR_WRITING | FOR_SOURCES | FOR_HEADS | FOR_ANSWERS) - {"--num-beams"}
HEARING_BEAMS = 4
"""Prefixes that are kept unless told."""


@dataclass(frozen=True)
class PredictOptions:
    """How a model is asked.

    Attributes:
        head: the head of a model with several.
        length: settings of `LengthConfig` that were given; others are the model's own.
        threshold: the least log-odds, in nats, of an answer.
        max_answer_tokens: the longest answer of a head that finds spans.
        writing: how texts are written.
        batch_tokens: tokens that go through the model at once.
        glossary: a file of terms that translations have to use.
        given: names of the options that were given, so that one without effect is refused.
    """

    head: str | None = None
    length: dict[str, Any] = field(default_factory=dict)
    threshold: float = 0.0
    max_answer_tokens: int = 30
    writing: WritingConfig = field(default_factory=WritingConfig)
    batch_tokens: int = 8192
    glossary: Path | None = None
    given: frozenset[str] = frozenset()


def open_work(directory: Path, options: PredictOptions, device: torch.device) -> Work:
    """Open a model, and see what it can do.

    Raises:
        CheckpointError: there is no model, or it is damaged.
        DataError: its tokenizer is missing or damaged.
        ConfigError: it has several heads and none was chosen, or it neither predicts nor writes.
    """
    folder = model_folder_of(directory)
    if is_speech_folder(folder):
        _refuse(options, FOR_TEXTS, t("this model hears; it reads no text"))
        num_beams = options.writing.num_beams if "--num-beams" in options.given else HEARING_BEAMS
        return SpeechWork(load_speech_folder(folder, device), num_beams)
    told = stage_config(directory)
    if not is_task_folder(folder):
        return _open_writer(folder, options, device, is_tuned="tasks" in told)
    _refuse(options, FOR_WRITING, t("this model has a head and writes nothing"))
    model = load_task_folder(folder, device)
    names = [spec.name for spec in model.specs]
    if options.head is None and len(names) > 1:
        raise ConfigError(
            t("the model has several heads, and none is chosen"),
            where="--head",
            hint=t("There are: {names}.", names=listed(names)),
        )
    usual = windows_for(model).model_dump() | _tuned_length(told)
    length = LengthConfig.model_validate(usual | options.length)
    predictor = TaskPredictor(
        model,
        load_codec(folder),
        _with_fitting_overlap(length, model.config.max_seq_len, options),
        head=options.head,
        batch_tokens=options.batch_tokens,
    )
    if predictor.spec.kind != "spans":
        _refuse(options, FOR_ANSWERS, t("this model does not answer questions from passages"))
    return HeadWork(predictor, options.threshold, options.max_answer_tokens)


def model_folder_of(directory: Path) -> Path:
    """The folder with the model: this one, or `model` in a run's stage.

    Raises:
        CheckpointError: neither holds one.
    """
    for folder in (directory, directory / "model"):
        if (folder / "config.json").is_file():
            return folder
    raise CheckpointError(
        t("there is no model in this folder"),
        where=str(directory),
        hint=t("Give a folder with config.json, or runs/NAME/finetune/TASK."),
    )


def predict_asks(work: Work, asks: Sequence[Ask], column: str, console: Console) -> list[Fields]:
    """The columns that are added to each row; empty where nothing is asked."""
    fields: list[Fields] = []
    blank = dict.fromkeys(column_names(work, column))
    for first in range(0, len(asks), BLOCK_ROWS):
        block = asks[first : first + BLOCK_ROWS]
        found = iter(work.run([ask for ask in block if ask.text]))
        for ask in block:
            values = next(found) if ask.text else None
            fields.append(
                blank if values is None else {_named(column, k): v for k, v in values.items()}
            )
        if len(asks) > BLOCK_ROWS:
            console.progress(t("predicted {done:,} of {rows:,}", done=len(fields), rows=len(asks)))
    console.end_progress()
    for warning in work.warnings():
        console.warn(warning)
    return fields


def column_names(work: Work, column: str) -> list[str]:
    """The names of the columns that are added, the prediction's own first."""
    return [_named(column, name) for name in work.names]


def predict_table(
    work: Work,
    table: Table,
    column: str,
    console: Console,
    *,
    text_column: str | None = None,
    second_column: str | None = None,
) -> tuple[list[Ask], list[Fields]]:
    """What is asked for every row of a file, and the columns that are added to it.

    Raises:
        ConfigError: the file has a column of that name already, or lacks one that is needed.
        DataError: a row has nothing to ask: names file and row.
    """
    check_columns(table, column_names(work, column), column)
    text_column = prepare_paths(work, table, text_column)
    asks = asks_of(
        table,
        asks_questions=work.asks_questions,
        text_column=text_column,
        second_column=second_column,
    )
    return asks, predict_asks(work, asks, column, console)


def write_predictions(
    out: Path | None,
    table: Table,
    asks: Sequence[Ask],
    fields: Sequence[Fields],
    console: Console,
) -> None:
    """Write a file, or a table on standard output.

    Raises:
        RunError: the disk is full or cannot be written.
    """
    if out is None:
        print_table(asks, fields)
        return
    num_flattened = write_rows(out, table, fields)
    if num_flattened:
        console.warn(
            t(
                "{count:,} {count:value|values} had a tab or a line feed, which this format cannot"
                " hold; a space stands there",
                count=num_flattened,
            )
        )
    console.note(t("{rows:,} {rows:row|rows} in {path}", rows=len(fields), path=out))


def _open_writer(
    folder: Path, options: PredictOptions, device: torch.device, *, is_tuned: bool
) -> Work:
    model = load_model(folder, device)
    if model.kind == "masked":
        raise ConfigError(
            t("this model has no head for a task, and it does not write"),
            where=str(folder),
            hint=t("Tune it first: yanmo finetune RECIPE"),
        )
    _refuse(options, FOR_HEADS | FOR_ANSWERS, t("this model writes; it has no head"))
    if model.kind != "seq2seq":
        _refuse(options, FOR_SOURCES, t("this model continues texts; it reads no source"))
    codec = load_codec(folder)
    return WritingWork(
        model,
        codec,
        options.writing,
        reads_parts=options.length.get("long_text") != "truncate",
        # A decoder that has learned a task has learned it as what a user says and is answered.
        chat=load_chat(folder, codec) if is_tuned and model.kind == "causal" else None,
        glossary=read_glossary(options.glossary) if options.glossary is not None else None,
    )


def _refuse(options: PredictOptions, names: frozenset[str], why: str) -> None:
    """Raises where an option was given that has no effect."""
    for name in sorted(options.given & names):
        raise ConfigError(t("this option has no effect here"), where=name, why=why)


def _with_fitting_overlap(
    length: LengthConfig, model_tokens: int, options: PredictOptions
) -> LengthConfig:
    """`length`, in which windows that were made shorter overlap less too, unless told."""
    if "overlap_tokens" in options.length:
        return length
    longest = (length.max_tokens or model_tokens) // 8
    return length.model_copy(update={"overlap_tokens": min(length.overlap_tokens, longest)})


def stage_config(directory: Path) -> dict[str, Any]:
    """The settings of the stage that tuned a model, as its manifest has them; empty where there is
    none."""
    for path in (directory / MANIFEST_NAME, directory.parent / MANIFEST_NAME):
        if path.is_file():
            try:
                config = json.loads(path.read_text(encoding="utf-8"))["config"]
            except (ValueError, KeyError, TypeError):  # the manifest of something else
                continue
            if isinstance(config, dict) and "tasks" in config:
                return config
    return {}


def _tuned_length(told: dict[str, Any]) -> dict[str, Any]:
    """How long the rows were that a model was tuned on, where its stage tells."""
    longest = told.get("finetune", {}).get("length", {}).get("max_tokens")
    return {"max_tokens": longest} if longest is not None else {}


def _named(column: str, name: str) -> str:
    return column if name == PREDICTION else f"{column}_{name}"
