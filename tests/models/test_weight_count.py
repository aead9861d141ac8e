"""Weights are counted once, wherever they are, and trained ones apart."""

from __future__ import annotations

import torch
from torch import nn

from yanmo.models.weight_count import count_weights


def test_a_tied_weight_counts_once() -> None:
    with torch.device("meta"):
        model = nn.ModuleList([nn.Embedding(7, 3), nn.Linear(3, 7)])
    assert count_weights(model.parameters()) == 21 + 21 + 7
    model[1].weight = model[0].weight
    assert count_weights(model.parameters()) == 21 + 7


def test_frozen_weights_are_left_out_where_asked() -> None:
    model = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 2))
    model[0].requires_grad_(False)
    assert count_weights(model.parameters(), only_trained=True) == 12
    assert count_weights(model.parameters()) == 25 + 12
    assert count_weights({"loaded": torch.zeros(2, 3)}.values()) == 6
