"""The loss of a class is -log of its probability, however the label is written."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from yanmo.models.output import ModelOutput
from yanmo.training.objectives.classification import ClassificationLoss

SCORES = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 3.0]])


class Fixed(nn.Module):
    """Gives the scores that it is asked for."""

    def forward(self, scores: torch.Tensor) -> ModelOutput:
        """What a classifier gives."""
        return ModelOutput(hidden=scores, scores=scores)


def test_loss_is_the_negative_log_probability_of_the_class() -> None:
    labels = torch.tensor([0, 2])
    found, num_targets = ClassificationLoss().loss(Fixed(), {"scores": SCORES, "labels": labels})
    probabilities = [math.exp(2) / (math.exp(2) + 1 + math.exp(-1))]
    probabilities.append(math.exp(3) / (math.exp(3) + 2 * math.exp(0.5)))
    assert float(found) == pytest.approx(-sum(map(math.log, probabilities)), rel=1e-6)
    assert num_targets == 2


def test_one_hot_labels_are_the_same_as_classes_and_soft_ones_are_their_mixture() -> None:
    loss = ClassificationLoss().loss_of_scores
    one_hot = torch.eye(3)[[0, 2]]
    torch.testing.assert_close(loss(SCORES, one_hot), loss(SCORES, torch.tensor([0, 2])))
    soft = torch.tensor([[0.7, 0.3, 0.0], [0.0, 0.0, 1.0]])
    expected = 0.7 * loss(SCORES, torch.tensor([0, 2])) + 0.3 * loss(SCORES, torch.tensor([1, 2]))
    torch.testing.assert_close(loss(SCORES, soft), expected)
    torch.testing.assert_close(
        loss(SCORES, torch.eye(3, dtype=torch.int64)[[0, 2]]), loss(SCORES, one_hot)
    )


def test_rows_without_a_label_do_not_count() -> None:
    objective = ClassificationLoss()
    batch = {"scores": SCORES, "labels": torch.tensor([0, -100])}
    found, num_targets = objective.loss(Fixed(), batch)
    assert num_targets == 1
    torch.testing.assert_close(
        found, objective.loss_of_scores(SCORES[:1], torch.tensor([0])), rtol=1e-6, atol=1e-7
    )


def test_class_weights_scale_the_loss_of_their_class() -> None:
    weighted = ClassificationLoss((2.0, 1.0, 0.5)).loss_of_scores
    plain = ClassificationLoss().loss_of_scores
    for row, (label, weight) in enumerate([(0, 2.0), (2, 0.5)]):
        scores, labels = SCORES[row : row + 1], torch.tensor([label])
        torch.testing.assert_close(weighted(scores, labels), weight * plain(scores, labels))
    with pytest.raises(AssertionError, match="one weight"):
        ClassificationLoss((1.0,)).loss_of_scores(SCORES, torch.tensor([0, 1]))
