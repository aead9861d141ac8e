"""What optimisation adds to a run, in the loop: it ends when it should, with the right weights, and
resumes exactly whatever is switched on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.training.small_job import (
    VOCAB_SIZE,
    build_config,
    build_job,
    load_data,
    silent_console,
    weights,
)

from yanmo.tokens.shard_writer import ShardWriter
from yanmo.training import loop
from yanmo.training.config import (
    AdafactorConfig,
    AdamConfig,
    AdamWConfig,
    BatchWarmupConfig,
    EarlyStoppingConfig,
    LionConfig,
    PretrainConfig,
    ScheduleConfig,
    SGDConfig,
)
from yanmo.training.data import TrainingData
from yanmo.training.metrics import read_rows

PLATEAU = ScheduleConfig(name="plateau", warmup_steps=1, patience=1, min_delta=0.5)
EVERYTHING: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": SGDConfig(), "l1_penalty": 1e-4, "l2_penalty": 1e-3},
    "adam": {"optimizer": AdamConfig(weight_decay=0.1), "ema_decay": 0.9},
    "adafactor": {"optimizer": AdafactorConfig(), "schedule": PLATEAU, "validate_every": 2},
    "lion": {
        "optimizer": LionConfig(),
        "batch_warmup": BatchWarmupConfig(start_rows=2, steps=9),
        "micro_batch_rows": 2,
        "noise_scale_every": 3,
    },
    "best": {"early_stopping": EarlyStoppingConfig(), "ema_decay": 0.5, "validate_every": 3},
}


class DyingError(Exception):
    """Stands for a process that ends without warning."""


def rows_of(directory: Path, *without: str) -> list[dict[str, Any]]:
    """Rows of the metrics, without what differs from run to run."""
    left_out = {"time", "train/tokens_per_s", "memory/peak_bytes", "train/mfu", *without}
    rows = read_rows(directory / "metrics.jsonl")
    return [{name: row[name] for name in row if name not in left_out} for row in rows]


def column(directory: Path, name: str) -> dict[int, float]:
    return {row["step"]: row[name] for row in rows_of(directory) if name in row}


@pytest.mark.parametrize("name", EVERYTHING)
def test_run_that_died_goes_on_as_if_it_had_not(
    tmp_path: Path, data: TrainingData, name: str
) -> None:
    config = build_config(sample_every=7, **EVERYTHING[name])

    def die(step: int, _state: object) -> Iterable[Mapping[str, Any]]:
        if step == 7:
            raise DyingError
        return []

    whole = replace(build_job(tmp_path / "whole", data, config), old_data=data)
    progress = loop.train(whole, silent_console())
    broken = replace(build_job(tmp_path / "broken", data, config), old_data=data)
    with pytest.raises(DyingError):
        loop.train(replace(broken, write_samples=die), silent_console())
    resumed = replace(build_job(tmp_path / "broken", data, config), old_data=data)
    again = loop.train(resumed, silent_console())
    assert again.num_resumes == 1
    assert rows_of(tmp_path / "broken") == rows_of(tmp_path / "whole")
    assert again.validation_loss == progress.validation_loss
    assert again.notes == progress.notes
    for key, value in weights(whole).items():
        assert torch.equal(value, weights(resumed)[key]), key


@pytest.fixture
def memorable(tmp_path: Path) -> TrainingData:
    """Few rows of random tokens to learn by heart, and other random tokens to be wrong about."""
    directory = tmp_path / "random"
    directory.mkdir()
    generator = np.random.default_rng(0)
    for split, count in (("train", 6), ("validation", 8)):
        writer = ShardWriter(directory, split, VOCAB_SIZE, 500)
        for _ in range(count):
            ids = generator.integers(0, 60, 40).astype(np.uint32)
            writer.add(ids, np.array([40]), np.array([120]))
        writer.close()
    return load_data(directory)


@pytest.mark.parametrize("ema_decay", [None, 0.8])
def test_run_that_over_fits_is_stopped_and_keeps_its_best(
    tmp_path: Path, memorable: TrainingData, ema_decay: float | None
) -> None:
    config = build_config(
        steps=200,
        validate_every=5,
        checkpoint_every=10,
        keep_checkpoints=1,
        sample_every=None,
        optimizer=AdamWConfig(learning_rate=3e-3),
        early_stopping=EarlyStoppingConfig(patience=4),
        ema_decay=ema_decay,
    )
    job = build_job(tmp_path / "run", memorable, config)
    progress = loop.train(job, silent_console())
    found = column(tmp_path / "run", "validation/loss")
    best = min(found, key=found.__getitem__)
    assert progress.step == best + 20 < 200
    assert progress.validation_loss == found[best] < found[progress.step]
    assert any(f"stopped early after step {progress.step}" in note for note in progress.notes)
    # The model holds the best weights, averages where they are kept: measured again, they give
    # the loss of that moment.
    measured = replace(job, directory=tmp_path / "again", config=build_config(steps=3))
    (tmp_path / "again").mkdir()
    loop.train(measured, silent_console())
    assert column(tmp_path / "again", "validation/loss")[0] == pytest.approx(found[best], abs=1e-6)
    # A finished run that is started again finds out that it is over, and does nothing more.
    finished = build_job(tmp_path / "run", memorable, config)
    assert loop.train(finished, silent_console()).step == progress.step
    assert column(tmp_path / "run", "validation/loss") == found
    for key, value in weights(finished).items():
        assert value.shape == weights(job)[key].shape


def test_rate_falls_on_a_plateau(tmp_path: Path, memorable: TrainingData) -> None:
    schedule = ScheduleConfig(name="plateau", warmup_steps=0, patience=1, factor=0.1)
    config = build_config(
        steps=60, validate_every=10, optimizer=AdamWConfig(learning_rate=3e-3), schedule=schedule
    )
    loop.train(build_job(tmp_path / "run", memorable, config), silent_console())
    rates = column(tmp_path / "run", "train/lr")
    losses = column(tmp_path / "run", "validation/loss")
    assert rates[1] == 3e-3
    assert rates[60] <= 3e-4 + 1e-12
    best = float("inf")
    expected = 3e-3
    for step in range(1, 61):
        assert rates[step] == pytest.approx(expected)
        if step % 10 == 0:
            expected *= 1.0 if losses[step] < min(best, losses[0]) else 0.1
            best = min(best, losses[step])


def test_average_is_what_is_validated_and_what_comes_out(
    tmp_path: Path, data: TrainingData
) -> None:
    plain = build_job(tmp_path / "plain", data, build_config(steps=20))
    loop.train(plain, silent_console())
    averaged = build_job(tmp_path / "averaged", data, build_config(steps=20, ema_decay=0.8))
    progress = loop.train(averaged, silent_console())
    assert column(tmp_path / "plain", "train/loss") == column(tmp_path / "averaged", "train/loss")
    assert column(tmp_path / "plain", "validation/loss")[20] != progress.validation_loss
    measured = replace(averaged, directory=tmp_path / "again", config=build_config(steps=3))
    (tmp_path / "again").mkdir()
    loop.train(measured, silent_console())
    again = column(tmp_path / "again", "validation/loss")[0]
    assert again == pytest.approx(progress.validation_loss, abs=1e-6)


def test_measuring_noise_changes_nothing(tmp_path: Path, data: TrainingData) -> None:
    runs = {}
    for name, fields in {"without": {}, "with": {"noise_scale_every": 2}}.items():
        job = build_job(tmp_path / name, data, build_config(**fields), dropout=0.2)
        progress = loop.train(job, silent_console())
        runs[name] = rows_of(tmp_path / name, "train/noise_scale")
        assert any("noise scale" in note for note in progress.notes) == (name == "with")
    assert runs["with"] == runs["without"]
    scales = column(tmp_path / "with", "train/noise_scale")
    assert scales
    assert all(scale > 0 for scale in scales.values())


def test_penalty_is_told_apart_from_the_loss(tmp_path: Path, data: TrainingData) -> None:
    config = build_config(l2_penalty=0.01, steps=3)
    job = build_job(tmp_path / "run", data, config)
    own = [p.detach().double() for name, p in job.model.named_parameters() if "_proj" in name]
    before = 0.01 * float(sum(p.square().sum() for p in own))
    loop.train(job, silent_console())
    plain = build_job(tmp_path / "plain", data, build_config(steps=3))
    loop.train(plain, silent_console())
    penalties = column(tmp_path / "run", "train/penalty")
    assert list(penalties) == [1, 2, 3]
    assert penalties[1] == pytest.approx(before, rel=0.2)
    losses = [column(tmp_path / name, "train/loss")[1] for name in ("run", "plain")]
    assert losses[0] == losses[1]
    assert not column(tmp_path / "plain", "train/penalty")


def test_old_domain_is_measured_at_every_validation(
    tmp_path: Path, data: TrainingData, memorable: TrainingData
) -> None:
    config = build_config(steps=40, validate_every=20)
    first = build_job(tmp_path / "first", data, config)
    loop.train(first, silent_console())
    second = build_job(tmp_path / "second", memorable, config)
    second.model.load_state_dict(first.model.state_dict())
    progress = loop.train(replace(second, old_data=data), silent_console())
    old = column(tmp_path / "second", "validation/old_loss")
    assert list(old) == list(column(tmp_path / "second", "validation/loss")) == [0, 20, 40]
    expected = column(tmp_path / "first", "validation/loss")[40]
    assert old[0] == pytest.approx(expected, abs=1e-6)
    assert old[40] > old[0]
    assert len(column(tmp_path / "second", "validation/old_bits_per_byte")) == 3
    assert any("the old domain lost" in note for note in progress.notes)


@pytest.mark.parametrize(
    "fields", [{"ema_decay": 1.0}, {"l1_penalty": -1.0}, {"noise_scale_every": 0}]
)
def test_numbers_that_cannot_be_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Input should be"):
        PretrainConfig(**fields)
