"""A mixture has the shares that were asked for, or says what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from yanmo.core.errors import ConfigError
from yanmo.corpus.mixture.config import MixtureConfig
from yanmo.corpus.mixture.decide import MixtureOutcome, decide_mixture

NAMES = ("law", "medicine", "finance")


class Corpus:
    """Documents of three groups with made-up sizes."""

    def __init__(self, *counts: int, seed: int = 0, mean_bytes: int = 2000) -> None:
        rng = np.random.default_rng(seed)
        total = sum(counts)
        self.names = NAMES[: len(counts)]
        self.group = rng.permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int32)
        self.num_bytes = rng.integers(1, 2 * mean_bytes, total)
        self.keys = rng.integers(0, 2**64, total, dtype=np.uint64)
        self.is_alive: NDArray[np.bool_] = np.ones(total, np.bool_)

    def mix(self, **settings: Any) -> MixtureOutcome:
        config = MixtureConfig.model_validate(settings)
        return decide_mixture(
            config, self.num_bytes, self.group, self.names, self.is_alive, self.keys
        )

    def shares(self, repeats: NDArray[np.int32]) -> NDArray[np.float64]:
        taken = np.bincount(self.group, weights=self.num_bytes * repeats)
        return taken / taken.sum()


weights = st.tuples(*[st.floats(0.05, 1.0)] * 3)


@given(weights, st.tuples(*[st.integers(300, 3000)] * 3), st.integers(0, 5))
@settings(max_examples=60)
def test_shares_are_within_one_percent_of_the_weights(
    wanted: tuple[float, float, float], counts: tuple[int, int, int], seed: int
) -> None:
    corpus = Corpus(*counts, seed=seed)
    outcome = corpus.mix(weights=dict(zip(NAMES, wanted, strict=True)), max_repeats=10)
    expected = np.array(wanted) / sum(wanted)
    assert np.abs(corpus.shares(outcome.repeats) / expected - 1).max() < 0.01
    assert outcome.repeats.max() <= 10
    assert not outcome.shortfalls
    for index, name in enumerate(NAMES):
        assert outcome.groups[name].share == pytest.approx(corpus.shares(outcome.repeats)[index])


def test_without_a_target_the_most_plentiful_group_is_taken_once() -> None:
    corpus = Corpus(4000, 400, 400)
    outcome = corpus.mix(weights={"law": 8, "medicine": 1, "finance": 1})
    assert outcome.groups["law"].max_repeats == 1
    assert corpus.num_bytes @ outcome.repeats > 0.95 * corpus.num_bytes.sum()


def test_a_small_group_is_repeated_and_never_beyond_the_limit() -> None:
    corpus = Corpus(4000, 400)
    outcome = corpus.mix(weights={"law": 1, "medicine": 1}, max_repeats=3)
    assert corpus.shares(outcome.repeats) == pytest.approx([0.5, 0.5], abs=0.005)
    assert outcome.groups["medicine"].max_repeats == 3
    assert set(outcome.repeats[corpus.group == 1].tolist()) == {3}
    assert set(outcome.repeats[corpus.group == 0].tolist()) == {0, 1}


def test_a_group_that_falls_short_of_the_target_is_named() -> None:
    corpus = Corpus(4000, 100)
    target = int(corpus.num_bytes.sum())
    outcome = corpus.mix(weights={"law": 1, "medicine": 1}, max_repeats=2, target_bytes=target)
    assert outcome.shortfalls == ["medicine"]
    assert outcome.groups["law"].bytes == pytest.approx(target / 2, rel=0.01)
    assert outcome.groups["medicine"].bytes == 2 * outcome.groups["medicine"].available_bytes


def test_a_target_is_met_to_the_percent() -> None:
    corpus = Corpus(2000, 2000, 2000)
    outcome = corpus.mix(target_bytes=1_000_000, weights={"law": 0.7, "medicine": 0.3})
    assert corpus.num_bytes @ outcome.repeats == pytest.approx(1_000_000, rel=0.01)
    assert outcome.left_out == ["finance"]


def test_temperature_flattens_the_shares() -> None:
    corpus = Corpus(9000, 900, 90)
    available = np.bincount(corpus.group, weights=corpus.num_bytes)
    for temperature in (1.0, 2.0, 5.0):
        expected = available ** (1 / temperature)
        expected /= expected.sum()
        outcome = corpus.mix(temperature=temperature, max_repeats=100)
        assert corpus.shares(outcome.repeats) == pytest.approx(expected, rel=0.01)


def test_without_settings_everything_goes_in_once() -> None:
    assert set(Corpus(50, 5).mix().repeats.tolist()) == {1}


def test_the_rest_keeps_its_own_proportions() -> None:
    corpus = Corpus(2000, 3000, 1000)
    outcome = corpus.mix(weights={"law": 1}, rest_weight=1, max_repeats=1)
    law, medicine, finance = corpus.shares(outcome.repeats)
    assert law == pytest.approx(0.5, abs=0.005)
    assert medicine / finance == pytest.approx(3, rel=0.1)


def test_the_choice_depends_on_ids_and_seed_alone() -> None:
    corpus = Corpus(3000, 3000)
    settings = {"weights": {"law": 1, "medicine": 3}, "max_repeats": 1}
    first = corpus.mix(**settings).repeats
    shuffled = np.random.default_rng(7).permutation(len(first))
    other = Corpus(3000, 3000)
    for name in ("group", "num_bytes", "keys"):
        setattr(other, name, getattr(corpus, name)[shuffled])
    assert np.array_equal(other.mix(**settings).repeats, first[shuffled])
    assert not np.array_equal(corpus.mix(seed=1, **settings).repeats, first)


def test_a_smaller_target_takes_a_part_of_the_larger_choice() -> None:
    corpus = Corpus(3000)
    few = corpus.mix(target_bytes=500_000).repeats
    many = corpus.mix(target_bytes=1_000_000).repeats
    assert np.mean(many[few > 0] > 0) > 0.99


def test_rejected_documents_are_never_taken() -> None:
    corpus = Corpus(500, 500)
    corpus.is_alive[::2] = False
    outcome = corpus.mix(weights={"law": 1, "medicine": 2})
    assert not outcome.repeats[::2].any()
    assert corpus.shares(outcome.repeats) == pytest.approx([1 / 3, 2 / 3], abs=0.01)


def test_a_group_without_documents_falls_short() -> None:
    corpus = Corpus(500, 0)
    outcome = corpus.mix(weights={"law": 1, "medicine": 1})
    assert outcome.shortfalls == ["medicine"]
    assert set(outcome.repeats.tolist()) == {1}


def test_a_weight_for_nobody_names_the_nearest_group() -> None:
    with pytest.raises(ConfigError, match="medicine") as caught:
        Corpus(5, 5).mix(weights={"medecine": 1})
    assert "Did you mean 'medicine'" in str(caught.value)


def test_an_empty_corpus_is_mixed_too() -> None:
    empty = Corpus(0, 0)
    assert len(empty.mix().repeats) == 0


def test_the_account_can_be_written_as_json() -> None:
    account = Corpus(100, 10).mix(weights={"law": 1}).to_json()
    assert account["left_out"] == ["medicine"]
    assert account["groups"]["law"]["documents"] == 100


@pytest.mark.parametrize(
    "values",
    [
        {"weights": {"a": 1}, "temperature": 2},
        {"weights": {"a": 0}},
        {"weights": {"a": -1}},
        {"rest_weight": 1},
        {"temperature": 0.5},
        {"max_repeats": 0},
    ],
)
def test_settings_without_sense_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MixtureConfig.model_validate(values)
