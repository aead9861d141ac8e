"""Word and character error rates: the textbook's example, and sums over the whole set."""

from __future__ import annotations

import numpy as np
import pytest

from yanmo.tasks.metrics.error_rate import (
    character_error_rate,
    edit_distance,
    word_error_rate,
)
from yanmo.tasks.metrics.metric import measure

# Jurafsky and Martin, Speech and Language Processing, chapter on speech recognition: six
# substitutions, three insertions and one deletion in thirteen words, 76.9%.
REFERENCE = "i um the phone is i left the portable phone upstairs last night"
SAID = "i got it to the fullest i love to portable form of stores last night"


def test_example_of_jurafsky_and_martin() -> None:
    assert measure(word_error_rate(), [REFERENCE], [SAID]) == pytest.approx(10 / 13)


def test_levenshtein_examples() -> None:
    assert edit_distance("kitten", "sitting") == 3  # Levenshtein's own kind of example
    assert edit_distance("", "abc") == 3
    assert edit_distance("abc", "") == 3


def test_rates_are_of_all_edits_by_all_units() -> None:
    gold, said = ["a b c d", "e"], ["a b c d", "x y"]
    assert measure(word_error_rate(), gold, said) == pytest.approx(2 / 5)
    assert measure(character_error_rate(), ["今天 天气"], ["今天气"]) == pytest.approx(1 / 4)


def test_nothing_to_say_is_right_only_if_nothing_is_said() -> None:
    assert measure(word_error_rate(), [""], [""]) == 0
    assert measure(word_error_rate(), [""], ["word"]) == 1
    assert measure(word_error_rate(), ["one two"], [""]) == 1


def test_distance_is_a_metric() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        a, b, c = ("".join(rng.choice(list("abc"), size=int(rng.integers(0, 8)))) for _ in range(3))
        assert edit_distance(a, b) == edit_distance(b, a)
        assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
        assert (edit_distance(a, b) == 0) == (a == b)
