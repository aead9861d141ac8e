"""The matrix of training domains by test sets, in one language and across two."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tests.evaluation.real_classifiers import real_classifier

from yanmo.evaluation.generalisation import (
    TestSet,
    TrainedPredictor,
    format_generalisation,
    measure_generalisation,
)
from yanmo.evaluation.task_report import GeneralisationCell
from yanmo.tasks.metrics.mean import accuracy


def right_in(share: float) -> TrainedPredictor:
    """A model that is right about this share of items, the same ones every time."""

    def predict(inputs: Sequence[int]) -> list[str]:
        rng = np.random.default_rng(int(1000 * share))
        return ["x" if right else "y" for right in rng.random(len(inputs)) < share]

    return TrainedPredictor(predict)


def test_every_model_meets_every_test_set_and_is_held_against_the_native_one() -> None:
    models = {
        "films": TrainedPredictor(right_in(0.95).predict, home="films"),
        "hotels": TrainedPredictor(right_in(0.6).predict, home="hotels"),
        "none": right_in(0.3),
    }
    sets = {name: TestSet(range(400), ["x"] * 400) for name in ("films", "hotels", "books")}
    matrix = measure_generalisation(models, sets, accuracy(), num_draws=300)
    cells = {(cell.model, cell.test_set): cell for cell in matrix.cells}
    assert len(cells) == 9 and matrix.models == ("films", "hotels", "none")
    assert [key for key, cell in cells.items() if cell.is_home] == [
        ("films", "films"),
        ("hotels", "hotels"),
    ]
    film_figure = cells["films", "films"].figure
    assert film_figure.value is not None and abs(film_figure.value - 0.95) < 0.03
    assert film_figure.interval is not None
    assert cells["films", "films"].against_home is None
    assert _verdict(cells["hotels", "films"]) == "worse"
    assert _verdict(cells["films", "hotels"]) == "better"
    assert cells["none", "books"].against_home is None, "nobody is at home there"


def _verdict(cell: GeneralisationCell) -> str | None:
    return cell.against_home.verdict if cell.against_home else None


def test_the_table_lines_up_in_both_scripts() -> None:
    models = {"影评": TrainedPredictor(right_in(0.9).predict, home="电影"), "m": right_in(0.5)}
    sets = {"电影": TestSet(range(50), ["x"] * 50), "hotel": TestSet(range(50), ["x"] * 50)}
    text = format_generalisation(measure_generalisation(models, sets, accuracy(), num_draws=50))
    lines = text.splitlines()
    assert "accuracy" in lines[0] and lines[3].startswith("影评") and "*" in lines[3]
    assert "*" not in lines[4] and lines[-1].startswith("*")


def test_a_classifier_of_one_language_is_lost_in_the_other(shared_data: Path) -> None:
    english, chinese = (real_classifier(shared_data, name) for name in ("en", "zh"))  # type: ignore[arg-type]
    matrix = measure_generalisation(
        {
            "SST": TrainedPredictor(english.predict, home="SST"),
            "ChnSentiCorp": TrainedPredictor(chinese.predict, home="ChnSentiCorp"),
        },
        {
            "SST": TestSet(english.texts, english.gold),
            "ChnSentiCorp": TestSet(chinese.texts, chinese.gold),
        },
        accuracy(),
        num_draws=500,
    )
    for cell in matrix.cells:
        assert cell.figure.value is not None
        if cell.is_home:
            assert cell.figure.value > 0.7
        else:
            assert cell.figure.value < 0.65 and _verdict(cell) == "worse"
