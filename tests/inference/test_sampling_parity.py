"""What may be drawn, and how likely, agrees with transformers' own processors of scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from transformers.generation import logits_process

from yanmo.inference.config import SamplingConfig
from yanmo.inference.sampling import TokenHistory, adjust, candidates_of

SEEN = [3, 17, 17, 290]


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": 0.7},
        {"temperature": 1.3, "top_k": 40},
        {"temperature": 0.9, "top_p": 0.9},
        {"temperature": 1.0, "min_p": 0.05},
        {"temperature": 0.8, "top_k": 100, "top_p": 0.8, "min_p": 0.02},
        {"temperature": 1.1, "repetition_penalty": 1.4},
        {"temperature": 1.1, "repetition_penalty": 0.8, "top_p": 0.5},
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_the_distribution_is_that_of_transformers(options: dict[str, Any], seed: int) -> None:
    scores = 4 * torch.randn(1, 1000, generator=torch.Generator().manual_seed(seed))
    config = SamplingConfig(**options)
    adjusted = adjust(scores[0].numpy(), TokenHistory(SEEN), config)
    found = candidates_of(adjusted, config).probabilities(1000)
    processors = logits_process.LogitsProcessorList()
    if config.repetition_penalty != 1.0:
        penalty = config.repetition_penalty
        processors.append(logits_process.RepetitionPenaltyLogitsProcessor(penalty))
    processors.append(logits_process.TemperatureLogitsWarper(config.temperature))
    if config.top_k is not None:
        processors.append(logits_process.TopKLogitsWarper(config.top_k))
    if config.top_p is not None:
        processors.append(logits_process.TopPLogitsWarper(config.top_p))
    if config.min_p is not None:
        processors.append(logits_process.MinPLogitsWarper(config.min_p))
    expected = processors(torch.tensor([SEEN]), scores.clone())[0].double().softmax(0).numpy()
    assert np.array_equal(found > 0, expected > 0)
    assert found == pytest.approx(expected, abs=1e-6)
