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
            were given, since then the scores never exist as a whole. Of a head, also beside labels:
            classes (B, C), numbers (B,), tags (B, T, C) or spans (B, T, 2).
        loss_sum: loss in nats summed over the labels, where they were given.
        pooled: (B, D), one vector for each row, of an encoder with a pooler, or what a head reads.
        next_sentence_scores: (B, 2), scores that the second segment follows the first (entry 0) or
            does not (entry 1), of an encoder that was made for it.
        memory: what a decoder attends to, of an encoder-decoder: (B, S, D) for a Transformer.
    """

    hidden: torch.Tensor
    scores: torch.Tensor | None = None
    loss_sum: torch.Tensor | None = None
    pooled: torch.Tensor | None = None
    next_sentence_scores: torch.Tensor | None = None
    memory: torch.Tensor | None = None

    @property
    def logits(self) -> torch.Tensor:
        """The scores (B, T, V) of a forward pass without labels."""
        assert self.scores is not None, "a forward pass with labels keeps no logits"
        return self.scores
