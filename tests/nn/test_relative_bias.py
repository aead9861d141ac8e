"""Relative attention biases against transformers' T5, bucket by bucket."""

from __future__ import annotations

import pytest
import torch
from transformers import T5Config
from transformers.models.t5.modeling_t5 import T5Attention

from yanmo.nn.relative_bias import RelativeBias, relative_buckets


@pytest.mark.parametrize("is_bidirectional", [False, True])
@pytest.mark.parametrize(("num_buckets", "max_distance"), [(32, 128), (8, 20), (64, 1000)])
def test_buckets_equal_those_of_transformers(
    is_bidirectional: bool, num_buckets: int, max_distance: int
) -> None:
    distances = torch.arange(-3000, 3001)
    ours = relative_buckets(
        distances,
        num_buckets=num_buckets,
        max_distance=max_distance,
        is_bidirectional=is_bidirectional,
    )
    theirs = T5Attention._relative_position_bucket(
        distances, is_bidirectional, num_buckets, max_distance
    )
    assert torch.equal(ours, theirs)
    assert ours.min() >= 0
    assert ours.max() == num_buckets - 1


def test_short_distances_have_buckets_of_their_own() -> None:
    buckets = relative_buckets(
        torch.arange(-8, 9), num_buckets=32, max_distance=128, is_bidirectional=True
    )
    assert buckets.tolist() == [*range(8, 0, -1), 0, *range(17, 25)]


@pytest.mark.parametrize("is_bidirectional", [False, True])
def test_the_layer_equals_that_of_transformers(is_bidirectional: bool) -> None:
    config = T5Config(
        d_model=12,
        d_kv=4,
        num_heads=3,
        relative_attention_num_buckets=16,
        relative_attention_max_distance=24,
        is_decoder=not is_bidirectional,
    )
    theirs = T5Attention(config, has_relative_attention_bias=True, layer_idx=0)
    ours = RelativeBias(16, 24, 3, is_bidirectional)
    with torch.no_grad():
        theirs.relative_attention_bias.weight.normal_()
        ours.weight.copy_(theirs.relative_attention_bias.weight)
    bias = ours(torch.arange(5, 45), torch.arange(60))
    assert bias.shape == (1, 3, 40, 60)
    assert torch.equal(bias, theirs.compute_bias(40, 60, past_seen_tokens=5))


def test_the_bias_depends_on_the_relative_position_alone() -> None:
    layer = RelativeBias(32, 128, 2, is_bidirectional=True)
    positions = torch.tensor([0, 3, 50, 200])
    assert torch.equal(layer(positions, positions), layer(positions + 91, positions + 91))
    bias = layer(positions, positions)[0, 0]
    assert not torch.equal(bias, bias.T)
