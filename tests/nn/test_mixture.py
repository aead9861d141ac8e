"""The mixture of experts against transformers' Qwen3-MoE and against its definition."""

from __future__ import annotations

import pytest
import torch
from transformers import Qwen3MoeConfig
from transformers.models.qwen3_moe.modeling_qwen3_moe import (
    Qwen3MoeSparseMoeBlock,
    load_balancing_loss_func,
)

from yanmo.nn.mixture import MixtureOfExperts, load_balancing_loss

D_MODEL, D_EXPERT = 12, 10


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def mixture(
    num_experts: int = 6, num_active: int = 2, has_normalized_weights: bool = True
) -> MixtureOfExperts:
    torch.manual_seed(0)
    return MixtureOfExperts(
        D_MODEL, D_EXPERT, num_experts, num_active, "silu", has_normalized_weights
    )


def their_block(layer: MixtureOfExperts) -> Qwen3MoeSparseMoeBlock:
    """transformers' layer with the same weights."""
    config = Qwen3MoeConfig(
        hidden_size=D_MODEL,
        moe_intermediate_size=D_EXPERT,
        num_experts=layer.num_experts,
        num_experts_per_tok=layer.num_active,
        norm_topk_prob=layer.has_normalized_weights,
    )
    theirs = Qwen3MoeSparseMoeBlock(config)
    with torch.no_grad():
        theirs.gate.weight.copy_(layer.router.weight)
        for index, expert in enumerate(layer.experts):
            gate_and_up = torch.cat((expert.gate_proj.weight, expert.up_proj.weight))
            theirs.experts.gate_up_proj[index].copy_(gate_and_up)
            theirs.experts.down_proj[index].copy_(expert.down_proj.weight)
    return theirs


@pytest.mark.parametrize("has_normalized_weights", [False, True])
@pytest.mark.parametrize(("num_experts", "num_active"), [(6, 2), (4, 1), (3, 3)])
def test_the_layer_and_its_gradients_equal_those_of_transformers(
    num_experts: int, num_active: int, has_normalized_weights: bool
) -> None:
    ours = mixture(num_experts, num_active, has_normalized_weights)
    theirs = their_block(ours)
    x = draw(2, 7, D_MODEL, seed=1).requires_grad_()
    out, expected = ours(x), theirs(x)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=0)
    target = draw(2, 7, D_MODEL, seed=2)
    gradients = torch.autograd.grad(out, [x, ours.router.weight], target)
    wanted = torch.autograd.grad(expected, [x, theirs.gate.weight], target)
    for gradient, want in zip(gradients, wanted, strict=True):
        torch.testing.assert_close(gradient, want, atol=1e-5, rtol=0)


def test_every_position_goes_to_its_experts_whatever_the_others_chose() -> None:
    layer = mixture()
    with torch.no_grad():  # all positions alike: one expert gets everything, and nothing is dropped
        layer.router.weight.copy_(layer.router.weight[:1].expand(6, -1) * torch.arange(6)[:, None])
    x = draw(1, 40, D_MODEL)
    alone = torch.cat([layer(x[:, i : i + 1]) for i in range(40)], dim=1)
    torch.testing.assert_close(layer(x), alone, atol=1e-6, rtol=0)
    assert (layer(x).abs().amax(-1) > 0).all()


def test_with_one_expert_the_mixture_is_the_expert() -> None:
    layer = mixture(num_experts=1, num_active=1)
    x = draw(2, 3, D_MODEL)
    torch.testing.assert_close(layer(x), layer.experts[0](x), atol=1e-6, rtol=0)


def test_an_expert_that_nobody_chose_has_no_part_in_the_result() -> None:
    layer = mixture(num_experts=6, num_active=2)
    record: list[torch.Tensor] = []
    x = draw(1, 2, D_MODEL)
    before = layer(x, record)
    unused = set(range(6)) - set(record[0].topk(2).indices.flatten().tolist())
    assert unused
    with torch.no_grad():
        for index in unused:
            layer.experts[index].up_proj.weight.fill_(torch.nan)
    assert torch.equal(layer(x), before)
    with torch.no_grad():
        assert torch.equal(layer(x), before)


def test_an_expert_that_nobody_chose_has_a_gradient_of_zero() -> None:
    layer = mixture(num_experts=6, num_active=2)
    record: list[torch.Tensor] = []
    layer(draw(1, 2, D_MODEL), record).sum().backward()
    used = set(record[0].topk(2).indices.flatten().tolist())
    for index, expert in enumerate(layer.experts):
        gradient = expert.down_proj.weight.grad
        assert gradient is not None
        assert bool(gradient.any()) == (index in used)


def test_scores_are_recorded_only_where_asked_and_are_those_of_the_router() -> None:
    layer = mixture()
    x = draw(2, 3, D_MODEL)
    record: list[torch.Tensor] = []
    assert torch.equal(layer(x, record), layer(x))
    assert len(record) == 1
    torch.testing.assert_close(record[0], layer.router(x).view(6, 6))


def test_a_layer_on_no_positions_gives_none() -> None:
    assert mixture()(draw(1, 0, D_MODEL)).shape == (1, 0, D_MODEL)
    with torch.no_grad():
        assert mixture()(draw(1, 0, D_MODEL)).shape == (1, 0, D_MODEL)


@pytest.mark.parametrize("is_masked", [False, True])
def test_the_balancing_loss_and_its_gradient_equal_those_of_transformers(is_masked: bool) -> None:
    logits = [draw(12, 5, seed=seed).requires_grad_() for seed in range(3)]
    is_counted = torch.ones(2, 6, dtype=torch.bool)
    is_counted[1, 3:] = False
    ours = load_balancing_loss(logits, 2, is_counted if is_masked else None)
    theirs = load_balancing_loss_func(tuple(logits), 5, 2, is_counted.long() if is_masked else None)
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)
    for ours_grad, theirs_grad in zip(
        torch.autograd.grad(ours, logits), torch.autograd.grad(theirs, logits), strict=True
    ):
        torch.testing.assert_close(ours_grad, theirs_grad, atol=1e-6, rtol=0)


def test_padding_alone_has_nothing_to_balance() -> None:
    scores = draw(6, 5).requires_grad_()
    loss = load_balancing_loss([scores], 2, torch.zeros(6, dtype=torch.bool))
    assert loss.item() == 0.0
    assert torch.equal(torch.autograd.grad(loss, scores)[0], torch.zeros(6, 5))


def test_the_balancing_loss_is_least_where_experts_are_used_alike() -> None:
    alike = 1e-4 * torch.eye(4).repeat(3, 1)  # each expert is chosen by a quarter of the positions
    assert load_balancing_loss([alike], 1).item() == pytest.approx(1.0, abs=1e-3)
    one_for_all = torch.tensor([[20.0, 0.0, 0.0, 0.0]]).repeat(12, 1)
    assert load_balancing_loss([one_for_all], 1).item() == pytest.approx(4.0, abs=1e-3)


def test_autocast_computes_experts_in_bfloat16_and_routes_in_float32() -> None:
    layer = mixture()
    x = draw(2, 5, D_MODEL)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = layer(x)
    torch.testing.assert_close(out.float(), layer(x), atol=0.05, rtol=0)
