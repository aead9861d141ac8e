"""Attention in steps against torch's kernel, and what its weights are."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from yanmo.nn.attention import attend
from yanmo.nn.attention_steps import attend_in_steps, stable_softmax


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def heads() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return draw(2, 4, 9, 8), draw(2, 4, 9, 8, seed=1), draw(2, 4, 9, 8, seed=2)


@pytest.mark.parametrize("is_causal", [False, True])
def test_steps_equal_the_kernels_to_1e_6(is_causal: bool) -> None:
    query, key, value = heads()
    allowed = torch.ones(9, 9, dtype=torch.bool).tril() if is_causal else None
    ours = attend_in_steps(query, key, value, allowed=allowed).output
    theirs = F.scaled_dot_product_attention(query, key, value, is_causal=is_causal)
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)
    models = attend(query, key, value, mask=None, is_causal=is_causal, dropout=0.0)
    torch.testing.assert_close(ours, models, atol=1e-6, rtol=0)


def test_a_bias_and_a_scale_equal_the_kernel_with_both() -> None:
    query, key, value = heads()
    bias = draw(1, 4, 9, 9, seed=3)
    ours = attend_in_steps(query, key, value, bias=bias, scale=1.0).output
    theirs = F.scaled_dot_product_attention(query, key, value, attn_mask=bias, scale=1.0)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_every_row_of_weights_sums_to_one() -> None:
    steps = attend_in_steps(*heads(), allowed=torch.ones(9, 9, dtype=torch.bool).tril())
    torch.testing.assert_close(steps.weights.sum(-1), torch.ones(2, 4, 9), atol=1e-6, rtol=0)
    assert (steps.weights.triu(1) == 0).all()
    assert (steps.weights >= 0).all()


def test_softmax_does_not_change_when_all_scores_move_together() -> None:
    scores = draw(5, 7)
    for shift in (-50.0, 0.5, 50.0):
        torch.testing.assert_close(
            stable_softmax(scores + shift), stable_softmax(scores), atol=1e-5, rtol=0
        )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_softmax_of_a_thousand_is_finite(dtype: torch.dtype) -> None:
    scores = torch.tensor([[1000.0, 1000.0, 1000.0, 1000.0], [1000.0, -1000.0, 0.0, 0.0]])
    probabilities = stable_softmax(scores.to(dtype)).float()
    expected = torch.tensor([[0.25, 0.25, 0.25, 0.25], [1.0, 0.0, 0.0, 0.0]])
    assert torch.equal(probabilities, expected)


def test_the_gradient_of_the_steps_is_right() -> None:
    parts = [tensor[:1, :2, :4].double().requires_grad_() for tensor in heads()]
    assert torch.autograd.gradcheck(lambda q, k, v: attend_in_steps(q, k, v).output, parts)
