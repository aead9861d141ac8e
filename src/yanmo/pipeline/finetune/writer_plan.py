"""The plan of a tuning whose model writes or ranks text: what those plans have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yanmo.core.files import sha256_of_json
from yanmo.core.messages import t
from yanmo.models.language_model import LanguageModel
from yanmo.pipeline.finetune.begin import Beginning
from yanmo.pipeline.finetune.plan import Plan, TaskData, trained_share, weight_counts
from yanmo.pipeline.finetune.saving import ModelSaver
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.training.data import TrainingData
from yanmo.training.guards.overfit import TaskRemedies
from yanmo.training.job import TaskFigures
from yanmo.training.objectives.objective import Objective, Rows


def plan_writer(
    model: LanguageModel,
    section: FinetuneSection,
    beginning: Beginning,
    data: TaskData,
    rows: tuple[Rows, Rows],
    objective: Objective,
    *,
    measure: TaskFigures | None,
    notes: Sequence[str],
    settings: Sequence[Any] = (),
) -> Plan:
    """A plan for a language model.

    Args:
        model: adapted, where adapters are learned.
        data: the examples; a run goes on with the same ones only.
        rows: of the train and of the validation split.
        objective: what is learned from them.
        measure: figures of the model as it is; None where none is measured.
        notes: for the user, before training begins.
        settings: what else decides the rows.
    """
    train, validation = rows
    examples = [repr(one) for one in (*data.train, *data.validation)]
    return Plan(
        model=model,
        data=TrainingData(
            train=train,
            validation=validation,
            objective=objective,
            content_hash=sha256_of_json([examples, *settings]),
            remedies=TaskRemedies(t("more examples")),
        ),
        flops_per_token=model.flops_per_token(),
        num_layers=getattr(model.config, "num_layers", 1),
        save=ModelSaver(model, section, beginning),
        measure=measure,
        notes=[trained_share(model), *notes],
        counts=weight_counts(model),
    )
