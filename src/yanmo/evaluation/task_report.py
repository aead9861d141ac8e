"""What is known of a model on one split of a task: the format of `finetune/TASK/evaluate/`.

The directory holds `report.json`, one `TaskReport`, and `items.parquet`, one `ItemRow` for each
example. Both are written and read here, so that the two sides cannot drift apart. Only the parts
that were measured are there; the others are None or empty. Texts in a report are data and names,
never sentences, so that whoever shows it chooses the language. Knows no metric and no model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from yanmo.core.errors import DataError
from yanmo.core.files import write_json
from yanmo.core.messages import t
from yanmo.evaluation.draws import DrawnFigure

REPORT_NAME = "report.json"
ITEMS_NAME = "items.parquet"
FORMAT_VERSION = 1

Interval = tuple[float, float]
"""The lower and the upper end of a 95% interval."""


@dataclass(frozen=True)
class Figure:
    """One metric on some items.

    Args:
        metric: its name, such as `f1_macro`.
        value: the figure in the metric's own unit; None where these items have none.
        interval: 95% interval over items, and over draws of examples where `value` is a mean over
            several; None where there are too few items.
        num_items: how many items it rests on.
        signature: what the figure depends on: tokeniser, averaging, zero division.
        is_higher_better: whether more is better.
    """

    metric: str
    value: float | None
    interval: Interval | None
    num_items: int
    signature: str = ""
    is_higher_better: bool = True


@dataclass(frozen=True)
class PredictorScores:
    """The figures of the model or of a baseline; the first figure is the metric of the task.

    Args:
        name: such as `model`, `majority class`, `TF-IDF + logistic regression`.
        kind: whether this is what was tuned or what it is compared with.
        figures: one for each metric, the same metrics in the same order for everyone.
    """

    name: str
    kind: Literal["model", "baseline"]
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Comparison:
    """The model against one other predictor on the same items.

    Args:
        metric: what is compared.
        model, other: names out of `scores`.
        difference: the model's figure minus the other's.
        interval: 95% interval of the difference, by paired bootstrap.
        p_value: two-sided; None where the test gives none.
        test: such as `paired bootstrap` or `McNemar`.
        verdict: `better` and `worse` from the model's side; `no difference` where the test cannot
            tell the two apart.
    """

    metric: str
    model: str
    other: str
    difference: float
    interval: Interval | None
    p_value: float | None
    test: str
    verdict: Literal["better", "worse", "no difference"]


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and F1 of one class or kind of entity; `support` counts its gold items."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Confusion:
    """Items by gold class (rows) and predicted class (columns)."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class CalibrationBin:
    """Predictions whose confidence lies in (low, high]: their mean confidence, and how many of
    them are right. Both are None in an empty bin."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Calibration:
    """Whether the model is right as often as it says.

    Args:
        expected_error: expected calibration error (Guo et al. 2017, equation 5), 0..1.
        interval: of it.
        bins: in rising order; together they cover 0..1.
    """

    expected_error: float
    interval: Interval | None
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True)
class RobustnessPoint:
    """The metric under one strength of a perturbation.

    Args:
        strength: asked for: the share of characters or words to be changed, 0..1.
        changed_frac: the share of texts that came out different.
        figure: the metric on the changed texts.
        drop_interval: 95% paired interval of (figure at strength 0) - (figure here).
    """

    strength: float
    changed_frac: float
    figure: Figure
    drop_interval: Interval | None


@dataclass(frozen=True)
class RobustnessCurve:
    """The metric from unchanged texts to much changed ones, by one perturbation."""

    perturbation: str
    points: tuple[RobustnessPoint, ...]


@dataclass(frozen=True)
class Flip:
    """A right prediction that a small edit turned wrong.

    Args:
        id: of the example.
        gold: what is right.
        before, after: predictions on the text as it is and as it was edited.
        text, edited: the two texts.
        num_edits: characters and words edited.
        num_queries: predictions asked for to find it.
    """

    id: str
    gold: str
    before: str
    after: str
    text: str
    edited: str
    num_edits: int
    num_queries: int


@dataclass(frozen=True)
class FlipSearch:
    """How easily right predictions turn wrong under a greedy search for the smallest edit.

    Args:
        num_attacked: items with a right prediction that were searched.
        num_flipped: those that a search turned wrong.
        max_edits: edits tried on one item.
        max_queries: predictions allowed for one item.
        num_queries: predictions asked for in all.
        flips: the flips with the fewest edits first.
    """

    num_attacked: int
    num_flipped: int
    max_edits: int
    max_queries: int
    num_queries: int
    flips: tuple[Flip, ...]


@dataclass(frozen=True)
class Robustness:
    """Curves on the first `num_items` items of a seeded draw, and the search for flips."""

    metric: str
    num_items: int
    curves: tuple[RobustnessCurve, ...]
    flip_search: FlipSearch | None = None


@dataclass(frozen=True)
class Contamination:
    """What of the test items stands in the training text, and the figures without those items.

    Args:
        corpus: what was searched, such as the name of the run.
        num_documents: texts searched.
        ngram_words, ngram_characters: what counts as a passage.
        max_found_frac: an item is dirty where more than this share of its passages was found.
        num_clean, num_dirty, num_unchecked: items; one that is too short for a passage is
            unchecked and counts among the clean ones in the figures.
        all, clean, dirty: figures of the model on these items.
        dirty_ids: ids of dirty items, the first thousand.
    """

    corpus: str
    num_documents: int
    ngram_words: int
    ngram_characters: int
    max_found_frac: float
    num_clean: int
    num_dirty: int
    num_unchecked: int
    all: tuple[Figure, ...]
    clean: tuple[Figure, ...]
    dirty: tuple[Figure, ...]
    dirty_ids: tuple[str, ...]


@dataclass(frozen=True)
class GeneralisationCell:
    """One model on one test set.

    Args:
        model, test_set: names.
        is_home: whether the model was trained on this domain.
        figure: the metric there.
        against_home: the model against the one that is at home there; None where there is none.
    """

    model: str
    test_set: str
    is_home: bool
    figure: Figure
    against_home: Comparison | None = None


@dataclass(frozen=True)
class Generalisation:
    """One metric of each model (trained on one domain) on each test set."""

    metric: str
    models: tuple[str, ...]
    test_sets: tuple[str, ...]
    cells: tuple[GeneralisationCell, ...]


@dataclass(frozen=True)
class Draws:
    """Models that were tuned on a few examples, others each time, on the items of this report.

    Args:
        examples_per_class: that each learned from; so many in all where there are no classes.
        chosen: the draw whose model the rest of the report is about, counted from 0; it was best
            on the validation split.
        figures: every metric over the draws, that of the task first.
    """

    examples_per_class: int
    chosen: int
    figures: tuple[DrawnFigure, ...]


@dataclass(frozen=True)
class TaskReport:
    """Everything that an evaluation of one model on one split found.

    Args:
        task: the task's name in the recipe.
        kind: what its examples are (`tasks.task.TaskKind`).
        language: of the text.
        split: which part was scored.
        num_items: its examples.
        model: what was scored: its folder in the run, or as the user named it.
        model_hash: of its manifest or weights; the openings of the test split go by it.
        trained_on: names of the training data; None where it is not known.
        num_truncated: texts that did not fit the model and were cut; None where nothing can be.
        num_tokens_cut: tokens that were cut off them.
        scores: the model and its baselines, the model first.
        comparisons: the model against each baseline, by the metric of the task.
        classes: of the model, in the order of the labels.
        num_openings: how often the test split had been opened when this was measured, this time
            counted (`openings`); None on other splits.
        draws: of a model that was tuned on a few examples, what other examples would have given.
    """

    task: str
    kind: str
    language: str
    split: Literal["train", "validation", "test"]
    num_items: int
    model: str
    model_hash: str
    scores: tuple[PredictorScores, ...]
    comparisons: tuple[Comparison, ...] = ()
    trained_on: str | None = None
    num_truncated: int | None = None
    num_tokens_cut: int | None = None
    classes: tuple[ClassScores, ...] = ()
    confusion: Confusion | None = None
    calibration: Calibration | None = None
    robustness: Robustness | None = None
    contamination: Contamination | None = None
    generalisation: Generalisation | None = None
    num_openings: int | None = None
    draws: Draws | None = None
    format_version: int = FORMAT_VERSION

    @property
    def main_figure(self) -> Figure | None:
        """The model's figure in the metric of the task."""
        figures = next((s.figures for s in self.scores if s.kind == "model"), ())
        return figures[0] if figures else None

    @property
    def best_baseline(self) -> PredictorScores | None:
        """The baseline that is best in the metric of the task, or None where there is none."""
        scored = [
            (figure.value, each)
            for each in self.scores
            if each.kind == "baseline"
            for figure in each.figures[:1]
            if figure.value is not None
        ]
        main = self.main_figure
        sign = 1 if main is None or main.is_higher_better else -1
        return max(scored, key=lambda pair: sign * pair[0], default=(0.0, None))[1]


@dataclass(frozen=True)
class ItemRow:
    """One example of the split and what the model made of it.

    Args:
        id: of the example.
        text: what the model saw, as one readable string.
        gold, predicted: as one readable string each; gold is None where it is not known.
        score: the item's own figure in the metric of the task; None where a single item has none.
        is_right: whether the prediction is right, or None where that is no matter of yes or no.
        confidence: the probability that the model gave its prediction; None where it gave none.
        is_dirty: whether the item was found in the training text; None where nobody looked.
    """

    id: str
    text: str
    gold: str | None
    predicted: str
    score: float | None = None
    is_right: bool | None = None
    confidence: float | None = None
    is_dirty: bool | None = None


def write_task_report(directory: Path, report: TaskReport) -> Path:
    """Write `directory`/report.json and return its path. Figures that are not finite become null.

    Raises:
        OSError: the file cannot be written.
    """
    path = directory / REPORT_NAME
    write_json(path, _without_nan(asdict(report)))
    return path


def read_task_report(path: Path) -> TaskReport:
    """The report in a `report.json`.

    Raises:
        DataError: the file cannot be read, or is no report of this version.
    """
    from pydantic import ValidationError

    try:
        report: TaskReport = _reader().validate_json(path.read_bytes())
    except OSError as error:
        raise DataError(
            t("the evaluation report cannot be read"),
            where=str(path),
            why=error.strerror or str(error),
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(
            t("this is no evaluation report of a task"),
            where=str(path),
            why=f"{place}: {first['msg']}" if place else first["msg"],
        ) from error
    if report.format_version > FORMAT_VERSION:
        raise DataError(
            t("this evaluation report was written by a later version of yanmo"),
            where=str(path),
            why=t(
                "its format is {found}; this version knows formats up to {known}",
                found=report.format_version,
                known=FORMAT_VERSION,
            ),
        )
    return report


def write_items(directory: Path, rows: Sequence[ItemRow]) -> Path:
    """Write `directory`/items.parquet and return its path.

    Raises:
        OSError: the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"score": pa.float64(), "confidence": pa.float64()}
    kinds |= {"is_right": pa.bool_(), "is_dirty": pa.bool_()}
    names = [field.name for field in fields(ItemRow)]
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in names])
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    path = directory / ITEMS_NAME
    pq.write_table(pa.table(columns, schema=schema), path)
    return path


def read_items(path: Path) -> list[ItemRow]:
    """The rows of an `items.parquet`, in the order of the split.

    Raises:
        DataError: the file cannot be read or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [field.name for field in fields(ItemRow)]
    try:
        rows = pq.read_table(path, columns=names).to_pylist()
        return [ItemRow(**row) for row in rows]
    except (pa.ArrowException, OSError, TypeError) as error:
        raise DataError(
            t("the scored items cannot be read"), where=str(path), why=str(error)
        ) from error


def worst_items(rows: Sequence[ItemRow], number: int) -> list[ItemRow]:
    """The first wrong items in the order of the split; where nothing is right or wrong, those with
    the lowest score."""
    if any(row.is_right is not None for row in rows):
        return [row for row in rows if row.is_right is False][:number]
    scored = [row for row in rows if row.score is not None]
    return sorted(scored, key=lambda row: row.score or 0.0)[:number]


@lru_cache(maxsize=1)
def _reader() -> Any:
    """What turns JSON into a `TaskReport` and names the field that is wrong."""
    from pydantic import TypeAdapter

    return TypeAdapter(TaskReport)


def _without_nan(value: Any) -> Any:
    """JSON values with None in the place of numbers that JSON does not have."""
    if isinstance(value, dict):
        return {name: _without_nan(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
