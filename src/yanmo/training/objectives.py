"""What is learned: each objective is a function `(model, batch) -> (loss_sum, num_targets)`.

The sum is over the targets of the batch in nats; whoever calls divides by the number of targets of
the whole global batch, so that accumulation and parallelism cannot change the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import nn

from yanmo.tokens.rows import IGNORED_LABEL

Batch = Mapping[str, torch.Tensor]
Objective = Callable[[nn.Module, Batch], tuple[torch.Tensor, int]]


def causal(model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
    """Next-token cross-entropy, summed in float32 over labels that are not -100.

    Args:
        batch: `tokens`, `labels`, `positions`, `document_ids`, each (B, T).
    """
    output = model(
        tokens=batch["tokens"],
        positions=batch["positions"],
        document_ids=batch["document_ids"],
        labels=batch["labels"],
    )
    return output.loss_sum, count_targets(batch)


def count_targets(batch: Batch) -> int:
    """Labels that are learned from."""
    return int((batch["labels"] != IGNORED_LABEL).sum().item())


OBJECTIVES: dict[str, Objective] = {"causal": causal}
"""Objectives by the name that a recipe uses."""
