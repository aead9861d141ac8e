"""Names of models: aliases, n-grams, and what cannot be compared."""

from __future__ import annotations

import inspect
from typing import get_args

import pytest

from yanmo.cli.compare import compare as command
from yanmo.core.errors import ConfigError
from yanmo.models.config import Family
from yanmo.pipeline.compare.names import DEFAULT_MODELS, Candidate, known_names, parse_models
from yanmo.pipeline.compare.settings import SETTINGS
from yanmo.training.objective_choice import LEARNABLE


def test_names_and_aliases_become_candidates_once_and_in_order() -> None:
    found = parse_models(["gpt", " LSTM", "gpt2", "ngram", "2gram", "3-gram", ""], baseline_order=3)
    assert found == (
        Candidate("gpt2", "neural", family="gpt2"),
        Candidate("lstm", "neural", family="lstm"),
        Candidate("3gram", "ngram", order=3),
        Candidate("2gram", "ngram", order=2),
    )


def test_ngram_without_a_baseline_in_the_recipe_has_four() -> None:
    assert parse_models(["ngram"], baseline_order=None) == (Candidate("4gram", "ngram", order=4),)


def test_a_slip_of_the_finger_is_told() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'lstm'"):
        parse_models(["ngram", "ltsm"], baseline_order=4)


@pytest.mark.parametrize("name", ["0gram", "9gram", "12gram"])
def test_an_order_out_of_range_is_told_the_range(name: str) -> None:
    with pytest.raises(ConfigError, match="1gram to 8gram"):
        parse_models([name], baseline_order=4)


def test_no_name_at_all_is_refused() -> None:
    with pytest.raises(ConfigError, match="no model"):
        parse_models(["", " "], baseline_order=4)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("bert", "hidden"), ("t5", "source"), ("glm", "blanks"), ("gru_seq2seq", "source")],
)
def test_what_gives_no_probability_to_a_text_is_refused_with_the_reason(
    name: str, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        parse_models([name], baseline_order=4)


def test_every_family_is_either_trained_as_a_language_model_or_refused() -> None:
    compared = set(known_names()) - {"ngram"}
    assert compared == set(SETTINGS)
    assert compared == {name for name in get_args(Family) if LEARNABLE[name][0] == "causal"}
    assert inspect.signature(command).parameters["models"].default == DEFAULT_MODELS
    parse_models(DEFAULT_MODELS.split(","), baseline_order=4)
