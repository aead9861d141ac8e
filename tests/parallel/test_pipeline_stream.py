"""The stream of parts that flows through a pipeline holds every row once, and padding counts for
nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.parallel.parity_case import make_batch, shape_of, sum_loss
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.models.build import build_model
from yanmo.parallel.execution import Batch
from yanmo.parallel.pipeline_stream import join, part_seeds, record

SHAPE = shape_of("qwen3")


def test_parts_are_the_rows_in_their_order() -> None:
    batches = [make_batch(SHAPE, step, is_packed=True) for step in range(2)]
    calls = [record(sum_loss, batch) for batch in batches]
    stream = join(calls, 4)
    assert (stream.num_parts, stream.rows, stream.width) == (8, 2, 64)
    for name, array in stream.arrays.items():
        assert torch.equal(array, torch.cat([batch[name] for batch in batches]))
    assert [call.num_targets for call in calls] == [
        int((batch["labels"] >= 0).sum()) for batch in batches
    ]


def test_what_is_filled_up_changes_no_loss() -> None:
    batch = make_batch(SHAPE, 0, is_packed=True)
    narrow = {name: array[:5, :40] for name, array in batch.items()}
    stream = join([record(sum_loss, batch), record(sum_loss, narrow)], 3)
    assert (stream.num_parts, stream.rows, stream.width) == (6, 3, 64)
    model = build_model(SHAPE, torch.device("cpu"), 3).double().eval()
    with torch.no_grad():
        wanted = model(**batch).loss_sum + model(**narrow).loss_sum
        found = model(**stream.arrays).loss_sum
    assert float(found) == pytest.approx(float(wanted), rel=1e-13)


def test_the_precision_of_a_call_is_noted() -> None:
    def loss(model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return sum_loss(model, batch)

    batch = make_batch(SHAPE, 0, is_packed=False)
    assert record(loss, batch).autocast == torch.bfloat16
    assert record(sum_loss, batch).autocast is None
    assert join([record(loss, batch)], 2).settings == {"autocast": torch.bfloat16}


def _scores(model: Any, batch: Batch) -> tuple[torch.Tensor, int]:
    return model(batch["tokens"]).logits.sum(), 1


def _twice(model: Any, batch: Batch) -> tuple[torch.Tensor, int]:
    model(**batch)
    return sum_loss(model, batch)


def _halved(model: Any, batch: Batch) -> tuple[torch.Tensor, int]:
    loss_sum, num_targets = sum_loss(model, batch)
    return loss_sum / 2, num_targets


@pytest.mark.parametrize("loss", [_scores, _twice, _halved])
def test_only_the_models_own_loss_can_be_known(loss: Any) -> None:
    with pytest.raises(ConfigError):
        record(loss, make_batch(SHAPE, 0, is_packed=False))


def test_every_part_and_every_place_draws_on_its_own() -> None:
    seeds = []
    for place in ("0/0", "1/0", "0/1"):
        seed = part_seeds(lambda batch: _seed(17 + batch), 2, place)
        for part in range(4):
            seed(part)
            seeds.append(float(torch.rand(())))
    assert len(set(seeds)) == 12
    seed(3)
    assert float(torch.rand(())) == seeds[-1]


def _seed(seed: int) -> None:
    torch.manual_seed(seed)
