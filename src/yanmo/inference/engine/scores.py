"""What a model found of tokens: log-probabilities, and the most probable alternatives.

In: rows of scores. Out: `ScoredToken`. Nothing of the settings of a draw is in them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from yanmo.inference.engine.request import ScoredToken
from yanmo.inference.sampling import Row, best_entries, log_mass


def score_token(row: Row, token: int, num_alternatives: int | None) -> ScoredToken:
    """A token by the scores (V,) of its place; the id alone where `num_alternatives` is None."""
    if num_alternatives is None:
        return ScoredToken(token)
    mass = log_mass(row)
    best = best_entries(row, num_alternatives) if num_alternatives else ()
    alternatives = tuple((int(place), float(row[place]) - mass) for place in best)
    return ScoredToken(token, float(row[token]) - mass, alternatives)


def score_tokens(
    scores: torch.Tensor, tokens: Sequence[int], num_alternatives: int | None
) -> list[ScoredToken]:
    """Each of `tokens` (T,) by its row of `scores` (T, V)."""
    return [
        score_token(row, token, num_alternatives)
        for row, token in zip(scores.numpy(), tokens, strict=True)
    ]
