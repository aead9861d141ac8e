"""Attention rollout (Abnar and Zuidema 2020): attention followed through the layers to the tokens.

In each layer the heads' mean weights are averaged with the identity, for the residual stream, and
multiplied from the first layer to the last. Over an encoder-decoder the same is done with the two
streams that a decoder's state is made of. It takes attention for the whole of a model: no values,
no feed-forward layers.
"""

from __future__ import annotations

import torch

from yanmo.interpretation.attention_maps import AttentionMaps
from yanmo.interpretation.question import Question


def roll_out(maps: AttentionMaps) -> torch.Tensor:
    """(queries, positions): how much of each position flows to each last state; rows sum to 1.

    Of an encoder-decoder the queries are the decoder's states and the positions the source's; what
    flows from the target itself is left out, so that rows sum to less.
    """
    own = maps.of("self") or maps.of("encoder")
    flow = _follow([one.weights for one in own])
    if not maps.of("decoder"):
        return flow
    num_targets = maps.of("decoder")[0].weights.shape[1]
    from_source = torch.zeros(num_targets, flow.shape[1])
    for own_map, cross in zip(maps.of("decoder"), maps.of("cross"), strict=True):
        from_source = _with_residual(own_map.weights) @ from_source
        from_source = 0.5 * from_source + 0.5 * cross.weights.mean(0) @ flow
    return from_source


def read_rollout(maps: AttentionMaps, question: Question) -> torch.Tensor:
    """(n,), how much of each token flows to where the answer is read."""
    return (question.reading_weights() @ roll_out(maps))[: len(question.tokens)]


def read_last_layer(maps: AttentionMaps, question: Question) -> torch.Tensor:
    """(n,), the mean weights of the last layer's heads from where the answer is read."""
    last = (maps.of("cross") or maps.of("self") or maps.of("encoder"))[-1]
    return (question.reading_weights() @ last.weights.mean(0))[: len(question.tokens)]


def _follow(layers: list[torch.Tensor]) -> torch.Tensor:
    flow = torch.eye(layers[0].shape[1])
    for weights in layers:
        flow = _with_residual(weights) @ flow
    return flow


def _with_residual(weights: torch.Tensor) -> torch.Tensor:
    """0.5 A + 0.5 I, of heads (N, T, T)."""
    mean = weights.mean(0)
    return 0.5 * mean + 0.5 * torch.eye(len(mean))
