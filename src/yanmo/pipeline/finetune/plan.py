"""What a fine-tuning comes down to, whatever its task: a model, rows, a figure, a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from yanmo.core.messages import t
from yanmo.models.weight_count import count_weights
from yanmo.tasks.example import Example, TextExample
from yanmo.tasks.task import Task
from yanmo.training.data import TrainingData
from yanmo.training.job import TaskFigures


@dataclass(frozen=True)
class Plan:
    """One fine-tuning, ready for the trainer.

    Attributes:
        model: with the weights that it begins with; what is frozen takes no gradient.
        data: rows of both splits and what is learned from them.
        flops_per_token: of the model.
        num_layers: of the model, for rates that fall from layer to layer.
        save: writes the model into a folder; gives the files.
        measure: figures of the model as it is on the validation split; None where none is measured.
        is_fresh: whether parts of the model begin with random numbers.
        notes: for the user, before training begins.
        counts: for the manifest.
    """

    model: nn.Module
    data: TrainingData
    flops_per_token: int
    num_layers: int
    save: Callable[[Path], list[Path]]
    measure: TaskFigures | None = None
    is_fresh: bool = False
    notes: Sequence[str] = ()
    counts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TaskData:
    """A task with the examples that are learned from and chosen by."""

    task: Task
    train: Sequence[Example]
    validation: Sequence[Example]

    @property
    def notes(self) -> Sequence[str]:
        """What a reader of its files found worth telling."""
        return tuple(getattr(self.task, "notes", ()))


def weight_counts(model: nn.Module) -> dict[str, int]:
    """How many weights a model has and how many of them are trained, for the manifest."""
    return {
        "num_params": count_weights(model.parameters()),
        "num_trained_params": count_weights(model.parameters(), only_trained=True),
    }


def trained_share(model: nn.Module) -> str:
    """How many of a model's weights are trained, as a sentence."""
    counts = weight_counts(model)
    return t(
        "{trained:,} of {params:,} weights are trained ({percent:.2f}%)",
        trained=counts["num_trained_params"],
        params=counts["num_params"],
        percent=100 * counts["num_trained_params"] / counts["num_params"],
    )


def labels_of(examples: Sequence[Example]) -> list[object]:
    """The class of each example, None where it has none."""
    return [
        example.label
        if isinstance(example, TextExample) and isinstance(example.label, str)
        else None
        for example in examples
    ]
