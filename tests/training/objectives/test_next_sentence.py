"""Half of the second segments follow the first; lengths tell nothing; rows are as BERT has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.objectives.small_split import (
    EOT,
    SEP,
    SPECIAL,
    build_tiny,
    generators,
    is_within,
    source,
    to_tensors,
    write_split,
)

from yanmo.core.errors import DataError
from yanmo.training.objective_config import MaskedConfig
from yanmo.training.objectives.masked import MaskedObjective
from yanmo.training.objectives.next_sentence import NextSentenceObjective
from yanmo.training.objectives.objective import NumpyBatch

OBJECTIVE = NextSentenceObjective(
    MaskedObjective(MaskedConfig(has_next_sentence=True, mask_prob=0.15), SPECIAL)
)


def counting_documents(num_documents: int, length: int) -> list[list[int]]:
    """Each counts on from a start of its own, so that what follows is known."""
    return [[(start * 31 + i) % 150 for i in range(length)] for start in range(num_documents)]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> NumpyBatch:
    """Two thousand rows of documents that count."""
    split = write_split(tmp_path_factory.mktemp("nsp"), counting_documents(1000, 110))
    rows = OBJECTIVE.build_rows(split, source(64))
    return OBJECTIVE.make_batch(rows, np.arange(rows.num_rows), generators(rows.num_rows))


def segments_of(batch: NumpyBatch, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Both segments of a row, hidden tokens put back."""
    tokens = np.where(batch["labels"][row] != -100, batch["labels"][row], batch["tokens"][row])
    tokens = tokens[batch["document_ids"][row] == 0]
    first_sep = int(np.flatnonzero(tokens == SEP)[0])
    assert tokens[0] == EOT
    assert tokens[-1] == SEP
    assert (tokens == SEP).sum() == 2
    np.testing.assert_array_equal(
        batch["segments"][row, : len(tokens)], np.arange(len(tokens)) > first_sep
    )
    return tokens[1:first_sep], tokens[first_sep + 1 : -1]


def test_half_of_the_second_segments_follow(batch: NumpyBatch) -> None:
    num_rows = len(batch["is_next"])
    assert num_rows == 2000
    assert is_within(batch["is_next"].mean(), 0.5, num_rows, 3)


def test_the_label_is_true(batch: NumpyBatch) -> None:
    num_chance = 0
    for row, is_next in enumerate(batch["is_next"].tolist()):
        first, second = segments_of(batch, row)
        follows = (first[-1] + 1) % 150 == second[0]
        assert follows or not is_next
        num_chance += follows and not is_next
    assert num_chance < 30  # another document that happens to count on


def test_the_length_of_a_row_tells_nothing(batch: NumpyBatch) -> None:
    lengths = (batch["document_ids"] == 0).sum(1)
    is_next = batch["is_next"] == 1
    assert abs(lengths[is_next].mean() - lengths[~is_next].mean()) < 2.0
    assert lengths.max() == 64
    assert (lengths[is_next] == 64).any()
    assert (lengths[~is_next] == 64).any()


def test_specials_are_not_hidden(batch: NumpyBatch) -> None:
    assert (batch["labels"][batch["tokens"] == SEP] == -100).all()
    assert set(batch["labels"][batch["labels"] != -100].tolist()) <= set(range(150))


def test_short_documents_take_their_second_segment_from_another(tmp_path: Path) -> None:
    split = write_split(tmp_path, [[1], [2], [3]])
    rows = OBJECTIVE.build_rows(split, source(16))
    made = OBJECTIVE.make_batch(rows, np.arange(3), generators(3))
    assert made["is_next"].tolist() == [0, 0, 0]
    for row in range(3):
        first, second = segments_of(made, row)
        assert first.tolist() == [row + 1]
        assert len(second) == 1
        assert second[0] != row + 1


def test_one_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="two documents"):
        OBJECTIVE.build_rows(write_split(tmp_path, [[1] * 100]), source(16))


def test_a_model_learns_from_both_parts(batch: NumpyBatch) -> None:
    model = build_tiny("bert", 64, has_next_sentence=True)
    small = {name: array[:8] for name, array in batch.items()}
    loss_sum, num_targets = OBJECTIVE.loss(model, to_tensors(small))
    assert num_targets == OBJECTIVE.count_targets(small)
    without = {name: array for name, array in small.items() if name != "is_next"}
    plain, _ = OBJECTIVE.loss(model, to_tensors(without))
    assert float((loss_sum - plain).detach()) == pytest.approx(0.69 * num_targets, rel=0.3)
    torch.autograd.backward(loss_sum)
    assert model.get_parameter("pooler.weight").grad is not None
