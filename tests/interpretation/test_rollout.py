"""Rollout by hand, and that what flows is shared out."""

from __future__ import annotations

import pytest
import torch
from tests.interpretation.subjects import question_of

from yanmo.interpretation.attention_maps import AttentionMap, AttentionMaps, record_attention
from yanmo.interpretation.rollout import read_last_layer, read_rollout, roll_out


def test_two_layers_by_hand() -> None:
    """One head and two heads over two tokens, (A + I) / 2 multiplied from the first to the last."""
    first = torch.tensor([[[1.0, 0.0], [0.5, 0.5]]])
    second = torch.tensor([[[1.0, 0.0], [0.2, 0.8]], [[1.0, 0.0], [0.6, 0.4]]])
    maps = AttentionMaps((AttentionMap("self", 0, first), AttentionMap("self", 1, second)))
    # Layer 1: [[1, 0], [.25, .75]]. Layer 2, heads' mean [.4, .6]: [[1, 0], [.2, .8]].
    # Second row of the product: .2 * [1, 0] + .8 * [.25, .75] = [.4, .6].
    expected = torch.tensor([[1.0, 0.0], [0.4, 0.6]])
    torch.testing.assert_close(roll_out(maps), expected)


def test_an_encoder_decoder_by_hand() -> None:
    """One layer each; half of a decoder's state comes over the encoder, the rest from its past."""
    encoder = torch.tensor([[[0.0, 1.0], [0.0, 1.0]]])  # rollout: [[.5, .5], [0, 1]]
    decoder = torch.tensor([[[1.0]]])
    cross = torch.tensor([[[1.0, 0.0]]])
    maps = AttentionMaps(
        (
            AttentionMap("encoder", 0, encoder),
            AttentionMap("decoder", 0, decoder),
            AttentionMap("cross", 0, cross),
        )
    )
    torch.testing.assert_close(roll_out(maps), torch.tensor([[0.25, 0.25]]))


@pytest.mark.parametrize("kind", ["gpt2", "llama", "bert class", "bert tag", "t5 class"])
def test_all_that_flows_comes_from_some_token(kind: str) -> None:
    question = question_of(kind)
    maps = record_attention(question)
    assert float(read_rollout(maps, question).sum()) == pytest.approx(1.0, abs=1e-5)
    assert float(read_last_layer(maps, question).sum()) == pytest.approx(1.0, abs=1e-5)


def test_a_target_reads_its_source() -> None:
    question = question_of("marian")
    maps = record_attention(question)
    flow = read_rollout(maps, question)
    assert len(flow) == len(question.tokens)
    assert 0.5 < float(flow.sum()) < 1.0
