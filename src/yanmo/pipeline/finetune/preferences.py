"""Tuning a causal model on pairs of answers of which one is preferred.

In: a task with its examples and a model to begin from, which is also what the tuned one must not
move far away from. Out: a `Plan`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import torch

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.finetuning.preference_config import PreferenceConfig
from yanmo.finetuning.preference_rows import (
    CHOSEN,
    REJECTED,
    PreferenceRows,
    build_preference_rows,
    fit_pair,
)
from yanmo.finetuning.preferences import (
    PreferenceObjective,
    margins_of,
    preference_figures,
    reference_log_probs,
)
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.finetune.begin import Beginning, require_language_model
from yanmo.pipeline.finetune.chats import chat_of
from yanmo.pipeline.finetune.plan import Plan, TaskData
from yanmo.pipeline.finetune.predictions import Predictions
from yanmo.pipeline.finetune.saving import adapt
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.finetune.writer_plan import plan_writer
from yanmo.tasks.example import Example, PreferenceExample
from yanmo.tokens.chat import ChatEncoder


def plan_preferences(
    section: FinetuneSection, data: TaskData, beginning: Beginning, device: torch.device
) -> Plan:
    """Rows of pairs, and what the model that training begins with makes of them.

    Raises:
        ConfigError: the model is of another kind.
        DataError: the model has no chat template, or no pair fits in.
    """
    model = require_language_model(beginning.model, "causal")
    if beginning.folder is None:
        raise nothing_to_prefer_against()
    config = section.preference or PreferenceConfig()
    chat, pad_id = chat_of(beginning), beginning.codec.pad_id or 0
    longest = section.length.max_tokens or model.config.max_seq_len
    train, validation = (
        rows_with_reference(chat, examples, longest, config, model, pad_id, device)
        for examples in (data.train, data.validation)
    )
    adapt(model, section)
    objective = PreferenceObjective(config, pad_id)
    return plan_writer(
        model,
        section,
        beginning,
        data,
        (train, validation),
        objective,
        measure=_Measuring(model, validation, objective, device),
        notes=train.counts.notes(longest),
    )


def nothing_to_prefer_against() -> ConfigError:
    """The error for preferences that begin with random weights."""
    return ConfigError(
        t("preferences are told against the model that training begins with"),
        why=t("random weights prefer nothing"),
        hint=t("Name a model that answers already, with init_from."),
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
    config: PreferenceConfig,
    max_tokens: int,
    pad_id: int,
    examples: Sequence[Example],
) -> Predictions:
    """Which answer of each pair has gained more against `reference`, by its tokens where tuning
    counts so: 0 for the chosen one, 1 for the rejected one. A pair that does not fit in has gained
    nothing, and counts as wrong."""
    fitting = [
        place
        for place, example in enumerate(examples)
        if isinstance(example, PreferenceExample)
        and fit_pair(chat, example, max_tokens, too_long=config.too_long) is not None
    ]
    items = [REJECTED] * len(examples)
    if fitting:
        own = [examples[place] for place in fitting]
        rows = rows_with_reference(chat, own, max_tokens, config, reference, pad_id, model.device)
        after = reference_log_probs(model, rows, pad_id=pad_id, device=model.device)
        for place, margin in zip(fitting, margins_of(after, rows, config), strict=True):
            # Of pairs between which the model does not choose, every second one counts as right.
            is_chosen = margin > 0 or (margin == 0 and place % 2 == 0)
            items[place] = CHOSEN if is_chosen else REJECTED
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
