"""A batch of several tasks has the losses of each alone, and padding changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from tests.finetuning.chats import tiny_model
from tests.finetuning.heads import (
    CLASSES,
    NUMBER,
    PAIRS,
    QUESTIONS,
    SENTENCES,
    SPAN,
    TAGS,
    TEXTS,
    task_rows,
)

from yanmo.finetuning.head_objective import HeadObjective
from yanmo.finetuning.head_rows import HeadRows, build_head_rows
from yanmo.models.task_model import TaskModel

SPECS = (CLASSES, NUMBER, TAGS, SPAN)
PAD = 1


def model_with_heads(**fields: Any) -> TaskModel:
    model = TaskModel(tiny_model("bert", num_heads=4, **fields), SPECS)
    model.init_heads(1)
    with torch.no_grad():
        for parameter in model.heads.parameters():
            parameter.mul_(20.0)
    return model.eval()


def all_rows() -> HeadRows:
    return build_head_rows(task_rows(*SPECS), [TEXTS, PAIRS, SENTENCES, QUESTIONS])


def loss_of(
    model: TaskModel, objective: HeadObjective, rows: HeadRows, numbers: list[int]
) -> tuple[float, int]:
    generators = [np.random.default_rng(0) for _ in numbers]
    made = objective.make_batch(rows, np.array(numbers), generators)
    batch = {name: torch.from_numpy(array) for name, array in made.items()}
    loss, count = objective.loss(model, batch)
    assert count == objective.count_targets(made)
    return float(loss.detach()), count


def test_a_mixed_batch_is_the_sum_of_its_rows_alone() -> None:
    model, rows = model_with_heads(), all_rows()
    objective = HeadObjective(model.specs, PAD)
    mixed, count = loss_of(model, objective, rows, [9, 0, 6, 4, 1, 8, 7])
    alone = [loss_of(model, objective, rows, [n]) for n in (9, 0, 6, 4, 1, 8, 7)]
    assert mixed == pytest.approx(sum(loss for loss, _ in alone), abs=1e-5)
    assert count == sum(number for _, number in alone) == 2 + 1 + 2 + 3 + 2


def test_class_weights_multiply_the_loss_of_their_class() -> None:
    model, rows = model_with_heads(), all_rows()
    plain = HeadObjective(model.specs, PAD)
    weighted = HeadObjective(model.specs, PAD, {0: torch.tensor([3.0, 0.5])})
    for number, factor in ((0, 0.5), (1, 3.0), (4, 1.0)):
        before, _ = loss_of(model, plain, rows, [number])
        after, _ = loss_of(model, weighted, rows, [number])
        assert after == pytest.approx(factor * before, rel=1e-5)


def test_every_head_gets_a_gradient_from_a_mixed_batch() -> None:
    model, rows = model_with_heads().train(), all_rows()
    objective = HeadObjective(model.specs, PAD)
    numbers = np.arange(rows.num_rows)
    made = objective.make_batch(rows, numbers, [np.random.default_rng(0) for _ in numbers])
    loss, _ = objective.loss(model, {name: torch.from_numpy(a) for name, a in made.items()})
    loss.backward()
    for head in model.heads:
        # Of the weight: a bias moves all places of a span alike, which changes nothing.
        gradient = head.get_parameter("out_proj.weight").grad
        assert gradient is not None and gradient.abs().sum() > 1e-3
    assert model.backbone.embed.weight.grad is not None
