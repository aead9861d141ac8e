"""Attention of recurrent decoders: equal to the papers' equations, blind to padding."""

from __future__ import annotations

import pytest
import torch

from yanmo.nn.recurrent_attention import AdditiveAttention, MultiplicativeAttention

KINDS = (AdditiveAttention, MultiplicativeAttention)
MASK = torch.tensor([[True] * 5, [True, True, False, False, False]])
Kind = type[AdditiveAttention] | type[MultiplicativeAttention]


def build(kind: Kind) -> AdditiveAttention | MultiplicativeAttention:
    torch.manual_seed(0)
    return kind(4).double()


def draw(*shape: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("kind", KINDS)
def test_contexts_follow_the_equations(kind: Kind) -> None:
    layer = build(kind)
    query, states = draw(2, 3, 4), draw(2, 5, 4, seed=2)
    context = layer(query, layer.keys(states), states, MASK)
    for row, length in ((0, 5), (1, 2)):
        for step in range(3):
            scores = []
            for state in states[row, :length]:
                if isinstance(layer, AdditiveAttention):
                    inner = layer.q_proj.weight @ query[row, step] + layer.k_proj.weight @ state
                    scores.append(layer.score_proj.weight[0] @ torch.tanh(inner))
                else:
                    scores.append(query[row, step] @ layer.k_proj.weight @ state)
            expected = torch.stack(scores).softmax(0) @ states[row, :length]
            torch.testing.assert_close(context[row, step], expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing(kind: Kind) -> None:
    layer = build(kind)
    query, states = draw(2, 3, 4), draw(2, 5, 4, seed=2)
    other = torch.where(MASK[..., None], states, draw(2, 5, 4, seed=3))
    before = layer(query, layer.keys(states), states, MASK)
    assert torch.equal(layer(query, layer.keys(other), other, MASK), before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_without_a_token_gives_zeros(kind: Kind) -> None:
    layer = build(kind)
    states = torch.zeros(2, 5, 4).double()
    context = layer(draw(2, 3, 4), layer.keys(states), states, torch.zeros_like(MASK))
    assert torch.equal(context, torch.zeros(2, 3, 4).double())


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_equal_finite_differences(kind: Kind) -> None:
    layer = build(kind)
    parameters = dict(layer.named_parameters())

    def run(query: torch.Tensor, states: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        named = dict(zip(parameters, values, strict=True))
        keys = states @ named["k_proj.weight"].T
        return torch.func.functional_call(layer, named, (query, keys, states, MASK))

    inputs = (draw(2, 3, 4).requires_grad_(), draw(2, 5, 4, seed=2).requires_grad_())
    assert torch.autograd.gradcheck(run, (*inputs, *parameters.values()))
