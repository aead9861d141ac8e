"""What is typed becomes the axes that were meant, and draws are what they promise."""

from __future__ import annotations

import itertools
import math

import pytest

from yanmo.core.errors import ConfigError
from yanmo.pipeline.sweep.axes import Axis, complete_key, draw_trials, grid, labels_of, parse_words


def test_lists_are_axes_and_single_values_are_for_all_trials() -> None:
    axes, fixed = parse_words(["d_model=32,64", "steps=100", "--model.dropout=0.0,0.1"])
    assert [(axis.key, axis.values) for axis in axes] == [
        ("model.d_model", ("32", "64")),
        ("model.dropout", ("0.0", "0.1")),
    ]
    assert fixed == ["pretrain.steps=100"]
    _, fixed = parse_words(["steps=1", "d_model=1,2", "steps=2"])
    assert fixed == ["pretrain.steps=1", "pretrain.steps=2"]


def test_commas_inside_brackets_and_quotes_do_not_divide() -> None:
    axes, fixed = parse_words(
        ["finetune.a.augment.operators=['x', 'y'],['z']", 'name="a,b"', "model.d_model=1,2"]
    )
    assert axes[0].values == ("['x', 'y']", "['z']")
    assert fixed == ['name="a,b"']


def test_a_range_with_a_number_is_a_grid_of_equal_factors() -> None:
    (axis,), _ = parse_words(["learning_rate=1e-4..1e-2:5"])
    numbers = [float(value) for value in axis.values]
    assert axis.key == "pretrain.optimizer.learning_rate"
    assert (numbers[0], numbers[-1]) == (1e-4, 1e-2)
    factors = [b / a for a, b in itertools.pairwise(numbers)]
    assert factors == pytest.approx([10**0.5] * 4, rel=1e-3)
    (whole,), _ = parse_words(["d_model=32..128:3"])
    assert whole.values == ("32", "64", "128")
    (even,), _ = parse_words(["model.dropout=0..0.4:3"])
    assert [float(value) for value in even.values] == pytest.approx([0.0, 0.2, 0.4])


def test_draws_from_a_range_are_even_in_the_logarithm() -> None:
    axes, _ = parse_words(["learning_rate=1e-4..1e-2"])
    assert axes[0].is_open
    rates = [float(settings[0][1]) for settings in draw_trials(axes, 400, seed=0)]
    assert all(1e-4 <= rate <= 1e-2 for rate in rates)
    logs = [math.log10(rate) for rate in rates]
    assert sum(logs) / len(logs) == pytest.approx(-3.0, abs=0.1)
    assert sum(rate < 1e-3 for rate in rates) == pytest.approx(200, abs=40)


def test_more_trials_begin_with_the_same_ones_and_none_comes_twice() -> None:
    axes, _ = parse_words(["d_model=32..64", "depth=1,2"])
    few, many = draw_trials(axes, 5, seed=3), draw_trials(axes, 20, seed=3)
    assert many[:5] == few
    assert len(set(many)) == 20
    assert draw_trials(axes, 5, seed=4) != few
    small, _ = parse_words(["depth=1,2"])
    assert sorted(draw_trials(small, 9, seed=0)) == grid(small)


def test_every_drawn_combination_has_every_seed() -> None:
    axes, _ = parse_words(["learning_rate=1e-4..1e-2", "pretrain.seed=0,1,2"])
    drawn = draw_trials(axes, 2, seed=0)
    assert [dict(settings)["pretrain.seed"] for settings in drawn] == ["0", "1", "2"] * 2
    assert len({dict(one)["pretrain.optimizer.learning_rate"] for one in drawn}) == 2


def test_a_grid_changes_its_last_axis_fastest() -> None:
    axes = [Axis("a", ("1", "2")), Axis("b", ("x", "y"))]
    assert [tuple(value for _, value in one) for one in grid(axes)] == [
        ("1", "x"),
        ("1", "y"),
        ("2", "x"),
        ("2", "y"),
    ]


def test_names_are_as_short_as_tells_them_apart() -> None:
    keys = [
        "pretrain.optimizer.learning_rate",
        "finetune.sst.optimizer.learning_rate",
        "model.d_model",
        "pretrain.optimizer.name",
    ]
    labels = labels_of([Axis(key, ("1", "2")) for key in keys])
    assert list(labels.values()) == [
        "pretrain.optimizer.learning_rate",
        "sst.optimizer.learning_rate",
        "d_model",
        "optimizer.name",
    ]


def test_short_keys_are_completed_and_others_left() -> None:
    assert complete_key("vocab_size") == "tokenizer.vocab_size"
    assert complete_key("seed") == "pretrain.seed"
    assert complete_key("name") == "name"
    assert complete_key("no_such_key") == "no_such_key"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["steps=10"], "nothing is varied"),
        (["depth=1,2", "model.depth=3"], "given twice"),
        (["model.depth=3", "depth=1,2"], "given twice"),
        (["depth=1,,2"], "is empty"),
        (["depth=1,1"], "twice"),
        (["learning_rate=1e-2..1e-4"], "is no range"),
        (["learning_rate=1e-4..1e-2:1"], "is no range"),
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_words(words)


def test_a_grid_without_end_is_refused() -> None:
    axes = [Axis(name, tuple(map(str, range(20)))) for name in "abc"]
    with pytest.raises(ConfigError, match="8,000 combinations"):
        grid(axes)
