"""Tuning with heads: classes, numbers, tags and spans of one task or of several that share a model.

In: tasks with their examples and a model to begin from. Out: a `Plan`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch

from yanmo.core.files import sha256_of_json
from yanmo.core.messages import t
from yanmo.finetuning.balance import balanced_order, class_weights
from yanmo.finetuning.head_objective import HeadObjective
from yanmo.finetuning.head_rows import HEAD_KIND_OF, Augment, TaskRows, build_head_rows
from yanmo.inference.predict import TaskPredictor
from yanmo.models.families.task_forms import task_form
from yanmo.models.language_model import LanguageModel
from yanmo.models.task_head import HeadSpec
from yanmo.models.task_model import Backbone, TaskModel
from yanmo.pipeline.finetune.begin import Beginning
from yanmo.pipeline.finetune.keyword_tags import KEYWORD_LABELS, tagged_keywords
from yanmo.pipeline.finetune.plan import Plan, TaskData, trained_share, weight_counts
from yanmo.pipeline.finetune.predictions import figures_of, predict_examples
from yanmo.pipeline.finetune.saving import ModelSaver, adapt
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.tasks.example import Example, KeywordExample, TextExample
from yanmo.tasks.metrics.of_kind import metrics_of
from yanmo.tasks.task import TaskKind
from yanmo.tokens.text_rows import RowEncoder, row_encoder_for
from yanmo.training.data import TrainingData
from yanmo.training.guards.overfit import TaskRemedies


def plan_heads(
    section: FinetuneSection,
    tasks: Sequence[TaskData],
    beginning: Beginning,
    augment: Augment | None = None,
) -> Plan:
    """A head for each task on the model, and the rows of all of them.

    Raises:
        ConfigError: a head does not fit the model, or a setting has no effect on these tasks.
        DataError: an example has no target.
    """
    specs = [spec_of(section, data.task.name, data.task.kind, data.task.labels) for data in tasks]
    model = TaskModel(cast(Backbone, beginning.model), specs)
    model.init_heads(section.seed)
    _centre_numbers(model, tasks)
    _freeze(model, section)
    encoder = row_encoder_for(beginning.codec, model.config, section.length)
    rows = [TaskRows(spec, head, encoder) for head, spec in enumerate(model.specs)]
    learned, notes = _learnable(tasks)
    train = build_head_rows(rows, learned, augment=augment)
    validation = build_head_rows(rows, [_tagged(data.validation)[0] for data in tasks])
    if section.resample == "balanced":
        order = balanced_order(train, model.specs, section.seed)
        train = replace(train, order=order)
    weights = {}
    if section.class_weights == "balanced":
        weights = {
            head: torch.from_numpy(class_weights(train, head, spec))
            for head, spec in enumerate(model.specs)
            if spec.kind == "classification" or (spec.kind == "tagging" and not spec.has_crf)
        }
    objective = HeadObjective(model.specs, beginning.codec.pad_id or 0, weights)
    return Plan(
        model=model,
        data=TrainingData(
            train=train,
            validation=validation,
            objective=objective,
            content_hash=_hash_of(tasks, train.order),
            remedies=_remedies(beginning, has_changes=augment is not None),
        ),
        flops_per_token=model.flops_per_token(),
        num_layers=getattr(model.config, "num_layers", 1),
        save=ModelSaver(model, section, beginning),
        measure=_Measuring(model, beginning, section, encoder, tasks),
        is_fresh=True,
        notes=[
            *notes,
            *_form_notes(model),
            *train.counts.warnings(),
            trained_share(model),
        ],
        counts=weight_counts(model),
    )


def _remedies(beginning: Beginning, *, has_changes: bool) -> TaskRemedies:
    """What helps against over-fitting. A network that is no language model keeps the dropout that
    it was made with."""
    more = t("more examples, or changed copies of those there are (augment)")
    return TaskRemedies(
        t("more examples") if has_changes else more,
        has_dropout=beginning.folder is None or isinstance(beginning.model, LanguageModel),
    )


def _form_notes(model: TaskModel) -> list[str]:
    """Where other tools will open the model without its head."""
    if not isinstance(model.backbone, LanguageModel):
        return []
    if task_form(model.config, model.specs) is not None:
        return []
    spec = model.specs[0]
    note = t("other tools will open the folder of this model as the model alone, without its head")
    if len(model.specs) == 1 and spec.pooling == "mean" and model.backbone.kind == "masked":
        note += t('; with pooling = "pooler" they will open the head, too')
    return [note]


def _learnable(tasks: Sequence[TaskData]) -> tuple[list[Sequence[Example]], list[str]]:
    """The training examples of each task as heads learn them, and what of them is left out."""
    learned: list[Sequence[Example]] = []
    notes: list[str] = []
    for data in tasks:
        examples, num_missing = _tagged(data.train)
        learned.append(examples)
        if num_missing:
            notes.append(
                t(
                    "{task}: {missing:,} keywords do not stand in their texts and cannot be tagged",
                    task=data.task.name,
                    missing=num_missing,
                )
            )
    return learned, notes


def _tagged(examples: Sequence[Example]) -> tuple[Sequence[Example], int]:
    """Texts with keywords as tagged ones, others as they are; and keywords that stand nowhere."""
    if not isinstance(examples[0], KeywordExample):
        return examples, 0
    made = [tagged_keywords(one) for one in examples if isinstance(one, KeywordExample)]
    return [example for example, _ in made], sum(num_missing for _, num_missing in made)


def spec_of(
    section: FinetuneSection, name: str, task_kind: TaskKind, task_labels: Sequence[str]
) -> HeadSpec:
    """The head that learns a task, as its section asks for it.

    Raises:
        ConfigError: the task has too few labels, or a setting has no effect in such a head.
    """
    kind = HEAD_KIND_OF[task_kind]
    is_row = kind in ("classification", "regression")
    labels: tuple[str, ...] = ()
    if kind in ("classification", "tagging"):
        labels = KEYWORD_LABELS if task_kind == "keywords" else tuple(task_labels)
    return HeadSpec(
        name=name,
        kind=kind,
        labels=labels,
        pooling=section.pooling if is_row else None,
        dropout=section.head_dropout,
        has_crf=section.has_crf and kind == "tagging",
    )


@torch.no_grad()
def _centre_numbers(model: TaskModel, tasks: Sequence[TaskData]) -> None:
    """Begin with the mean of the numbers: a head that has to climb there learns nothing else."""
    for head, data in enumerate(tasks):
        if model.specs[head].kind == "regression":
            numbers = [
                float(example.label)
                for example in data.train
                if isinstance(example, TextExample) and example.label is not None
            ]
            bias = model.head(head).out_proj.bias
            if bias is not None and numbers:
                bias.fill_(float(np.mean(numbers)))


def _freeze(model: TaskModel, section: FinetuneSection) -> None:
    if section.method == "probe":
        model.backbone.requires_grad_(False)
    else:
        adapt(model, section)


def _hash_of(tasks: Sequence[TaskData], order: Any) -> str:
    """A hash of all examples in their order: a run goes on with the same ones only."""
    contents = [[repr(one) for one in (*data.train, *data.validation)] for data in tasks]
    return sha256_of_json([contents, order.tolist()])


@dataclass(frozen=True)
class _Measuring:
    """The metrics of every task on its validation examples."""

    model: TaskModel
    beginning: Beginning
    section: FinetuneSection
    encoder: RowEncoder
    tasks: Sequence[TaskData]

    def __call__(self) -> Mapping[str, float]:
        found: dict[str, float] = {}
        firsts: list[float] = []
        for head, data in enumerate(self.tasks):
            predictor = TaskPredictor(
                self.model,
                self.beginning.codec,
                self.section.length,
                head=self.model.specs[head].name,
            )
            examples = data.validation[: self.section.max_validation_examples]
            predicted = predict_examples(predictor, data.task.kind, examples)
            figures = figures_of(
                metrics_of(data.task.kind, data.task.language), examples, predicted.items
            )
            firsts.append(next(iter(figures.values())))
            prefix = f"{data.task.name}/" if len(self.tasks) > 1 else ""
            found |= {f"{prefix}{name}": figure for name, figure in figures.items()}
        if len(self.tasks) > 1:
            found = {"mean": float(np.mean(firsts)), **found}
        return found


def texts_of(examples: Sequence[Example]) -> list[str]:
    """All text of examples, from which a vocabulary can be learned."""
    texts: list[str] = []
    for example in examples:
        for name in ("text", "second", "question", "passage", "source"):
            value = getattr(example, name, None)
            if isinstance(value, str):
                texts.append(value)
        texts += list(getattr(example, "targets", ()))
        tokens = getattr(example, "tokens", None)
        if tokens is not None:
            texts.append(getattr(example, "joiner", " ").join(tokens))
        texts += [turn.content for turn in getattr(example, "turns", ())]
    return texts
