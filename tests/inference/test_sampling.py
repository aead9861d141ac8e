"""From scores to a token: each setting against its definition, and the draws against chance."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from yanmo.core.errors import RunError
from yanmo.inference.config import SamplingConfig
from yanmo.inference.sampling import (
    TokenHistory,
    adjust,
    best_entries,
    build_generator,
    candidates_of,
    choose_token,
)

LOGITS = torch.tensor([2.0, -1.0, 0.5, 1.9, 0.0, -3.0, 1.0, 0.4])
score_lists = st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=30)


def config(**settings: Any) -> SamplingConfig:
    return SamplingConfig.model_validate(settings)


def kept(logits: torch.Tensor, **settings: Any) -> set[int]:
    found = candidates_of(logits.numpy(), config(temperature=1.0, **settings))
    ids = range(len(logits)) if found.ids is None else found.ids.tolist()
    return {id for id, weight in zip(ids, found.weights.tolist(), strict=True) if weight > 0}


def draw(logits: torch.Tensor, count: int, seed: int = 0, **settings: Any) -> list[int]:
    generator = build_generator(seed)
    return [choose_token(logits, [], config(**settings), generator)[0] for _ in range(count)]


ANY = random.Random(0)


def penalize_repetition(logits: torch.Tensor, seen: list[int], penalty: float) -> torch.Tensor:
    settings = config(repetition_penalty=penalty)
    return torch.from_numpy(adjust(logits.numpy(), TokenHistory(seen), settings))


def test_temperature_zero_takes_the_best() -> None:
    token, log_prob = choose_token(LOGITS, [], config(temperature=0.0), ANY)
    assert token == 0
    assert log_prob == pytest.approx(LOGITS.log_softmax(0)[0].item())


@pytest.mark.parametrize("temperature", [1e-3, 1e-30, 1e-46, 5e-324])
def test_a_temperature_near_zero_is_greedy(temperature: float) -> None:
    assert set(draw(LOGITS, 20, temperature=temperature)) == {0}


def test_the_log_probability_is_that_of_the_model_before_any_setting() -> None:
    settings = config(temperature=0.3, top_k=3, repetition_penalty=1.5)
    generator = build_generator(0)
    for _ in range(20):
        token, log_prob = choose_token(LOGITS, [0, 3], settings, generator)
        assert log_prob == pytest.approx(LOGITS.log_softmax(0)[token].item(), abs=1e-6)


@given(score_lists, st.integers(1, 40))
def test_top_k_keeps_exactly_the_k_best(scores: list[float], k: int) -> None:
    logits = torch.tensor(scores)
    survivors = kept(logits, top_k=k)
    assert len(survivors) == min(k, len(scores))
    best = sorted(scores, reverse=True)[: len(survivors)]
    assert sorted((scores[i] for i in survivors), reverse=True) == best


def test_top_k_keeps_k_of_equal_scores() -> None:
    assert len(kept(torch.zeros(10), top_k=3)) == 3


@given(score_lists, st.floats(0.01, 0.99))
def test_top_p_keeps_the_smallest_set_that_reaches_the_mass(
    scores: list[float], top_p: float
) -> None:
    logits = torch.tensor(scores)
    # Scores that differ by too little have one probability: that is what is compared.
    probabilities = logits.softmax(0).tolist()
    survivors = kept(logits, top_p=top_p)
    assert survivors
    mass = sum(probabilities[i] for i in survivors)
    assert mass >= top_p - 1e-5
    least = min(probabilities[i] for i in survivors)
    assert mass - least < top_p + 1e-5, "one fewer would have been enough"
    excluded = set(range(len(scores))) - survivors
    assert all(probabilities[i] <= least for i in excluded)


@given(score_lists, st.floats(0.0, 1.0))
def test_min_p_keeps_what_is_probable_enough(scores: list[float], min_p: float) -> None:
    logits = torch.tensor(scores)
    ratios = (logits.double() - logits.double().max()).exp()
    survivors = kept(logits, min_p=min_p)
    assert {i for i, ratio in enumerate(ratios.tolist()) if ratio > min_p + 1e-5} <= survivors
    assert survivors <= {i for i, ratio in enumerate(ratios.tolist()) if ratio > min_p - 1e-5}
    assert int(logits.argmax()) in survivors


@given(score_lists, st.integers(1, 5), st.floats(0.01, 1.0), st.floats(0.0, 1.0))
def test_the_best_token_survives_all_settings_together(
    scores: list[float], top_k: int, top_p: float, min_p: float
) -> None:
    logits = torch.tensor(scores)
    survivors = kept(logits, top_k=top_k, top_p=top_p, min_p=min_p)
    assert max(scores) in {scores[i] for i in survivors}
    # Each setting alone only ever keeps more than all of them in turn.
    assert len(survivors) <= top_k


def test_settings_apply_in_their_order() -> None:
    # Of the best two (0.6 and 0.4 between them) top-p keeps the first alone.
    logits = torch.tensor([0.3, 0.2, 0.25, 0.25]).log()
    assert kept(logits, top_k=2, top_p=0.5) == {0}
    assert kept(logits, top_p=0.5) == {0, 2}


def test_nothing_set_excludes_nothing() -> None:
    for settings in ({}, {"top_p": 1.0, "top_k": 100, "min_p": 0.0}):
        assert kept(LOGITS, **settings) == set(range(8))


@given(st.integers(1, 3000), st.floats(1e-3, 100), st.integers(1, 400), st.integers(0, 99))
def test_the_best_entries_are_those_of_a_full_sort(
    size: int, spread: float, count: int, seed: int
) -> None:
    row = np.random.default_rng(seed).standard_normal(size).astype(np.float32)
    row = np.round(row * np.float32(spread), 1)  # with ties
    expected = np.argsort(-row, kind="stable")[:count]
    assert best_entries(row, count).tolist() == expected.tolist()


@given(st.integers(1, 3000), st.floats(1e-3, 30), st.floats(0.01, 0.999), st.integers(0, 99))
def test_the_nucleus_of_a_wide_row_is_that_of_a_full_sort(
    size: int, spread: float, top_p: float, seed: int
) -> None:
    row = np.random.default_rng(seed).standard_normal(size).astype(np.float32) * np.float32(spread)
    weights = np.exp(row.astype(np.float64) - row.max())
    order = np.argsort(-weights, kind="stable")
    sums = np.cumsum(weights[order])
    num_kept = 1 + int(np.count_nonzero(sums[:-1] < top_p * weights.sum()))
    found = kept(torch.from_numpy(row), top_p=top_p)
    assert found == set(order[:num_kept].tolist())


def test_every_entry_of_a_wide_row_can_be_drawn() -> None:
    found = candidates_of(np.zeros(2000, np.float32), config(temperature=1.0))
    assert [found.draw((place + 0.5) / 2000) for place in range(2000)] == list(range(2000))
    assert found.draw(math.nextafter(1.0, 0.0)) == 1999


def test_presence_and_frequency_count_what_was_written_and_not_the_prompt() -> None:
    history = TokenHistory([0, 1])
    for token in (1, 3, 3):
        history.push(token)
    settings = config(presence_penalty=0.5, frequency_penalty=0.25, logit_bias={2: 1.5, 3: -1})
    adjusted = adjust(LOGITS.numpy(), history, settings)
    expected = LOGITS.clone()
    expected[1] -= 0.5 + 0.25
    expected[3] -= 0.5 + 2 * 0.25 + 1
    expected[2] += 1.5
    assert adjusted.tolist() == pytest.approx(expected.tolist())


def test_the_repetition_penalty_lowers_seen_tokens_of_either_sign() -> None:
    penalized = penalize_repetition(LOGITS, [0, 1, 1, 4], 2.0)
    expected = [1.0, -2.0, 0.5, 1.9, 0.0, -3.0, 1.0, 0.4]
    assert penalized.tolist() == pytest.approx(expected)
    assert LOGITS[0] == 2.0, "the scores that were given are not changed"


def test_the_repetition_penalty_decides_between_near_equals() -> None:
    settings = config(temperature=0.0, repetition_penalty=1.2)
    assert choose_token(LOGITS, [], settings, ANY)[0] == 0
    assert choose_token(LOGITS, [0], settings, ANY)[0] == 3


def test_a_penalty_of_one_or_nothing_seen_changes_nothing() -> None:
    assert torch.equal(penalize_repetition(LOGITS, [0, 1], 1.0), LOGITS)
    assert torch.equal(penalize_repetition(LOGITS, [], 1.5), LOGITS)


def test_a_seed_fixes_the_draws() -> None:
    assert draw(LOGITS, 50, seed=3) == draw(LOGITS, 50, seed=3)
    assert draw(LOGITS, 50, seed=3) != draw(LOGITS, 50, seed=4)


@pytest.mark.parametrize(
    "options", [{"temperature": 1.0}, {"temperature": 0.6}, {"temperature": 2.0, "top_k": 8}]
)
def test_draws_follow_the_distribution(options: dict[str, Any]) -> None:
    count = 4000
    expected = count * (LOGITS.double() / options["temperature"]).softmax(0)
    drawn = torch.bincount(torch.tensor(draw(LOGITS, count, seed=5, **options)), minlength=8)
    is_rare = expected < 5  # too few for the approximation: counted together
    observed = torch.cat((drawn[~is_rare].double(), drawn[is_rare].double().sum()[None]))
    wanted = torch.cat((expected[~is_rare], expected[is_rare].sum()[None]))
    statistic = ((observed - wanted).square() / wanted.clamp(min=1.0)).sum().item()
    # The 99.9% point of chi-square with seven degrees of freedom; the seed is fixed.
    assert statistic < 24.3


def test_draws_stay_within_what_was_kept() -> None:
    assert set(draw(LOGITS, 300, temperature=5.0, top_k=3)) == {0, 3, 6}
    assert set(draw(LOGITS, 300, temperature=1.0, min_p=0.5)) == {0, 3}


def test_scores_in_bfloat16_are_read() -> None:
    assert choose_token(LOGITS.bfloat16(), [], config(temperature=0.0), ANY)[0] == 0


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_scores_that_are_no_numbers_are_an_error(temperature: float) -> None:
    broken = LOGITS.clone()
    broken[2] = float("nan")
    with pytest.raises(RunError):
        choose_token(broken, [], config(temperature=temperature), ANY)
