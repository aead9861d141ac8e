"""Numbers from scores: the squared error of a model with a regression head.

Comes in: a model whose `scores` are (B,) or (B, K), and batches with numbers that somebody has
built. Goes out: the loss. A language model's scores belong to the tokens of a vocabulary, and are
no numbers to be compared with anything: that is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.training.objectives.objective import Batch, NumpyBatch

LANGUAGE_MODEL_KINDS = ("causal", "masked", "seq2seq")


@dataclass(frozen=True)
class RegressionLoss:
    """Squared error, summed over rows and numbers; the targets are the numbers."""

    name: str = "regression"

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """The squared errors, summed, and their number.

        Args:
            model: takes every array of the batch but `labels`, and gives `scores`.
            batch: `labels` are numbers, (B,) or (B, K).

        Raises:
            ConfigError: the model predicts tokens.
        """
        check_regression(model)
        inputs = {name: array for name, array in batch.items() if name != "labels"}
        labels = batch["labels"].float()
        scores = model(**inputs).scores.float()
        if labels.ndim == 1 and scores.ndim == 2 and scores.shape[1] == 1:
            scores = scores[:, 0]
        assert scores.shape == labels.shape, (
            f"scores {tuple(scores.shape)} for labels {tuple(labels.shape)}"
        )
        return (scores - labels).square().sum(), self.count_targets(batch)

    def count_targets(self, batch: NumpyBatch | Batch) -> int:
        """Numbers to be predicted."""
        labels = batch["labels"]
        return int(labels.numel() if isinstance(labels, torch.Tensor) else labels.size)


def check_regression(model: nn.Module) -> None:
    """Refuse a language model.

    Raises:
        ConfigError: the model predicts tokens.
    """
    kind = getattr(model, "kind", None)
    if kind in LANGUAGE_MODEL_KINDS:
        raise ConfigError(
            t("the squared error is no loss for a language model"),
            why=t("it predicts which token comes, not a number: its loss is the cross-entropy"),
            hint=t("Give the model a regression head, or train it with another objective."),
        )
