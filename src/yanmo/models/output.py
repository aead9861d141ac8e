"""What every model's `forward` returns."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass
class ModelOutput:
    """Result of a forward pass.

    Attributes:
        hidden: (B, T, D), the final hidden states.
        scores: (B, T, V), one score for each vocabulary entry at each position; None where labels
            were given, since then the scores never exist as a whole.
        loss_sum: cross-entropy in nats summed over the labels, where they were given.
    """

    hidden: torch.Tensor
    scores: torch.Tensor | None = None
    loss_sum: torch.Tensor | None = None

    @property
    def logits(self) -> torch.Tensor:
        """The scores (B, T, V) of a forward pass without labels."""
        assert self.scores is not None, "a forward pass with labels keeps no logits"
        return self.scores
