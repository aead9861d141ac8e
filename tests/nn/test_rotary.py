"""Rotary positions against complex numbers, and the property that they exist for."""

from __future__ import annotations

import pytest
import torch

from yanmo.nn.rotary import apply_rotary, rotary_angles


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("theta", [100.0, 10_000.0, 1_000_000.0])
def test_rotation_equals_multiplication_of_complex_numbers(theta: float) -> None:
    x = draw(2, 3, 5, 8)
    positions = torch.tensor([[0, 1, 2, 3, 4], [7, 0, 300, 2, 1]])
    pairs = torch.complex(x[..., :4].double(), x[..., 4:].double())  # (B, N, T, H/2)
    frequencies = theta ** (-2.0 * torch.arange(4, dtype=torch.float64) / 8)
    turned = pairs * torch.exp(1j * positions[:, None, :, None].double() * frequencies)
    expected = torch.cat((turned.real, turned.imag), dim=-1).float()
    rotated = apply_rotary(x, rotary_angles(positions, 8, theta))
    torch.testing.assert_close(rotated, expected, atol=5e-5, rtol=0)


def test_position_zero_is_the_identity() -> None:
    x = draw(1, 2, 1, 8)
    assert torch.equal(apply_rotary(x, rotary_angles(torch.tensor([[0]]), 8, 1e4)), x)


def test_scores_depend_on_the_distance_alone() -> None:
    query, key = draw(1, 1, 1, 16), draw(1, 1, 1, 16, seed=1)

    def score(query_position: int, key_position: int) -> float:
        rotated = [
            apply_rotary(x, rotary_angles(torch.tensor([[position]]), 16, 1e4))
            for x, position in ((query, query_position), (key, key_position))
        ]
        return float((rotated[0] * rotated[1]).sum())

    for distance in (0, 1, 5, 40):
        expected = score(distance, 0)
        for shift in (1, 17, 200):
            assert score(distance + shift, shift) == pytest.approx(expected, abs=2e-4)
    assert score(1, 0) != pytest.approx(score(5, 0), abs=1e-3)


def test_rotation_keeps_lengths_and_the_dtype() -> None:
    angles = rotary_angles(torch.arange(6)[None], 8, 1e4)
    x = draw(1, 2, 6, 8)
    rotated = apply_rotary(x, angles)
    torch.testing.assert_close(rotated.norm(dim=-1), x.norm(dim=-1), atol=1e-5, rtol=0)
    assert apply_rotary(x.bfloat16(), angles).dtype == torch.bfloat16


def test_the_gradient_of_the_rotation_is_right() -> None:
    angles = rotary_angles(torch.arange(3)[None], 4, 1e4)
    x = draw(1, 2, 3, 4).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: apply_rotary(x, angles), (x,))
