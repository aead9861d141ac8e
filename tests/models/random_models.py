"""Random models away from their small initial values, so that a wrong mask or angle shows."""

from __future__ import annotations

from typing import Any

import torch

from yanmo.models.build import build_model
from yanmo.models.shape import ModelShape

VOCAB_SIZE = 128


def build_random(shape: ModelShape) -> Any:
    """A model of `shape` on the CPU, ready to be asked."""
    model = build_model(shape, torch.device("cpu"), seed=0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


def draw_tokens(*shape: int, seed: int = 0) -> torch.Tensor:
    """Ids below `VOCAB_SIZE`."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(VOCAB_SIZE, shape, generator=generator)
