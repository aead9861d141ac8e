"""A figure of a task decides, where there is one; parts of a model learn at other rates or not at
all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.training.small_job import (
    build_config,
    build_job,
    load_data,
    silent_console,
    weights,
    write_tokens,
)

from yanmo.training.config import AdamWConfig, EarlyStoppingConfig
from yanmo.training.data import TrainingData
from yanmo.training.loop import train
from yanmo.training.metrics import read_rows
from yanmo.training.optimizers import build_optimizer


@pytest.fixture
def data(tmp_path: Path) -> TrainingData:
    write_tokens(tmp_path)
    return load_data(tmp_path)


def test_best_weights_are_those_of_the_best_figure_not_of_the_lowest_loss(
    tmp_path: Path, data: TrainingData
) -> None:
    config = build_config(steps=6, validate_every=1, early_stopping=EarlyStoppingConfig(patience=9))
    figures = iter([0.1, 0.2, 0.9, 0.3, 0.3, 0.3, 0.3])
    job = build_job(tmp_path, data, config)
    seen: list[dict[str, torch.Tensor]] = []

    def measure_task() -> dict[str, float]:
        seen.append(weights(job))
        return {"accuracy": next(figures), "ignored": 0.0}

    progress = train(replace(job, measure_task=measure_task), silent_console())
    assert all(torch.equal(weight, seen[2][name]) for name, weight in weights(job).items())
    rows = [row for row in read_rows(tmp_path / "metrics.jsonl") if "validation/accuracy" in row]
    assert [row["validation/accuracy"] for row in rows] == [0.1, 0.2, 0.9, 0.3, 0.3, 0.3, 0.3]
    assert progress.validation_loss == rows[2]["validation/loss"] > rows[-1]["validation/loss"]


def test_run_stops_when_the_figure_has_stopped_rising(tmp_path: Path, data: TrainingData) -> None:
    config = build_config(steps=9, validate_every=1, early_stopping=EarlyStoppingConfig(patience=2))
    figures = iter([0.5, 0.6, 0.6, 0.6, 0.7, 0.8])
    job = replace(build_job(tmp_path, data, config), measure_task=lambda: {"f1": next(figures)})
    assert train(job, silent_console()).step == 3


def test_frozen_weights_are_left_alone_and_rates_follow_names(
    tmp_path: Path, data: TrainingData
) -> None:
    model = build_job(tmp_path, data, build_config()).model
    names = [name for name, _ in model.named_parameters()]
    frozen = dict(model.named_parameters())[names[0]]
    frozen.requires_grad_(False)
    optimizer = build_optimizer(
        model,
        AdamWConfig(learning_rate=1.0),
        rate_factor=lambda name: 0.5 if name == names[-1] else 1.0,
    )
    rates = {
        parameter: group["peak_lr"]
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    assert frozen not in rates
    assert len(rates) == len(list(model.parameters())) - 1
    assert rates[dict(model.named_parameters())[names[-1]]] == pytest.approx(0.5)
    assert sum(rate == 0.5 for rate in rates.values()) == 1


def test_a_fresh_model_is_not_kept_as_it_began(tmp_path: Path, data: TrainingData) -> None:
    config = build_config(steps=4, validate_every=1, early_stopping=EarlyStoppingConfig(patience=9))
    figures = iter([0.9, 0.2, 0.3, 0.1, 0.3])
    seen: list[dict[str, torch.Tensor]] = []
    job = build_job(tmp_path, data, config)

    def measure_task() -> dict[str, float]:
        seen.append(weights(job))
        return {"accuracy": next(figures)}

    train(replace(job, measure_task=measure_task, is_fresh=True), silent_console())
    kept = weights(job)
    best = [all(torch.equal(kept[name], one[name]) for name in kept) for one in seen]
    assert best[2] or best[4]  # of equal figures the one with the lower loss
    assert not best[0] and not best[1]
