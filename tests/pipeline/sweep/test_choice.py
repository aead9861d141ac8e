"""The best and the smallest are those that the rules name."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from yanmo.core.errors import ConfigError
from yanmo.pipeline.sweep.axes import Axis, Settings
from yanmo.pipeline.sweep.choice import choose
from yanmo.pipeline.sweep.outcome import Outcome, choose_figure
from yanmo.pipeline.sweep.report import borders


def outcome(figures: Mapping[str, float], num_params: int, tokens: int = 100) -> Outcome:
    return Outcome(figures, num_params, num_params, tokens, 10, 1.0, {})


def of(
    values: Mapping[str, tuple[float, int]], by: str = "bits_per_byte"
) -> dict[str, tuple[Settings, Outcome]]:
    return {
        name: ((("model.d_model", name),), outcome({by: figure}, size))
        for name, (figure, size) in values.items()
    }


def test_the_lowest_loss_and_the_highest_metric_are_best() -> None:
    values = {"a": (2.0, 10), "b": (3.0, 10)}
    assert choose(of(values), "bits_per_byte").best.trials == ("a",)
    assert choose(of(values, "accuracy"), "accuracy").best.trials == ("b",)


def test_the_smallest_within_the_tolerance_is_picked_and_none_beyond_it() -> None:
    choice = choose(of({"32": (2.5, 1), "64": (2.015, 4), "128": (2.0, 16)}), "bits_per_byte")
    assert choice.best.trials == ("128",)
    assert choice.smallest.trials == ("64",)
    assert choice.limit == pytest.approx(2.02)
    narrow = choose(of({"64": (2.015, 4), "128": (2.0, 16)}), "bits_per_byte", tolerance_frac=0.005)
    assert narrow.smallest is narrow.best
    higher = choose(of({"64": (0.795, 4), "128": (0.8, 16)}, "accuracy"), "accuracy")
    assert higher.smallest.trials == ("64",)
    assert higher.limit == pytest.approx(0.792)


def test_with_seeds_the_rule_is_one_standard_error() -> None:
    figures = {("64", "0"): 2.0, ("64", "1"): 2.2, ("128", "0"): 1.9, ("128", "1"): 2.1}
    tried = {
        f"{width}-{seed}": (
            (("model.d_model", width), ("pretrain.seed", seed)),
            outcome({"bits_per_byte": figure}, int(width)),
        )
        for (width, seed), figure in figures.items()
    }
    choice = choose(tried, "bits_per_byte", expected=2, replicate_keys=frozenset({"pretrain.seed"}))
    assert choice.rule == "standard_error"
    assert choice.best.trials == ("128-0", "128-1")
    assert choice.best.figure == pytest.approx(2.0)
    # The standard deviation of 1.9 and 2.1 is 0.1414; over the root of two that is 0.1.
    assert choice.best.standard_error == pytest.approx(0.1)
    assert choice.smallest.settings == (("model.d_model", "64"),)


def test_a_combination_that_failed_with_a_seed_is_not_picked() -> None:
    tried = {
        name: (
            (("model.d_model", name[0]), ("pretrain.seed", name[1])),
            outcome({"bits_per_byte": figure}, 1),
        )
        for name, figure in {"a0": 1.0, "b0": 2.0, "b1": 2.0}.items()
    }
    keys = frozenset({"pretrain.seed"})
    choice = choose(tried, "bits_per_byte", expected=2, replicate_keys=keys)
    assert choice.best.trials == ("b0", "b1")
    assert len(choice.entries) == 2


def test_tokens_decide_among_equal_sizes_only_where_lengths_are_varied() -> None:
    tried = {
        name: ((("pretrain.steps", name),), outcome({"bits_per_byte": figure}, 5, tokens))
        for name, figure, tokens in (("100", 2.01, 100), ("200", 2.0, 200))
    }
    assert choose(tried, "bits_per_byte").smallest.trials == ("200",)
    assert choose(tried, "bits_per_byte", counts_tokens=True).smallest.trials == ("100",)


def test_a_best_value_at_the_border_is_told_and_one_inside_is_not() -> None:
    axes = [Axis("model.d_model", ("32", "64", "128"))]
    at = choose(of({"32": (3.0, 1), "64": (2.5, 4), "128": (2.0, 16)}), "bits_per_byte")
    assert [border["side"] for border in borders(axes, at.best)] == ["greatest"]
    inside = choose(of({"32": (3.0, 1), "64": (2.0, 4), "128": (2.5, 16)}), "bits_per_byte")
    assert borders(axes, inside.best) == []
    assert borders([Axis("model.d_model", ("32", "128"))], at.best) == []


def test_the_figure_is_the_first_that_all_trials_have() -> None:
    both = outcome({"bits_per_byte": 2.0, "validation_loss": 3.0}, 1)
    one = outcome({"validation_loss": 3.0}, 1)
    assert choose_figure(None, [both, both]) == "bits_per_byte"
    assert choose_figure(None, [both, one]) == "validation_loss"
    with pytest.raises(ConfigError, match="bits_per_byt"):
        choose_figure("bits_per_byt", [both])
