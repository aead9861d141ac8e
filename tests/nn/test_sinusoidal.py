"""Sinusoidal positions against numbers worked by hand and against transformers' Marian."""

from __future__ import annotations

import math

import pytest
import torch
from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

from yanmo.nn.sinusoidal import sinusoidal_encoding


def test_the_paper_s_layout_worked_by_hand() -> None:
    # D = 4: the angles of position p are p and p / 10000^(2/4) = p / 100.
    encoding = sinusoidal_encoding(torch.tensor([[0, 3]]), 4, "interleaved")
    assert encoding.shape == (1, 2, 4)
    assert encoding.dtype == torch.float32
    assert encoding[0, 0].tolist() == [0.0, 1.0, 0.0, 1.0]
    by_hand = [math.sin(3), math.cos(3), math.sin(0.03), math.cos(0.03)]
    assert encoding[0, 1].tolist() == pytest.approx(by_hand, abs=1e-7)
    exact = sinusoidal_encoding(torch.tensor([[0, 3]]), 4, dtype=torch.float64)
    assert exact[0, 1].tolist() == pytest.approx(by_hand, abs=1e-15)


def test_the_layout_of_halves_worked_by_hand() -> None:
    encoding = sinusoidal_encoding(torch.tensor([[3]]), 4, "halves")
    by_hand = [math.sin(3), math.sin(0.03), math.cos(3), math.cos(0.03)]
    assert encoding[0, 0].tolist() == pytest.approx(by_hand, abs=1e-7)


@pytest.mark.parametrize("d_model", [2, 6, 64])
def test_the_layout_of_halves_equals_transformers(d_model: int) -> None:
    table = MarianSinusoidalPositionalEmbedding(2048, d_model).create_weight()
    positions = torch.tensor([[0, 1, 2, 700], [2047, 5, 5, 1300]])
    encoding = sinusoidal_encoding(positions, d_model, "halves")
    torch.testing.assert_close(encoding, table[positions], atol=1e-6, rtol=0)


def test_a_shift_is_a_rotation_that_does_not_depend_on_the_position() -> None:
    # Section 3.5: PE(p + k) is a linear function of PE(p).
    here = sinusoidal_encoding(torch.tensor([[2, 90, 1500]]), 16, "halves").double()
    there = sinusoidal_encoding(torch.tensor([[9, 97, 1507]]), 16, "halves").double()
    angles = 7 * 10_000.0 ** (-torch.arange(0, 16, 2, dtype=torch.float64) / 16)
    sine, cosine = here[..., :8], here[..., 8:]
    turned = torch.cat(
        (
            sine * angles.cos() + cosine * angles.sin(),
            cosine * angles.cos() - sine * angles.sin(),
        ),
        dim=-1,
    )
    torch.testing.assert_close(there, turned, atol=1e-6, rtol=0)
