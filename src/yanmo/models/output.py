"""What every model's `forward` returns."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass
class ModelOutput:
    """Result of a forward pass.

    Attributes:
        logits: (B, T, V), one score for each vocabulary entry at each position.
        hidden: (B, T, D), the final hidden states that the logits were computed from.
    """

    logits: torch.Tensor
    hidden: torch.Tensor
