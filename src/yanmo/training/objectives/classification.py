"""Classes from scores: cross-entropy against one class or a distribution over classes.

Comes in: a model whose `scores` are (B, C), and batches with labels that somebody has built. Goes
out: the loss. Knows nothing of what the classes mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.tokens.rows import IGNORED_LABEL
from yanmo.training.objectives.objective import Batch, NumpyBatch


@dataclass(frozen=True)
class ClassificationLoss:
    """Cross-entropy of the classes of whole rows: -log p(true class), where there is one.

    Args:
        class_weights: factor on the loss of each class (C,); all 1 when None. The number of targets
            stays that of the rows.
    """

    class_weights: Sequence[float] | None = None
    name: str = "classification"

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """The loss in nats summed over the rows, and the number of rows with a label.

        Args:
            model: takes every array of the batch but `labels`, and gives `scores` (B, C).
            batch: `labels` are classes (B,), -100 for none, or probabilities (B, C), of which a
                row of one 1 is the same as the class.
        """
        inputs = {name: array for name, array in batch.items() if name != "labels"}
        labels = batch["labels"]
        return self.loss_of_scores(model(**inputs).scores, labels), self.count_targets(batch)

    def loss_of_scores(self, scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The summed loss of scores (B, C) against labels (B,) or (B, C)."""
        assert scores.ndim == 2, f"a row has one score for each class, not {tuple(scores.shape)}"
        scores = scores.float()
        weights = None
        if self.class_weights is not None:
            assert len(self.class_weights) == scores.shape[1], "one weight for each class"
            weights = torch.tensor(self.class_weights, device=scores.device)
        if labels.ndim == 1:
            return F.cross_entropy(
                scores, labels, weight=weights, ignore_index=IGNORED_LABEL, reduction="sum"
            )
        assert labels.shape == scores.shape, "one probability for each class"
        return F.cross_entropy(scores, labels.float(), weight=weights, reduction="sum")

    def count_targets(self, batch: NumpyBatch | Batch) -> int:
        """Rows with a label."""
        labels = batch["labels"]
        return int((labels != IGNORED_LABEL).sum()) if labels.ndim == 1 else len(labels)
