"""The fused loss equals the loss of whole logits, in value and in gradient."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from yanmo.nn import cross_entropy
from yanmo.nn.cross_entropy import linear_cross_entropy


def inputs(dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(3, 70, 8, generator=generator, dtype=dtype).requires_grad_()
    weight = torch.randn(11, 8, generator=generator, dtype=dtype).requires_grad_()
    labels = torch.randint(0, 11, (3, 70), generator=generator)
    labels[0, :5] = -100
    labels[2, -1] = -100
    return hidden, weight, labels


@pytest.mark.parametrize("rows", [64, 1000])
def test_fused_loss_equals_the_loss_of_whole_logits(
    rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cross_entropy._BLOCK_SCORES, "cpu", 11 * rows)
    hidden, weight, labels = inputs(torch.float64)
    fused = linear_cross_entropy(hidden, weight, labels)
    found = torch.autograd.grad(fused / 7, (hidden, weight))
    whole = F.cross_entropy((hidden @ weight.T).flatten(0, 1), labels.flatten(), reduction="sum")
    expected = torch.autograd.grad(whole / 7, (hidden, weight))
    torch.testing.assert_close(fused, whole, atol=1e-10, rtol=1e-12)
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, atol=1e-12, rtol=1e-10)


def test_loss_without_gradient_is_the_same() -> None:
    hidden, weight, labels = inputs(torch.float32)
    with torch.no_grad():
        found = linear_cross_entropy(hidden, weight, labels)
    assert found.item() == linear_cross_entropy(hidden, weight, labels).item()


def test_huge_scores_stay_finite() -> None:
    hidden, weight, labels = inputs(torch.float32)
    loss = linear_cross_entropy(hidden * 1e6, weight, labels)
    assert torch.isfinite(loss)
    assert all(torch.isfinite(g).all() for g in torch.autograd.grad(loss, (hidden, weight)))


def test_autocast_computes_products_in_bfloat16_and_the_softmax_in_float32() -> None:
    hidden, weight, labels = inputs(torch.float32)
    exact = linear_cross_entropy(hidden, weight, labels)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = linear_cross_entropy(hidden, weight, labels)
    assert rough.dtype == torch.float32
    assert rough.item() != exact.item()
    assert rough.item() == pytest.approx(exact.item(), rel=1e-2)


def test_tied_weight_gets_both_gradients() -> None:
    _, weight, labels = inputs(torch.float64)
    tokens = labels.clamp(min=0)
    fused = linear_cross_entropy(F.embedding(tokens, weight), weight, labels)
    whole = F.cross_entropy(
        (F.embedding(tokens, weight) @ weight.T).flatten(0, 1), labels.flatten(), reduction="sum"
    )
    (found,) = torch.autograd.grad(fused, weight)
    (expected,) = torch.autograd.grad(whole, weight)
    torch.testing.assert_close(found, expected, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("rows", [64, 1000])
@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 0.9])
def test_bias_and_smoothing_equal_those_of_torch(
    rows: int, has_bias: bool, label_smoothing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cross_entropy._BLOCK_SCORES, "cpu", 11 * rows)
    hidden, weight, labels = inputs(torch.float64)
    bias = torch.randn(11, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    bias.requires_grad_(has_bias)
    inputs_of_gradient = (hidden, weight, bias) if has_bias else (hidden, weight)
    fused = linear_cross_entropy(
        hidden, weight, labels, bias if has_bias else None, label_smoothing
    )
    scores = hidden @ weight.T + (bias if has_bias else 0.0)
    whole = F.cross_entropy(
        scores.flatten(0, 1), labels.flatten(), reduction="sum", label_smoothing=label_smoothing
    )
    torch.testing.assert_close(fused, whole, atol=1e-10, rtol=1e-12)
    found = torch.autograd.grad(fused / 7, inputs_of_gradient)
    expected = torch.autograd.grad(whole / 7, inputs_of_gradient)
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, atol=1e-12, rtol=1e-10)


def test_the_fused_gradient_equals_finite_differences() -> None:
    hidden, weight, labels = inputs(torch.float64)
    bias = torch.zeros(11, dtype=torch.float64).requires_grad_()
    small = hidden[:1, :8].detach().requires_grad_()
    torch.autograd.gradcheck(
        lambda h, w, b: linear_cross_entropy(h, w, labels[:1, :8], b, 0.2), (small, weight, bias)
    )


def test_autocast_keeps_the_bias_in_float32() -> None:
    hidden, weight, labels = inputs(torch.float32)
    bias = torch.linspace(-1, 1, 11).requires_grad_()
    exact = linear_cross_entropy(hidden, weight, labels, bias, 0.1)
    (wanted,) = torch.autograd.grad(exact, bias)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = linear_cross_entropy(hidden, weight, labels, bias, 0.1)
    (found,) = torch.autograd.grad(rough, bias)
    assert found.dtype == torch.float32
    assert rough.item() == pytest.approx(exact.item(), rel=1e-2)
    torch.testing.assert_close(found, wanted, atol=0.1, rtol=0.05)
