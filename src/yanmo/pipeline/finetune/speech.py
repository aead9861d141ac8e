"""Learning to write down what is said.

In: a task with its recordings. Out: a `Plan` for a network that begins with random weights, or with
those of one that hears already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from yanmo.checkpoint.speech_folder import load_speech_folder, save_speech_folder
from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.finetuning.config import PRETRAINED, SCRATCH
from yanmo.finetuning.speech import (
    SpeechObjective,
    SpeechRows,
    alphabet_of,
    build_speech_rows,
)
from yanmo.inference.recognise import features_of, recognise
from yanmo.models.speech_config import SpeechConfig, SpeechShape
from yanmo.models.speech_ctc import SpeechCTC
from yanmo.pipeline.finetune.plan import Plan, TaskData, weight_counts
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.tasks.example import SpeechExample
from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.of_kind import metrics_of
from yanmo.training.data import TrainingData
from yanmo.training.guards.overfit import TaskRemedies

Frames = NDArray[np.float32]
MIN_D_HIDDEN = 16
"""A network with narrower states is not proposed."""


def plan_speech(
    section: FinetuneSection, name: str, data: TaskData, folder: Path | None, device: torch.device
) -> Plan:
    """Rows of recordings, and the network.

    Args:
        section: how it is learned.
        name: of the section, for messages.
        data: recordings.
        folder: of the network to begin with; None for random weights.
        device: where the network goes.

    Raises:
        ConfigError: a setting has no effect on speech, or does not fit the network.
        CheckpointError: the network to begin with is missing or damaged.
        DataError: a recording has no text.
    """
    refuse_settings_of_text(section, name)
    train = [cast(SpeechExample, example) for example in data.train]
    validation = [cast(SpeechExample, example) for example in data.validation]
    model = _begin(section, name, train, folder, device)
    train_rows = _rows_of(train, model.config, is_varied=True)
    validation_rows = _rows_of(validation, model.config, is_varied=False)
    shown = validation[: section.max_validation_examples]
    notes = [
        t(
            "{params:,} weights; {count} characters are written: {alphabet}",
            params=model.num_params(),
            count=len(model.config.alphabet),
            alphabet=model.config.alphabet[:60],
        )
    ]
    if train_rows.num_too_short:
        notes.append(
            t(
                "{count:,} {count:recording is|recordings are} too short for their text and teach"
                " nothing",
                count=train_rows.num_too_short,
            )
        )
    return Plan(
        model=model,
        data=TrainingData(
            train=train_rows,
            validation=validation_rows,
            objective=SpeechObjective(),
            content_hash=_hash_of([*train, *validation]),
            remedies=_remedies(model, train_rows, is_fresh=folder is None),
        ),
        flops_per_token=model.flops_per_token(),
        num_layers=model.config.num_layers,
        save=partial(save_speech_folder, model),
        measure=_Measuring(model, shown, validation_rows.frames[: len(shown)]),
        notes=notes,
        counts=weight_counts(model),
    )


def _remedies(model: SpeechCTC, rows: SpeechRows, *, is_fresh: bool) -> TaskRemedies:
    """What helps against over-fitting; the shape of a network that hears already is given."""
    more = t(
        "more recordings, above all by other speakers: every one is already changed a little each"
        " time it is read"
    )
    params, characters = model.num_params(), sum(map(len, rows.labels))
    now = model.config.d_hidden
    better = max(MIN_D_HIDDEN, now // 4 * 2)
    if not is_fresh or better >= now or params <= characters:
        return TaskRemedies(more, has_dropout=is_fresh)
    smaller = t(
        "a smaller network: {params:,} weights learn from {characters:,} characters;"
        " speech.d_hidden = {better} (now {now})",
        params=params,
        characters=characters,
        better=better,
        now=now,
    )
    return TaskRemedies(more, smaller=smaller)


def _begin(
    section: FinetuneSection,
    name: str,
    train: Sequence[SpeechExample],
    folder: Path | None,
    device: torch.device,
) -> SpeechCTC:
    if folder is None:
        shape = section.speech or SpeechShape()
        told = shape.model_dump() | {"alphabet": alphabet_of(train)}
        if section.dropout is not None:
            told["dropout"] = section.dropout
        model = SpeechCTC(SpeechConfig.model_validate(told)).to(device)
        model.init_weights(section.seed)
    else:
        model = load_speech_folder(folder, device)
        require_characters(alphabet_of(train), model.config, name)
    check_rate(train[0].sample_rate_hz, model.config)
    return model


def require_characters(alphabet: str, config: SpeechConfig, name: str) -> None:
    """Refuse texts with characters that the network of the section `name` does not write.

    Raises:
        ConfigError: naming them.
    """
    unknown = sorted(set(alphabet) - set(config.alphabet))
    if unknown:
        raise ConfigError(
            t("the network does not write {characters}", characters=" ".join(unknown)),
            where=f"finetune.{name}.init_from",
            why=t("it writes {alphabet}", alphabet=config.alphabet),
            hint=t('Use init_from = "scratch".'),
        )


def check_rate(sample_rate_hz: int, config: SpeechShape) -> None:
    """Refuse recordings of another rate than the network hears.

    Raises:
        ConfigError: the rates differ.
    """
    if sample_rate_hz != config.sample_rate_hz:
        raise ConfigError(
            t(
                "the recordings have {rate:,} samples a second, and the network hears {heard:,}",
                rate=sample_rate_hz,
                heard=config.sample_rate_hz,
            ),
            hint=t("Set sample_rate_hz of the task, or of the section speech."),
        )


def _rows_of(
    examples: Sequence[SpeechExample], config: SpeechConfig, *, is_varied: bool
) -> SpeechRows:
    frames = features_of([example.samples for example in examples], config)
    return build_speech_rows(examples, frames, config.alphabet, is_varied=is_varied)


def refuse_settings_of_text(section: FinetuneSection, name: str) -> None:
    """Refuse what says how texts are learned.

    Raises:
        ConfigError: naming the first such setting.
    """
    fields = type(section).model_fields
    if section.init_from == PRETRAINED:
        raise ConfigError(
            t("a language model does not hear"),
            where=f"finetune.{name}.init_from",
            hint=t('Use init_from = "scratch", or the folder of a network that hears.'),
        )
    unread = ["scratch", "method", "length", "layer_decay"]
    if section.init_from != SCRATCH:
        unread += ["speech", "dropout"]
    for setting in unread:
        if getattr(section, setting) != fields[setting].get_default(call_default_factory=True):
            raise ConfigError(
                t("{name} has no effect on what is learned here", name=setting),
                where=f"finetune.{name}",
                hint=t("Leave it out."),
            )


def _hash_of(examples: Sequence[SpeechExample]) -> str:
    """A hash of all recordings and texts in their order."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(repr(example).encode())
        digest.update(example.samples.tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class _Measuring:
    """What is right of the validation recordings, written greedily."""

    model: SpeechCTC
    examples: Sequence[SpeechExample]
    frames: Sequence[Frames]

    def __call__(self) -> Mapping[str, float]:
        """`character_accuracy`, 1 - CER, by which models are chosen, then CER and WER."""
        said = [one.text for one in recognise(self.model, self.frames)]
        gold = [example.transcript for example in self.examples]
        figures = {one.name: measure(one, gold, said) for one in metrics_of("speech")}
        return {"character_accuracy": 1.0 - figures["cer"], **figures}
