"""The worked examples against the same computed with plain Python, and in both languages."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from yanmo.pipeline.worked_examples import NAMES
from yanmo.pipeline.worked_examples.catalogue import EXAMPLES
from yanmo.pipeline.worked_examples.example import format_example, format_number

Matrix = list[list[float]]


def values(name: str) -> dict[str, Any]:
    """Symbol to numbers; of a symbol that stands in several steps, the last."""
    return {
        symbol: found for step in EXAMPLES[name]().steps for symbol, found in step.values.items()
    }


def values_in_order(name: str, symbol: str) -> list[Any]:
    return [step.values[symbol] for step in EXAMPLES[name]().steps if symbol in step.values]


def product(a: Matrix, b: Matrix) -> Matrix:
    columns = list(zip(*b, strict=True))
    return [[sum(map(float.__mul__, row, column)) for column in columns] for row in a]


def softmax(row: list[float]) -> list[float]:
    powers = [math.exp(x) for x in row]
    return [power / sum(powers) for power in powers]


def flat(numbers: Any) -> list[float]:
    return [numbers] if isinstance(numbers, float) else [x for part in numbers for x in flat(part)]


def close(found: Any, expected: Any, tolerance: float = 1e-12) -> bool:
    pairs = zip(flat(found), flat(expected), strict=True)
    return all(abs(x - y) <= tolerance for x, y in pairs)


def test_the_names_are_those_of_the_examples() -> None:
    assert tuple(EXAMPLES) == NAMES


def test_a_row_of_the_table_is_the_one_hot_vector_times_the_table() -> None:
    found = values("embedding")
    assert close(found["xW"], [0.3, 0.4])
    assert close(found["row"], [0.3, 0.4])


def test_the_softmax_does_not_change_when_a_thousand_is_added() -> None:
    first, second = values_in_order("softmax", "p")
    assert close(first, softmax([3.0, 0.0, 6.0, 0.0, 3.0]))
    assert close(first, second)


def test_five_tokens_attend_to_each_other_as_the_definition_says() -> None:
    found = values("attention")
    projected = product(found["X"], found["W"])
    assert found["Q"] == projected
    products = product(projected, [list(column) for column in zip(*projected, strict=True)])
    assert found["QK"] == products
    assert [len(row) for row in products] == [5] * 5
    weights = [softmax([x / math.sqrt(5) for x in row]) for row in products]
    assert close(found["A"], weights)
    assert close([sum(row) for row in found["A"]], [1.0] * 5)
    assert close(found["C"], product(weights, projected))


def test_each_head_attends_over_all_tokens_in_its_part_of_the_width() -> None:
    found = values("heads")
    halves = []
    for head, (begin, end) in enumerate([(0, 2), (2, 4)], start=1):
        part = [row[begin:end] for row in found["X"]]
        scores = product(part, [list(column) for column in zip(*part, strict=True)])
        weights = [softmax([x / math.sqrt(2) for x in row]) for row in scores]
        assert close(found[f"A{head}"], weights)
        halves.append(product(weights, part))
    assert close(found["C"], [a + b for a, b in zip(*halves, strict=True)])


def test_positions_are_sines_and_cosines_in_turn() -> None:
    found = values("positions")
    for p, row in enumerate(found["PE"]):
        angles = p, p / 100
        assert close(row, [f(angle) for angle in angles for f in (math.sin, math.cos)])
    assert close(found["products"], [math.cos(1) + math.cos(0.01)] * 3)


def test_the_block_adds_what_each_branch_finds() -> None:
    found = values("block")
    normed = [(x - 2.5) / math.sqrt(1.25) for x in (1.0, 2.0, 3.0, 4.0)]
    assert close(found["LN"], normed)
    middle = [x + y for x, y in zip((1.0, 2.0, 3.0, 4.0), normed, strict=True)]
    mean = sum(middle) / 4
    deviation = math.sqrt(sum((x - mean) ** 2 for x in middle) / 4)
    again = [max((x - mean) / deviation, 0.0) for x in middle]
    assert close(found["x2"], [x + y for x, y in zip(middle, again, strict=True)])
    assert not close(found["x2"], found["wrong"], 0.1)


def test_the_feed_forward_layer_keeps_its_biases() -> None:
    found = values("feed_forward")
    expected = [sum(max(x + 1, 0.0) for x in row) + 1 for row in found["X"]]
    assert close(found["FFN"], [[x, x] for x in expected])
    assert expected[0] == 3.0  # 2 where b1 is forgotten


def test_one_step_against_the_slope_lowers_the_loss() -> None:
    found = values("network")
    first, second = values_in_order("network", "loss")
    assert close(first, math.log(1 + math.exp(0.22 - 0.49)))
    assert [len(row) for row in found["dW_k"]] == [3, 3]
    step = 1e-6
    for row in range(2):
        for column in range(3):
            scores = [0.22, 0.49]
            scores[row] += step * [0.1, 0.3, 0.5][column]
            slope = (-math.log(softmax(scores)[1]) - first) / step
            assert abs(found["dW_k"][row][column] - slope) < 1e-5
    assert second < first


def test_the_cross_entropy_of_two_classes_is_positive_either_way() -> None:
    found = values("cross_entropy")
    assert close(found["h"], [0.67, 0.99])
    assert close(found["z"], [1.361, 1.793])
    losses = values_in_order("cross_entropy", "loss")
    assert close(losses, [-math.log(p) for p in softmax([1.361, 1.793])])
    assert [round(loss, 3) for loss in losses] == [0.932, 0.5]
    assert round(found["terms"], 3) == 0.898


def test_a_first_loss_is_the_logarithm_of_the_number_of_choices() -> None:
    found = values("first_loss")
    assert close(found["loss"], [math.log(size) for size in found["V"]])
    assert round(found["loss"][1], 4) == 2.3026
    assert close(found["ppl"], [math.exp(loss) for loss in found["loss"]], 1e-8)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_page_shows_every_number_to_four_places(
    name: str, language: str, speak: Callable[[str], None]
) -> None:
    speak(language)
    page = format_example(name, EXAMPLES[name]())
    for number in flat(list(values(name).values())):
        assert format_number(number) in page.split()
    is_chinese = any("\u4e00" <= character <= "\u9fff" for character in page)
    assert is_chinese == (language == "zh")


@pytest.mark.parametrize(
    ("number", "text"), [(3.0, "3"), (0.0, "0"), (0.5, "0.5000"), (-1.34164, "-1.3416")]
)
def test_whole_numbers_are_shown_without_places(number: float, text: str) -> None:
    assert format_number(number) == text
