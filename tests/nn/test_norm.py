"""Norms against their definitions."""

from __future__ import annotations

import pytest
import torch

from yanmo.nn.norm import NormKind, RMSNorm, build_norm


def draw(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=dtype)


def test_rms_norm_equals_its_definition() -> None:
    norm = RMSNorm(8, eps=1e-3)
    with torch.no_grad():
        norm.weight.copy_(torch.linspace(-1, 2, 8))
    x = 3 * draw(2, 5, 8)
    expected = norm.weight * x / (x.pow(2).mean(-1, keepdim=True) + 1e-3).sqrt()
    torch.testing.assert_close(norm(x), expected, atol=1e-6, rtol=0)


def test_layer_norm_equals_its_definition() -> None:
    norm = build_norm("layer_norm", 8, 1e-3)
    with torch.no_grad():
        for parameter in norm.parameters():
            parameter.copy_(torch.linspace(-1, 2, 8))
    x = 3 * draw(2, 5, 8)
    centred = x - x.mean(-1, keepdim=True)
    scale = (centred.pow(2).mean(-1, keepdim=True) + 1e-3).sqrt()
    weight = torch.linspace(-1, 2, 8)
    torch.testing.assert_close(norm(x), weight * centred / scale + weight, atol=1e-6, rtol=0)


def test_a_new_rms_norm_has_a_gain_of_one() -> None:
    assert torch.equal(RMSNorm(5, eps=1e-6).weight, torch.ones(5))


def test_rms_norm_of_zero_is_zero() -> None:
    assert torch.equal(RMSNorm(4, eps=1e-6)(torch.zeros(1, 4)), torch.zeros(1, 4))


def test_rms_norm_in_bfloat16_is_computed_in_float32() -> None:
    x = (300 * draw(4, 64)).bfloat16()
    normed = RMSNorm(64, eps=1e-6).bfloat16()(x)
    assert normed.dtype == torch.bfloat16
    exact = x.double() / x.double().pow(2).mean(-1, keepdim=True).sqrt()
    # Half a unit in the last of bfloat16's eight bits: only the result was rounded.
    assert ((normed.double() - exact).abs() <= exact.abs() * 2**-8).all()


@pytest.mark.parametrize("kind", ["rms_norm", "layer_norm"])
def test_autocast_leaves_norms_and_their_gradients_in_float32(kind: NormKind) -> None:
    norm = build_norm(kind, 64, 1e-6)
    x = draw(4, 64).requires_grad_()
    found: list[list[torch.Tensor]] = []
    for is_enabled in (False, True):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_enabled):
            out = norm(x)
            grads = torch.autograd.grad((out * draw(4, 64)).sum(), (x, *norm.parameters()))
        found.append([out, *grads])
    for plain, cast in zip(*found, strict=True):
        assert torch.equal(plain, cast)


@pytest.mark.parametrize("kind", ["rms_norm", "layer_norm"])
def test_the_gradient_of_a_norm_is_right(kind: NormKind) -> None:
    norm = build_norm(kind, 6, 1e-5).double()
    names = [name for name, _ in norm.named_parameters()]

    def run(x: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(norm, dict(zip(names, parameters, strict=True)), (x,))

    x = draw(2, 3, 6, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(run, (x, *norm.parameters()))
