"""A state carried from step to step: as if each lane were one long text, and exact on resuming."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.training.small_job import (
    CPU,
    ROW_TOKENS,
    VOCAB_SIZE,
    build_config,
    build_job,
    silent_console,
    weights,
)

from yanmo.models.build import build_model
from yanmo.models.recurrent import RecurrentModel
from yanmo.models.recurrent_config import derive_recurrent
from yanmo.tokens.lanes import contiguous_rows_of_step
from yanmo.tokens.rows import PackedRows
from yanmo.training import loop, run
from yanmo.training.data import TrainingData
from yanmo.training.job import Progress, TrainingJob
from yanmo.training.step import batch_to_device


def build_laned(num_lanes: int, *, dropout: float = 0.0) -> RecurrentModel:
    shape = derive_recurrent(
        "lstm",
        depth=2,
        vocab_size=VOCAB_SIZE,
        max_seq_len=ROW_TOKENS,
        d_model=16,
        dropout=dropout,
    )
    model = build_model(shape, CPU, seed=0)
    assert isinstance(model, RecurrentModel)
    model.carry_lanes(num_lanes)
    return model


def build_laned_job(directory: Path, data: TrainingData, **fields: Any) -> TrainingJob:
    config = build_config(row_order="contiguous", **fields)
    model = build_laned(config.batch_rows, dropout=0.2)
    return replace(build_job(directory, data, config), model=model)


@pytest.mark.parametrize("micro_batch_rows", [None, 2])
def test_each_lane_reads_its_text_as_one(data: TrainingData, micro_batch_rows: int | None) -> None:
    num_lanes, num_steps = 4, 5
    config = build_config(
        row_order="contiguous", batch_rows=num_lanes, micro_batch_rows=micro_batch_rows
    )
    model = build_laned(num_lanes).train()
    losses = torch.zeros(num_steps)
    for step in range(num_steps):
        for batch in data.micro_batches(config, step):
            output = model(**batch_to_device(batch, CPU))
            losses[step] += output.loss_sum.detach()

    train = data.train
    assert isinstance(train, PackedRows)
    starts = contiguous_rows_of_step(0, num_lanes, train.num_rows) * ROW_TOKENS
    long_rows = PackedRows(
        train.split, 1, 62, 63
    )  # one token a row: any window can be put together
    expected = torch.zeros(num_steps)
    for start in starts.tolist():
        window = torch.arange(start, start + num_steps * ROW_TOKENS).numpy()
        batch = long_rows.batch(window)
        tokens = torch.from_numpy(batch["tokens"]).T
        documents = (tokens == 62).cumsum(1)  # every document begins with this token
        scores = model(tokens=tokens, document_ids=documents).logits[0]
        labels = torch.from_numpy(batch["labels"])[:, 0]
        loss = torch.nn.functional.cross_entropy(scores, labels, reduction="none").detach()
        expected += loss.view(num_steps, ROW_TOKENS).sum(1)
    torch.testing.assert_close(losses, expected, atol=1e-3, rtol=1e-5)


def test_an_interrupted_run_carries_on_bit_for_bit(
    tmp_path: Path, data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = build_laned_job(tmp_path / "whole", data)
    loop.train(whole, silent_console())

    class DyingError(Exception):
        """Stands for a process that ends without warning."""

    advance = run.advance

    def die_after_step_seven(*args: Any, **kwargs: Any) -> Progress:
        progress = advance(*args, **kwargs)
        if progress.step == 7:
            raise DyingError
        return progress

    monkeypatch.setattr(run, "advance", die_after_step_seven)
    with pytest.raises(DyingError):
        loop.train(build_laned_job(tmp_path / "broken", data), silent_console())
    monkeypatch.setattr(run, "advance", advance)
    resumed = build_laned_job(tmp_path / "broken", data)
    assert loop.train(resumed, silent_console()).num_resumes == 1

    for name, value in weights(whole).items():
        assert torch.equal(value, weights(resumed)[name]), name
    for name, buffer in whole.model.named_buffers():
        assert buffer.any() and torch.equal(buffer, resumed.model.get_buffer(name)), name


def test_cutting_the_batch_changes_only_rounding(tmp_path: Path, data: TrainingData) -> None:
    jobs = []
    for name, micro_batch_rows in (("whole", None), ("cut", 2)):
        job = build_laned_job(tmp_path / name, data, micro_batch_rows=micro_batch_rows)
        model = build_laned(job.config.batch_rows)  # dropout would be drawn in other pieces
        jobs.append(replace(job, model=model))
        loop.train(jobs[-1], silent_console())
    for name, value in weights(jobs[0]).items():
        torch.testing.assert_close(value, weights(jobs[1])[name], atol=2e-4, rtol=1e-3)


def test_validation_begins_every_row_anew(data: TrainingData) -> None:
    config = build_config(row_order="contiguous")
    for batch, _ in data.validation_batches(config):
        assert "lanes" not in batch and "carries" not in batch
