"""A section `[finetune.NAME]` against its tasks and the model that it begins with.

In: the section, what is known of its tasks, and the model as it will be. Out: nothing, or the error
that the stage would have ended with after all stages before it had run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.finetuning.config import SCRATCH
from yanmo.finetuning.lora import lora_targets
from yanmo.finetuning.lora_config import LoRAConfig
from yanmo.models.speech_config import SpeechShape
from yanmo.models.speech_ctc import SpeechCTC
from yanmo.models.task_model import Backbone, TaskModel
from yanmo.pipeline.beforehand.models import ForeseenModel, Foreseer, is_bounded
from yanmo.pipeline.beforehand.problems import Problems
from yanmo.pipeline.beforehand.rows import ReadTask
from yanmo.pipeline.finetune.begin import require_language_model
from yanmo.pipeline.finetune.effect import refuse_without_effect
from yanmo.pipeline.finetune.heads import spec_of
from yanmo.pipeline.finetune.preferences import nothing_to_prefer_against
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.finetune.speech import (
    check_rate,
    refuse_settings_of_text,
    require_characters,
)
from yanmo.pipeline.finetune.tune import Way, way_of, with_known_length
from yanmo.pipeline.word_vectors import open_word_vectors
from yanmo.tasks.task import TaskKind
from yanmo.tokens.chat import load_chat
from yanmo.tokens.length_config import LengthConfig
from yanmo.tokens.text_rows import row_encoder_for, too_long
from yanmo.tokens.tokenizer import Tokenizer

_WANTED_KIND = {"chats": "causal", "preferences": "causal", "writing": "seq2seq"}


def check_tuning(
    problems: Problems,
    foreseer: Foreseer,
    name: str,
    section: FinetuneSection,
    kinds: Sequence[TaskKind],
    tasks: Sequence[ReadTask] | None,
) -> None:
    """Note what would stop the stage `finetune/NAME`.

    Args:
        problems: where it is noted.
        foreseer: of the recipe's models.
        name: of the section.
        section: itself.
        kinds: of its tasks.
        tasks: its tasks; None where a row of one of them is wrong.
    """
    key = f"finetune.{name}"
    for setting, folder in (
        ("scratch.initial_embedding", section.scratch and section.scratch.initial_embedding),
        ("augment.synonyms_from", section.augment and section.augment.synonyms_from),
    ):
        if folder:
            with problems.noting(f"{key}.{setting}", is_named=True):
                open_word_vectors(Path(folder).expanduser())
    if tasks is not None:
        with problems.noting(key):
            _check_length(section, name, tasks)
    with problems.noting(key):
        if set(kinds) == {"speech"} and len(kinds) == 1:
            _check_speech(foreseer, section, name, tasks)
            return
        model = None
        with problems.noting(f"{key}.init_from", is_named=True):
            model = foreseer.begun(section)
            require_text(model)
        if model is None or model.network is None:
            return
        refuse_without_effect(section, name, set(kinds), model.kind)
        way = way_of(kinds, model.kind)
        check_rows(problems, key, section.length, model, has_heads=way == "heads")
        if way == "heads":
            _check_heads(section, model, tasks)
        else:
            _check_writer(section, model, way)
        if section.method == "lora":
            with problems.noting(f"{key}.lora.targets"):
                lora_targets(cast(torch.nn.Module, model.network), section.lora or LoRAConfig())


def require_text(model: ForeseenModel) -> None:
    """Refuse a network that hears where texts are to be read.

    Raises:
        ConfigError: it is one.
    """
    if model.is_hearing:
        raise ConfigError(
            t("this model hears and reads no text"),
            hint=t("Name one that has read text, or begin with random weights."),
        )


def check_rows(
    problems: Problems, key: str, length: LengthConfig, model: ForeseenModel, *, has_heads: bool
) -> None:
    """Note rows that are longer than the model reads, or have no room for text.

    Args:
        problems: where it is noted.
        key: of the section that has the `length`.
        length: of the rows.
        model: that reads them.
        has_heads: whether heads read them, or they are written by the model.
    """
    assert model.network is not None and model.codec is not None, "a model that reads text"
    longest = model.network.config.max_seq_len
    if (has_heads or is_bounded(model)) and (length.max_tokens or 0) > longest:
        with problems.noting(f"{key}.length.max_tokens"):
            raise too_long(length.max_tokens, longest)
    elif has_heads:
        with problems.noting(f"{key}.length"):
            row_encoder_for(model.codec, model.network.config, length)


def _check_length(section: FinetuneSection, name: str, tasks: Sequence[ReadTask]) -> None:
    """Settings that never come due, where the number of rows is known before they are made."""
    is_row_each = all(
        task.kind in ("classification", "similarity", "entities", "speech") for task in tasks
    )
    if not is_row_each or section.length.long_text == "windows" or section.resample != "none":
        return
    num_rows = 0
    for task in tasks:
        num = task.num_train
        if section.few_shot is not None:
            each = section.few_shot.examples_per_class
            counts = task.labels_of_train or {None: num}
            num = sum(min(each, count) for count in counts.values())
        elif section.max_examples is not None:
            num = min(num, section.max_examples)
        num_rows += num
    with_known_length(section, num_rows, name)


def _check_heads(
    section: FinetuneSection, model: ForeseenModel, tasks: Sequence[ReadTask] | None
) -> None:
    """Heads that the network cannot carry."""
    if tasks is None:
        return
    specs = [spec_of(section, task.name, task.kind, task.labels) for task in tasks]
    with torch.device("meta"):
        TaskModel(cast(Backbone, model.network), specs)


def _check_writer(section: FinetuneSection, model: ForeseenModel, way: Way) -> None:
    """A language model that is to write, or to prefer what is written."""
    assert model.network is not None, "a model that reads text"
    require_language_model(model.network, _WANTED_KIND[way])
    if way == "preferences" and section.init_from == SCRATCH:
        raise nothing_to_prefer_against()
    if way != "writing" and model.folder is not None and not isinstance(model.codec, Tokenizer):
        load_chat(model.folder, model.codec)


def _check_speech(
    foreseer: Foreseer, section: FinetuneSection, name: str, tasks: Sequence[ReadTask] | None
) -> None:
    """A network that hears: its settings, and its recordings."""
    refuse_without_effect(section, name, {"speech"}, SpeechCTC.kind)
    refuse_settings_of_text(section, name)
    if section.init_from == SCRATCH:
        shape = section.speech or SpeechShape()
    else:
        found = foreseer.named(section.init_from)
        if not found.is_hearing:
            raise ConfigError(
                t("this model does not hear"),
                where=f"finetune.{name}.init_from = {section.init_from}",
                hint=t('Use init_from = "scratch", or the folder of a network that hears.'),
            )
        if found.hears is None or tasks is None:
            return
        require_characters(tasks[0].alphabet, found.hears, name)
        shape = found.hears
    if tasks and tasks[0].sample_rate_hz is not None:
        check_rate(tasks[0].sample_rate_hz, shape)
