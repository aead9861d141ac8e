"""Linear attention biases: slopes of the paper and of BLOOM, and the property they exist for."""

from __future__ import annotations

import pytest
import torch
from transformers.models.bloom.modeling_bloom import build_alibi_tensor

from yanmo.nn.alibi import alibi_bias, alibi_slopes


def test_the_slopes_of_eight_heads_are_those_of_the_paper() -> None:
    assert alibi_slopes(8).tolist() == [2.0**-power for power in range(1, 9)]


def test_the_slopes_of_sixteen_heads_are_those_of_the_paper() -> None:
    expected = [2.0 ** (-power / 2) for power in range(1, 17)]
    assert alibi_slopes(16).tolist() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("num_heads", [1, 2, 3, 6, 8, 12, 16, 25])
def test_slopes_equal_those_of_bloom(num_heads: int) -> None:
    # BLOOM adds slope * key position, which the softmax turns into the same distances.
    theirs = build_alibi_tensor(torch.ones(1, 2), num_heads, torch.float32)  # (N, 1, 2)
    torch.testing.assert_close(alibi_slopes(num_heads), theirs[:, 0, 1], atol=1e-7, rtol=1e-6)


def test_the_bias_worked_by_hand() -> None:
    bias = alibi_bias(torch.tensor([[4, 0]]), torch.tensor([[0, 3, 4]]), 2)  # slopes 1/16, 1/256
    assert bias.shape == (1, 2, 2, 3)
    assert bias[0, 0].tolist() == [[-4 / 16, -1 / 16, 0], [0, -3 / 16, -4 / 16]]
    assert bias[0, 1].tolist() == [[-4 / 256, -1 / 256, 0], [0, -3 / 256, -4 / 256]]


def test_the_bias_depends_on_the_distance_alone() -> None:
    positions = torch.tensor([[0, 1, 5, 9]])
    assert torch.equal(
        alibi_bias(positions, positions, 3), alibi_bias(positions + 700, positions + 700, 3)
    )
