"""Where one class is rare, weights and repetition find it; without them it is hardly ever said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.pipeline.finetune.small_tasks import recipe_of, run_quietly

from yanmo.evaluation.task_report import read_task_report
from yanmo.tasks.build import open_task
from yanmo.tasks.kinds.classification import ClassificationConfig

NUM_FREQUENT, NUM_RARE, NUM_TEST = 1000, 150, 300


def imbalanced_reviews(folder: Path, shared_data: Path) -> dict[str, Any]:
    """Hotel reviews in Chinese: many good ones for each bad one to learn from and to choose by,
    as many of both to measure on."""
    config = ClassificationConfig(
        kind="classification",
        dataset="chnsenticorp",
        folder=str(shared_data / "classification/chnsenticorp"),
    )
    task = open_task("reviews", config)
    frequent, rare = task.labels[-1], task.labels[0]
    by_label = {
        label: [one for one in task.examples("train") if one.label == label]
        for label in (frequent, rare)
    }
    common, scarce = by_label[frequent], by_label[rare]
    parts = {
        "train": common[:NUM_FREQUENT] + scarce[:NUM_RARE],
        "validation": common[NUM_FREQUENT : NUM_FREQUENT + 100] + scarce[NUM_RARE : NUM_RARE + 10],
        "test": common[-NUM_TEST // 2 :] + scarce[-NUM_TEST // 2 :],
    }
    for split, examples in parts.items():
        rows = [json.dumps({"text": one.text, "label": one.label}) for one in examples]
        (folder / f"{split}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return {"kind": "classification", **{split: str(folder / f"{split}.jsonl") for split in parts}}


@pytest.mark.slow
def test_weights_and_repetition_raise_macro_f1(tmp_path: Path, shared_data: Path) -> None:
    tasks = {"reviews": imbalanced_reviews(tmp_path, shared_data)}
    common: dict[str, Any] = {
        "task": "reviews",
        "init_from": "scratch",
        "scratch": {"family": "text_cnn", "d_model": 64, "num_filters": 32, "dropout": 0.2},
        "epochs": 5.0,
        "batch_rows": 32,
        "length": {"max_tokens": 48},
        "early_stopping": None,
        "num_validations": 1,
        "evaluate": {"has_baselines": False, "has_contamination": False},
    }
    variants = {
        "plain": {},
        "weighted": {"class_weights": "balanced"},
        "repeated": {"resample": "balanced"},
    }
    sections = {name: {**common, **own} for name, own in variants.items()}
    recipe = recipe_of(tasks, sections, tokenizer={"vocab_size": 2000})
    run_quietly(recipe, tmp_path / "run")
    macro = {}
    for name in variants:
        report = read_task_report(tmp_path / f"run/finetune/{name}/evaluate/report.json")
        figures = {figure.metric: figure.value for figure in report.scores[0].figures}
        macro[name] = figures["f1_macro"] or 0.0
    print(macro)
    assert macro["weighted"] > macro["plain"] + 0.05
    assert macro["repeated"] > macro["plain"] + 0.05
