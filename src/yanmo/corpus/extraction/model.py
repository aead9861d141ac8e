"""The trained judge: which blocks are main text.

Comes in: features of blocks. Goes out: a score for each, above 0 where the block is main text. The
coefficients lie beside this file in `coefficients.json`, with what they were trained on;
`bench/train_extractor.py` makes them. One hidden layer of rectified linear units.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yanmo.corpus.extraction.features import FEATURE_NAMES
from yanmo.corpus.kernel import lean_kernel

COEFFICIENTS = Path(__file__).with_name("coefficients.json")


@dataclass(frozen=True)
class Model:
    """Coefficients (F features, H hidden units).

    Args:
        hidden: (F, H) float32, from features to hidden units.
        hidden_bias: (H,) float32.
        output: (H,) float32, from hidden units to the score.
        output_bias: added to the score.
    """

    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: float


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """The coefficients in the repository."""
    stored = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    assert tuple(stored["features"]) == FEATURE_NAMES, (
        "the coefficients belong to other features: run bench/train_extractor.py"
    )
    return Model(
        hidden=np.array(stored["hidden"], np.float32),
        hidden_bias=np.array(stored["hidden_bias"], np.float32),
        output=np.array(stored["output"], np.float32),
        output_bias=float(stored["output_bias"]),
    )


@lean_kernel
def _score(
    features: NDArray[np.float32],
    hidden: NDArray[np.float32],
    bias: NDArray[np.float32],
    output: NDArray[np.float32],
    output_bias: float,
    units: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> None:
    """Fill `scores`; `units` is scratch for the hidden units. Most features are 0 and skipped."""
    for number in range(features.shape[0]):
        for unit in range(len(bias)):
            units[unit] = bias[unit]
        for place in range(features.shape[1]):
            value = features[number, place]
            if value != 0:
                for unit in range(len(bias)):
                    units[unit] += value * hidden[place, unit]
        score = output_bias
        for unit in range(len(bias)):
            if units[unit] > 0:
                score += units[unit] * output[unit]
        scores[number] = score


def score_blocks(model: Model, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) the score of each row of features."""
    scores = np.empty(len(features), np.float32)
    units = np.empty(len(model.hidden_bias), np.float32)
    _score(
        features,
        model.hidden,
        model.hidden_bias,
        model.output,
        model.output_bias,
        units,
        scores,
    )
    return scores
