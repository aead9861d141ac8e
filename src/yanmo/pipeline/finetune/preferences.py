"""Tuning a causal model on pairs of answers of which one is preferred.

In: a task with its examples and a model to begin from, which is also what the tuned one must not
move far away from. Out: a `Plan`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.files import sha256_of_json
from yanmo.core.messages import t
from yanmo.finetuning.preference_config import PreferenceConfig
from yanmo.finetuning.preference_rows import PreferenceRows, build_preference_rows, fit_pair
from yanmo.finetuning.preferences import (
    PreferenceObjective,
    preference_figures,
    reference_log_probs,
)
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.finetune.begin import Beginning, require_language_model
from yanmo.pipeline.finetune.chats import chat_of
from yanmo.pipeline.finetune.plan import Plan, TaskData
from yanmo.pipeline.finetune.predictions import Predictions
from yanmo.pipeline.finetune.saving import ModelSaver, adapt
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.finetune.writing import refuse_settings_of_heads
from yanmo.tasks.example import Example, PreferenceExample
from yanmo.tokens.chat import ChatEncoder
from yanmo.training.data import TrainingData


def plan_preferences(
    section: FinetuneSection, data: TaskData, beginning: Beginning, device: torch.device
) -> Plan:
    """Rows of pairs, and what the model that training begins with makes of them.

    Raises:
        ConfigError: the model is of another kind, or a setting has no effect.
        DataError: the model has no chat template, or no pair fits in.
    """
    model = require_language_model(beginning.model, "causal")
    if beginning.folder is None:
        raise ConfigError(
            t("preferences are told against the model that training begins with"),
            why=t("random weights prefer nothing"),
            hint=t("Name a model that answers already, with init_from."),
        )
    refuse_settings_of_heads(section)
    config = section.preference or PreferenceConfig()
    chat, pad_id = chat_of(beginning), beginning.codec.pad_id or 0
    longest = section.length.max_tokens or model.config.max_seq_len
    train, validation = (
        rows_with_reference(chat, examples, longest, config, model, pad_id, device)
        for examples in (data.train, data.validation)
    )
    adapt(model, section)
    objective = PreferenceObjective(config, pad_id)
    examples = [repr(one) for one in (*data.train, *data.validation)]
    num_trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return Plan(
        model=model,
        data=TrainingData(
            train=train,
            validation=validation,
            objective=objective,
            content_hash=sha256_of_json(examples),
        ),
        flops_per_token=model.flops_per_token(),
        num_layers=getattr(model.config, "num_layers", 1),
        save=ModelSaver(model, section, beginning),
        measure=_Measuring(model, validation, objective, device),
        notes=train.counts.notes(longest),
        counts={"num_params": model.num_params(), "num_trained_params": num_trained},
    )


def rows_with_reference(
    chat: ChatEncoder,
    examples: Sequence[Example],
    max_tokens: int,
    config: PreferenceConfig,
    reference: LanguageModel,
    pad_id: int,
    device: torch.device,
) -> PreferenceRows:
    """The rows of pairs with the log-probabilities that `reference` gives both answers."""
    pairs = [example for example in examples if isinstance(example, PreferenceExample)]
    rows = build_preference_rows(chat, pairs, max_tokens, too_long=config.too_long)
    return rows.with_reference(reference_log_probs(reference, rows, pad_id=pad_id, device=device))


def predict_preferences(
    model: LanguageModel,
    reference: LanguageModel,
    chat: ChatEncoder,
    section: FinetuneSection,
    pad_id: int,
    examples: Sequence[Example],
) -> Predictions:
    """Which answer of each pair has gained more against `reference`: 0 for the chosen one, 1 for
    the rejected one. A pair that does not fit in has gained nothing, and counts as wrong."""
    config = section.preference or PreferenceConfig()
    longest = section.length.max_tokens or model.config.max_seq_len
    items: list[int] = []
    for example in examples:
        assert isinstance(example, PreferenceExample), "a pair of answers"
        if fit_pair(chat, example, longest, too_long=config.too_long) is None:
            items.append(1)
            continue
        rows = build_preference_rows(chat, [example], longest, too_long=config.too_long)
        after, before = (
            reference_log_probs(each, rows, pad_id=pad_id, device=model.device)[0]
            for each in (model, reference)
        )
        gain = after - before
        items.append(int(gain[0] <= gain[1]))
    return Predictions(items)


@dataclass(frozen=True)
class _Measuring:
    """How the model stands to the validation pairs; accuracy first."""

    model: LanguageModel
    rows: PreferenceRows
    objective: PreferenceObjective
    device: torch.device

    def __call__(self) -> Mapping[str, float]:
        figures = asdict(
            preference_figures(self.model, self.rows, self.objective, device=self.device)
        )
        return {"accuracy": figures.pop("accuracy"), **figures}
