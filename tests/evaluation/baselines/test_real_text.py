"""Baselines and metrics on published data of both languages, where it is at hand."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from yanmo.evaluation.baselines.of_task import baseline_predictions
from yanmo.evaluation.report_parts import figures_report
from yanmo.tasks.build import open_task
from yanmo.tasks.config import TaskConfig
from yanmo.tasks.metrics.metric import measure
from yanmo.tasks.metrics.of_kind import gold_of, metrics_of
from yanmo.tasks.task import Task

pytestmark = pytest.mark.slow


def opened(shared_data: Path, kind: str, dataset: str, folder: str, **limits: int) -> Task:
    config: Any = TypeAdapter(TaskConfig).validate_python(
        {"kind": kind, "dataset": dataset, "folder": folder, "max_examples": limits}
    )
    return open_task(dataset, config, shared_data)


@pytest.mark.parametrize(
    ("dataset", "folder"), [("wnut17", "ner/wnut17"), ("resume_zh", "ner/resume-zh")]
)
def test_entity_f1_of_published_tags_equals_seqeval(
    shared_data: Path, dataset: str, folder: str
) -> None:
    seqeval = pytest.importorskip("seqeval.metrics", reason="seqeval is not installed")
    task = opened(shared_data, "entities", dataset, folder)
    examples = task.examples("test")
    gold = [gold_of(example) for example in examples]
    (said,) = baseline_predictions(task, examples).values()
    f1, precision, recall, macro = (
        measure(metric, gold, said) for metric in metrics_of("entities")
    )
    true, found = [list(tags) for tags in gold], [list(tags) for tags in said]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert f1 == pytest.approx(seqeval.f1_score(true, found))
        assert precision == pytest.approx(seqeval.precision_score(true, found))
        assert recall == pytest.approx(seqeval.recall_score(true, found))
        assert macro == pytest.approx(seqeval.f1_score(true, found, average="macro"))
    assert 0 < f1 < 0.6


def test_linear_baseline_is_a_strong_one_on_sst(shared_data: Path) -> None:
    # A fit that stops before its optimum gives 0.73 here, which would flatter every model.
    task = opened(shared_data, "classification", "sst", "classification/sst")
    examples = task.examples("test")
    said = baseline_predictions(task, examples)["TF-IDF + logistic regression"]
    report = figures_report(
        metrics_of("classification"), [gold_of(one) for one in examples], said, num_draws=200
    )
    accuracy = report["figures"][0]
    assert 0.80 < accuracy["value"] < 0.84
    assert accuracy["interval"][0] > 0.78


def test_word_by_word_beats_copying_in_both_directions(shared_data: Path) -> None:
    for dataset, folder in (
        ("multi30k_en_de", "translation/multi30k-en-de"),
        ("ted_en_zh", "translation/ted-en-zh"),
    ):
        task = opened(shared_data, "translation", dataset, folder, train=4000, test=200)
        examples = task.examples("test")
        gold = [gold_of(example) for example in examples]
        said = baseline_predictions(task, examples)
        for metric in metrics_of("translation", task.target_language):
            copied, translated = (
                measure(metric, gold, said[name]) for name in ("source copied", "word by word")
            )
            assert translated > 2 * copied


def test_rouge_of_chinese_titles_is_not_zero(shared_data: Path) -> None:
    task = opened(shared_data, "summarisation", "csl_titles_zh", "summarisation/csl-titles-zh")
    examples = task.examples("test")
    gold = [gold_of(example) for example in examples]
    for said in baseline_predictions(task, examples).values():
        for metric in metrics_of("summarisation", "zh")[:3]:
            assert 0.2 < measure(metric, gold, said) < 0.5
