"""How a model trained on one domain does on the others: a matrix of models by test sets.

In come predictors, each with the domain it was trained on, and test sets, each with its gold; out
comes one metric of every pair with intervals, and whether each model is behind the one that is at
home on a test set. A domain may be a topic, a style or a language: a classifier trained on English
and tested on Chinese is the same matrix. Knows no model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanmo.core.messages import t
from yanmo.evaluation.report_parts import comparison_of, figure_on
from yanmo.evaluation.results_table import aligned
from yanmo.evaluation.significance import NUM_DRAWS, compare
from yanmo.evaluation.task_report import Comparison, Figure, Generalisation, GeneralisationCell
from yanmo.tasks.metrics.metric import Metric


@dataclass(frozen=True)
class TrainedPredictor:
    """A model.

    Args:
        predict: inputs to as many predictions, in the form that the metric reads.
        home: the test set of the domain that it was trained on; None where there is none.
    """

    predict: Callable[[Sequence[Any]], Sequence[Any]]
    home: str | None = None


@dataclass(frozen=True)
class TestSet:
    """Items of one domain: what the models read, and what is right."""

    __test__ = False  # no test of ours, whatever pytest thinks of the name

    inputs: Sequence[Any]
    gold: Sequence[Any]


def measure_generalisation(
    models: Mapping[str, TrainedPredictor],
    test_sets: Mapping[str, TestSet],
    metric: Metric,
    *,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
) -> Generalisation:
    """Every model on every test set.

    Args:
        models: by name, at least one.
        test_sets: by name, none empty.
        metric: what is measured everywhere.
        num_draws, seed: of the bootstrap.
    """
    unknown = {m.home for m in models.values()} - {None, *test_sets}
    assert not unknown, f"no test set is called {unknown}"
    cells = []
    for test_name, test in test_sets.items():
        numbers = {
            name: metric.items(test.gold, model.predict(test.inputs))
            for name, model in models.items()
        }
        native = next((name for name, model in models.items() if model.home == test_name), None)
        for name, model in models.items():
            cells.append(
                GeneralisationCell(
                    model=name,
                    test_set=test_name,
                    is_home=model.home == test_name,
                    figure=figure_on(metric, numbers[name], num_draws=num_draws, seed=seed),
                    against_home=_against(
                        metric, numbers, name, native, num_draws=num_draws, seed=seed
                    ),
                )
            )
    return Generalisation(metric.name, tuple(models), tuple(test_sets), tuple(cells))


def format_generalisation(matrix: Generalisation) -> str:
    """The matrix as a table for the terminal, without a line break at the end.

    Models are rows and test sets are columns; a star marks a model at home.
    """
    cells = {(cell.model, cell.test_set): cell for cell in matrix.cells}
    header = [t("trained on"), *matrix.test_sets]
    rows = [
        [model, *(_written(cells.get((model, name))) for name in matrix.test_sets)]
        for model in matrix.models
    ]
    title = t("{metric} by training domain and test set", metric=matrix.metric)
    lines = [title, "", *aligned([header, *rows])]
    if any(cell.is_home for cell in matrix.cells):
        lines += ["", t("* a test set of the domain that the model was trained on")]
    return "\n".join(lines)


def _against(
    metric: Metric,
    numbers: Mapping[str, NDArray[np.float64]],
    name: str,
    native: str | None,
    *,
    num_draws: int,
    seed: int,
) -> Comparison | None:
    """A model against the one that is at home on the test set, where that is another one."""
    if native is None or native == name:
        return None
    verdict = compare(metric, numbers[name], numbers[native], num_draws=num_draws, seed=seed)
    return comparison_of(verdict, name, native)


def _written(cell: GeneralisationCell | None) -> str:
    if cell is None or cell.figure.value is None:
        return "-"
    return _figure_text(cell.figure) + ("*" if cell.is_home else " ")


def _figure_text(figure: Figure) -> str:
    value = f"{figure.value:.4f}"
    if figure.interval is None:
        return value
    return f"{value} [{figure.interval[0]:.4f}, {figure.interval[1]:.4f}]"
