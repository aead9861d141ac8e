"""Texts from scores: greedy and beam decoding against every path there is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from yanmo.inference.ctc import collapse, greedy, prefix_beam


def scores(seed: int, places: int, classes: int, sharpness: float = 2.0) -> np.ndarray:
    """Random log-probabilities (T, C)."""
    raw = sharpness * np.random.default_rng(seed).standard_normal((places, classes))
    return raw - np.logaddexp.reduce(raw, axis=1, keepdims=True)


def by_all_paths(log_probs: np.ndarray) -> dict[tuple[int, ...], float]:
    """log p of every text, summed over all C^T paths."""
    found: dict[tuple[int, ...], float] = {}
    for path in product(range(log_probs.shape[1]), repeat=len(log_probs)):
        text = collapse(np.array(path, np.int64))
        score = sum(log_probs[place, one] for place, one in enumerate(path))
        found[text] = float(np.logaddexp(found.get(text, -np.inf), score))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_a_wide_beam_is_the_sum_over_all_paths(seed: int) -> None:
    log_probs = scores(seed, places=2 + seed % 5, classes=2 + seed % 3)
    expected = by_all_paths(log_probs)
    found = {one.classes: one.log_prob for one in prefix_beam(log_probs, 10_000, pruned=-np.inf)}
    assert found.keys() == expected.keys()
    for text, log_prob in expected.items():
        assert found[text] == pytest.approx(log_prob, abs=1e-9)
    assert np.logaddexp.reduce(list(found.values())) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_the_best_of_a_beam_is_the_most_probable_text(seed: int) -> None:
    log_probs = scores(seed, places=6, classes=3)
    expected = by_all_paths(log_probs)
    best = max(expected, key=lambda text: expected[text])
    assert prefix_beam(log_probs, 16)[0].classes == best


def test_many_paths_outweigh_the_best_one() -> None:
    # Nothing has p = 0.36 by one path; "1" has 0.64 by three.
    log_probs = np.log(np.array([[0.6, 0.4], [0.6, 0.4]]))
    assert greedy(log_probs).classes == ()
    assert prefix_beam(log_probs, 4)[0].classes == (1,)
    assert prefix_beam(log_probs, 4)[0].log_prob == pytest.approx(np.log(0.64))


def test_a_blank_keeps_equal_characters_apart() -> None:
    assert collapse(np.array([1, 1, 0, 1, 2, 2, 0])) == (1, 1, 2)
    assert collapse(np.array([], np.int64)) == ()
    certain = np.log(np.eye(3)[[1, 0, 1, 1]] * 0.97 + 0.01)
    assert greedy(certain).classes == prefix_beam(certain, 2)[0].classes == (1, 1)
