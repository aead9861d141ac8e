"""Prefixes are seen whole and carry no loss; what follows them sees nothing ahead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.objectives.small_split import (
    build_tiny,
    generators,
    random_documents,
    source,
    to_tensors,
    write_split,
)

from yanmo.training.objectives.objective import piece_bounds
from yanmo.training.objectives.prefix import PrefixObjective

OBJECTIVE = PrefixObjective()


def test_a_prefix_is_a_beginning_of_each_piece_and_only_its_last_token_predicts(
    tmp_path: Path,
) -> None:
    rows = OBJECTIVE.build_rows(write_split(tmp_path, random_documents(200, 60)), source(64))
    numbers = np.arange(rows.num_rows)
    plain, batch = (
        rows.batch(numbers),
        OBJECTIVE.make_batch(rows, numbers, generators(len(numbers))),
    )
    np.testing.assert_array_equal(batch["tokens"], plain["tokens"])
    for row in numbers.tolist():
        for start, stop in piece_bounds(plain["document_ids"][row]):
            is_prefix = batch["is_prefix"][row, start:stop]
            cut = int(is_prefix.sum())
            assert is_prefix[:cut].all()
            assert (1 <= cut < stop - start) or stop - start == 1
            labels = batch["labels"][row, start:stop]
            first = max(cut - 1, 0)
            assert (labels[:first] == -100).all()
            np.testing.assert_array_equal(labels[first:], plain["labels"][row, start:stop][first:])
    is_padding = plain["document_ids"] == -1
    assert not batch["is_prefix"][is_padding].any()


def test_cuts_are_uniform(tmp_path: Path) -> None:
    rows = OBJECTIVE.build_rows(write_split(tmp_path, [[1] * 20] * 2000), source(21))
    batch = OBJECTIVE.make_batch(rows, np.arange(2000), generators(2000))
    counts = np.bincount(batch["is_prefix"].sum(1), minlength=21)
    assert counts[0] == 0
    assert counts[1:].min() > 60
    assert counts[1:].mean() == pytest.approx(100)


def test_the_prefix_is_seen_whole_and_the_rest_from_left_to_right(tmp_path: Path) -> None:
    rows = OBJECTIVE.build_rows(write_split(tmp_path, [list(range(30))]), source(31))
    batch = OBJECTIVE.make_batch(rows, np.arange(1), generators(1))
    cut = int(batch["is_prefix"].sum())
    assert 3 < cut < 28
    model = build_tiny("qwen3", 31).eval()
    tensors = to_tensors(batch)
    inputs = {name: array for name, array in tensors.items() if name != "labels"}

    def changed_at(place: int) -> torch.Tensor:
        tokens = inputs["tokens"].clone()
        tokens[0, place] = 77
        with torch.no_grad():
            found = model(**dict(inputs, tokens=tokens)).scores
        return (found - before).abs().amax(-1)[0] > 1e-6  # type: ignore[no-any-return]

    with torch.no_grad():
        before = model(**inputs).scores
        loss_sum, num_targets = OBJECTIVE.loss(model, tensors)
    assert changed_at(cut - 1).all()
    assert not changed_at(cut)[:cut].any()
    assert changed_at(cut)[cut:].all()
    assert num_targets == 31 - (cut - 1) == OBJECTIVE.count_targets(batch)
    assert float(loss_sum) / num_targets == pytest.approx(np.log(200), rel=0.2)
