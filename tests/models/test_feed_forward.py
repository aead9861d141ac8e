"""The feed-forward language model: the equation of its paper, and the tokens that it sees."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.models.older_models import build_causal, draw_tokens

from yanmo.models.feed_forward import FeedForwardModel


def build(**fields: Any) -> FeedForwardModel:
    model = build_causal("ffn", **fields)
    assert isinstance(model, FeedForwardModel)
    return model.eval()


@pytest.mark.parametrize("has_direct_connections", [False, True])
@pytest.mark.parametrize("d_ff", [16, 40])
def test_scores_follow_equation_one(d_ff: int, has_direct_connections: bool) -> None:
    model = build(d_ff=d_ff, context_tokens=3, has_direct_connections=has_direct_connections)
    assert (model.down_proj is None) == (d_ff == 16)
    with torch.no_grad():
        model.lm_head.bias.normal_()
        model.begin.normal_()
    tokens = draw_tokens(1, 6)
    scores = model(tokens=tokens).logits[0]
    table, begin = model.embed.weight, model.begin
    assert begin is not None
    for place in range(6):
        vectors = [
            8.0 * table[tokens[0, place - back]] if place >= back else begin for back in (2, 1, 0)
        ]
        x = torch.cat(vectors)
        hidden = torch.tanh(model.up_proj.bias + model.up_proj.weight @ x)
        out = model.lm_head.weight  # U, or what U is made of
        y = out @ (hidden if model.down_proj is None else model.down_proj.weight @ hidden)
        if model.direct_proj is not None:
            y = y + out @ (model.direct_proj.weight @ x)
        torch.testing.assert_close(scores[place], model.lm_head.bias + y, atol=1e-5, rtol=0)


@pytest.mark.parametrize("context_tokens", [1, 2, 5])
def test_a_prediction_sees_its_context_and_nothing_before(context_tokens: int) -> None:
    model = build(context_tokens=context_tokens)
    tokens = draw_tokens(1, 8)
    before = model(tokens=tokens).logits[0, -1]
    for back in range(8):
        other = tokens.clone()
        other[0, -1 - back] = (other[0, -1 - back] + 1) % 96
        is_same = torch.equal(model(tokens=other).logits[0, -1], before)
        assert is_same == (back >= context_tokens)


def test_the_order_of_the_context_counts() -> None:
    model = build(context_tokens=3)
    before = model(tokens=torch.tensor([[5, 6, 7]])).logits[0, -1]
    after = model(tokens=torch.tensor([[6, 5, 7]])).logits[0, -1]
    assert not torch.allclose(before, after)


def test_gradients_equal_finite_differences() -> None:
    model = build(vocab_size=11, d_model=3, d_ff=4, context_tokens=3, has_direct_connections=True)
    model.double()
    tokens, labels = draw_tokens(2, 5, vocab_size=11), draw_tokens(2, 5, vocab_size=11, seed=1)
    documents = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 0, 0, -1]])
    parameters = dict(model.named_parameters())
    weight = parameters.pop("embed.weight")
    del model.lm_head.weight
    model.lm_head.weight = torch.nn.Parameter(weight.detach().clone())

    def run(*values: torch.Tensor) -> torch.Tensor:
        named = dict(zip(parameters, values[1:], strict=True))
        named |= {"embed.weight": values[0], "lm_head.weight": values[0]}
        given = {"tokens": tokens, "document_ids": documents, "labels": labels}
        return torch.func.functional_call(model, named, (), given).loss_sum

    assert torch.autograd.gradcheck(run, (weight, *parameters.values()))
