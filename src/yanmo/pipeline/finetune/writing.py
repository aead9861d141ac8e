"""Tuning a model with an encoder and a decoder to write targets: translations, summaries.

In: a task with its examples and a model to begin from. Out: a `Plan`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from yanmo.finetuning.targets import TargetObjective, TargetRows, build_target_rows
from yanmo.inference.write_text import write_targets
from yanmo.inference.writing_config import WritingConfig
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.finetune.begin import Beginning, require_language_model
from yanmo.pipeline.finetune.plan import Plan, TaskData
from yanmo.pipeline.finetune.predictions import figures_of
from yanmo.pipeline.finetune.saving import adapt
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.finetune.writer_plan import plan_writer
from yanmo.tasks.example import Example, PairExample
from yanmo.tasks.metrics.of_kind import metrics_of
from yanmo.training.objective_config import Seq2SeqConfig


def plan_writing(section: FinetuneSection, data: TaskData, beginning: Beginning) -> Plan:
    """Rows of sources and targets for a model that has both sides.

    Raises:
        ConfigError: the model has one side only.
        DataError: a pair has no target.
    """
    model = require_language_model(beginning.model, "seq2seq")
    adapt(model, section)
    config = section.seq2seq or Seq2SeqConfig()
    longest = section.length.max_tokens or model.config.max_seq_len

    def rows_of(examples: Sequence[Example]) -> TargetRows:
        return build_target_rows(
            [cast(PairExample, example) for example in examples],
            beginning.codec,
            max_source_tokens=config.max_source_tokens or longest,
            max_target_tokens=config.max_target_tokens or longest,
        )

    train, validation = rows_of(data.train), rows_of(data.validation)
    start = getattr(model.config, "decoder_start_id", None)
    pad_id = beginning.codec.pad_id or 0
    objective = TargetObjective(config, pad_id, pad_id if start is None else start)
    return plan_writer(
        model,
        section,
        beginning,
        data,
        (train, validation),
        objective,
        measure=_Measuring(model, beginning, section, data),
        notes=train.warnings(),
    )


def writing_config(
    model: LanguageModel, max_new_tokens: int | None, *, num_beams: int
) -> WritingConfig:
    """How targets are written: no longer than the model, or than `max_new_tokens`."""
    longest = max_new_tokens or model.config.max_seq_len - 1
    return WritingConfig(num_beams=num_beams, max_new_tokens=longest, max_source_ratio=3.0)


@dataclass(frozen=True)
class _Measuring:
    """The metrics of the task on its validation examples, written greedily."""

    model: LanguageModel
    beginning: Beginning
    section: FinetuneSection
    data: TaskData

    def __call__(self) -> Mapping[str, float]:
        task = self.data.task
        examples = self.data.validation[: self.section.max_validation_examples]
        sources = [cast(PairExample, example).source for example in examples]
        config = writing_config(self.model, self.section.evaluate.max_new_tokens, num_beams=1)
        written = write_targets(self.model, self.beginning.codec, sources, config)
        return figures_of(metrics_of(task.kind, task.target_language), examples, written)
