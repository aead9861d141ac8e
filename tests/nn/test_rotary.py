"""Rotary positions against complex numbers and transformers, and the property they exist for."""

from __future__ import annotations

import math

import pytest
import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from yanmo.nn.rotary import apply_rotary, rotary_angles, rotary_frequencies
from yanmo.nn.rotary_scaling import RotaryScaling

CPU = torch.device("cpu")


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


SCALINGS = [
    RotaryScaling(kind="linear", factor=4.0),
    RotaryScaling(kind="yarn", factor=4.0, original_max_seq_len=4096),
    RotaryScaling(kind="yarn", factor=16.0, original_max_seq_len=256, beta_fast=8, beta_slow=2),
    RotaryScaling(kind="yarn", factor=2.0, original_max_seq_len=64, attention_factor=1.5),
    RotaryScaling(kind="yarn", factor=8.0, original_max_seq_len=4),
    RotaryScaling(kind="llama3", factor=8.0, original_max_seq_len=8192),
    RotaryScaling(
        kind="llama3",
        factor=32.0,
        original_max_seq_len=128,
        low_freq_factor=0.5,
        high_freq_factor=3.0,
    ),
]


def theirs(scaling: RotaryScaling, head_dim: int, theta: float) -> tuple[torch.Tensor, float]:
    """Frequencies and attention factor as transformers computes them."""
    parameters: dict[str, object] = {
        "rope_type": scaling.kind,
        "rope_theta": theta,
        "factor": scaling.factor,
    }
    if scaling.kind != "linear":
        parameters["original_max_position_embeddings"] = scaling.original_max_seq_len
    names = {
        "yarn": ("beta_fast", "beta_slow", "attention_factor"),
        "llama3": ("low_freq_factor", "high_freq_factor"),
    }
    for name in names.get(scaling.kind, ()):
        parameters[name] = getattr(scaling, name)
    config = LlamaConfig(
        hidden_size=2 * head_dim,
        num_attention_heads=2,
        head_dim=head_dim,
        max_position_embeddings=16384,
        rope_parameters=parameters,
    )
    return ROPE_INIT_FUNCTIONS[scaling.kind](config, CPU)


@pytest.mark.parametrize("scaling", SCALINGS, ids=lambda s: f"{s.kind}-{s.factor:g}")
@pytest.mark.parametrize(("head_dim", "theta"), [(8, 1e4), (64, 1e4), (128, 5e5)])
def test_scaled_frequencies_equal_those_of_transformers(
    scaling: RotaryScaling, head_dim: int, theta: float
) -> None:
    frequencies, factor = rotary_frequencies(head_dim, theta, scaling, CPU)
    expected, expected_factor = theirs(scaling, head_dim, theta)
    torch.testing.assert_close(frequencies, expected, atol=1e-6, rtol=1e-6)
    assert factor == pytest.approx(expected_factor, abs=1e-6)


def test_linear_scaling_places_positions_between_the_old_ones() -> None:
    stretched = rotary_angles(
        torch.arange(0, 40, 4)[None], 8, 1e4, RotaryScaling(kind="linear", factor=4.0)
    )
    plain = rotary_angles(torch.arange(10)[None], 8, 1e4)
    torch.testing.assert_close(stretched.cos, plain.cos, atol=1e-5, rtol=0)
    torch.testing.assert_close(stretched.sin, plain.sin, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", ["yarn", "llama3"])
def test_fast_pairs_are_kept_and_slow_ones_slowed_by_the_whole_factor(kind: str) -> None:
    scaling = RotaryScaling.model_validate(
        {"kind": kind, "factor": 4.0, "original_max_seq_len": 4096}
    )
    plain, _ = rotary_frequencies(64, 1e4, None, CPU)
    scaled, _ = rotary_frequencies(64, 1e4, scaling, CPU)
    assert scaled[0] == plain[0]
    assert scaled[-1].item() == pytest.approx(plain[-1].item() / 4)
    assert ((scaled <= plain) & (scaled >= plain / 4 * (1 - 1e-6))).all()


def test_yarn_multiplies_queries_and_keys_by_its_attention_factor() -> None:
    scaling = RotaryScaling(kind="yarn", factor=4.0, original_max_seq_len=64)
    angles = rotary_angles(torch.arange(5)[None], 16, 1e4, scaling)
    x = draw(1, 1, 5, 16)
    lengths = apply_rotary(x, angles).norm(dim=-1) / x.norm(dim=-1)
    expected = torch.full_like(lengths, 0.1 * math.log(4.0) + 1.0)
    torch.testing.assert_close(lengths, expected, atol=1e-5, rtol=0)


def test_the_gradient_of_a_scaled_rotation_is_right() -> None:
    scaling = RotaryScaling(kind="yarn", factor=4.0, original_max_seq_len=64)
    angles = rotary_angles(torch.arange(3)[None], 4, 1e4, scaling)
    x = draw(1, 2, 3, 4).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: apply_rotary(x, angles), (x,))
