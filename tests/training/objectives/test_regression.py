"""The squared error of a regression head; a language model is refused."""

from __future__ import annotations

import pytest
import torch
from tests.training.objectives.small_split import build_tiny
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.models.output import ModelOutput
from yanmo.training.objectives.regression import RegressionLoss


class Head(nn.Module):
    """Gives the scores that it is asked for."""

    def forward(self, scores: torch.Tensor) -> ModelOutput:
        """What a regression head gives."""
        return ModelOutput(hidden=scores, scores=scores)


def test_squared_errors_are_summed() -> None:
    batch = {"scores": torch.tensor([[1.0], [4.0]]), "labels": torch.tensor([3.0, 3.5])}
    found, num_targets = RegressionLoss().loss(Head(), batch)
    assert float(found) == pytest.approx(4.25)
    assert num_targets == 2
    several = {"scores": torch.zeros(2, 3), "labels": torch.ones(2, 3)}
    found, num_targets = RegressionLoss().loss(Head(), several)
    assert (float(found), num_targets) == (6.0, 6)


@pytest.mark.parametrize("family", ["gpt2", "bert", "t5"])
def test_a_language_model_is_refused(family: str) -> None:
    batch = {"tokens": torch.zeros(1, 4, dtype=torch.int64), "labels": torch.zeros(1)}
    with pytest.raises(ConfigError, match="no loss for a language model"):
        RegressionLoss().loss(build_tiny(family, 16), batch)


def test_shapes_that_would_be_broadcast_are_caught() -> None:
    with pytest.raises(AssertionError, match="scores"):
        RegressionLoss().loss(Head(), {"scores": torch.zeros(2, 3), "labels": torch.zeros(2)})
