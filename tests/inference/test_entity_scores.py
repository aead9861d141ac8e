"""Probabilities of tags against all sequences of tags."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import torch

from yanmo.inference.entity_scores import tag_probabilities
from yanmo.nn.linear_chain import LinearChain


def test_a_chain_gives_the_share_of_all_sequences() -> None:
    generator = torch.Generator().manual_seed(0)
    chain = LinearChain(3)
    with torch.no_grad():
        for parameter in chain.parameters():
            parameter.normal_(0.0, 1.5, generator=generator)
    scores = torch.randn(4, 3, generator=generator, dtype=torch.float64).numpy()
    weights = np.zeros((4, 3))
    total = 0.0
    for tags in product(range(3), repeat=4):
        score = sum(scores[step, tag] for step, tag in enumerate(tags))
        score += sum(chain.transitions[a, b].item() for a, b in pairwise(tags))
        weight = np.exp(score + chain.starts[tags[0]].item() + chain.ends[tags[-1]].item())
        total += weight
        weights[range(4), tags] += weight
    with torch.inference_mode():
        found = tag_probabilities(scores, chain)
    np.testing.assert_allclose(found, weights / total, atol=1e-5)


def test_without_a_chain_words_are_tagged_by_themselves() -> None:
    scores = np.log(np.array([[0.2, 0.8], [0.5, 0.5]])) + 3.0
    np.testing.assert_allclose(tag_probabilities(scores, None), [[0.2, 0.8], [0.5, 0.5]], atol=1e-6)
    assert tag_probabilities(np.zeros((0, 2)), None).shape == (0, 2)
