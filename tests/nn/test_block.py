"""A block against the two lines that define it."""

from __future__ import annotations

import torch

from yanmo.nn.attention import Attention, AttentionContext
from yanmo.nn.block import Block
from yanmo.nn.mlp import GatedMLP
from yanmo.nn.norm import build_norm

CONTEXT = AttentionContext(mask=None, is_causal=True, rotary=None, cache=None)


def build_block(dropout: float = 0.0) -> Block:
    torch.manual_seed(0)
    attn = Attention(
        d_model=8,
        num_heads=2,
        num_kv_heads=1,
        head_dim=4,
        has_bias=False,
        norm_eps=1e-6,
        dropout=dropout,
    )
    return Block(
        attn=attn,
        mlp=GatedMLP(d_model=8, d_ff=6, activation="silu", has_bias=False),
        attn_norm=build_norm("rms_norm", 8, 1e-6),
        mlp_norm=build_norm("rms_norm", 8, 1e-6),
        dropout=dropout,
    )


def test_a_block_adds_attention_then_feed_forward_to_the_residual_stream() -> None:
    block = build_block()
    x = torch.randn(2, 5, 8)
    middle = x + block.attn(block.attn_norm(x), CONTEXT, 0)
    expected = middle + block.mlp(block.mlp_norm(middle))
    torch.testing.assert_close(block(x, CONTEXT, 0), expected, atol=1e-6, rtol=0)


def test_dropout_acts_in_training_only() -> None:
    block = build_block(dropout=0.5)
    x = torch.randn(1, 5, 8)
    assert not torch.equal(block(x, CONTEXT, 0), block(x, CONTEXT, 0))
    block.eval()
    assert torch.equal(block(x, CONTEXT, 0), block(x, CONTEXT, 0))


def test_the_gradient_of_a_block_is_right() -> None:
    block = build_block().double()
    x = torch.randn(1, 3, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: block(x, CONTEXT, 0), (x,), fast_mode=True)
