"""Whether changed copies of few training texts help: with and without.

    python bench/augmentation_few_examples.py DATA OUT [--examples 16] [--draws 5] [--language en]

Comes in: the folder of the published data sets. Goes out, on the screen and in OUT: the accuracy on
the test split over draws of so many examples of each class, tuned with changed copies of them and
without, with 95% intervals; and the difference draw by draw, with its own.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from yanmo.core.console import Console
from yanmo.evaluation.draws import mean_of
from yanmo.evaluation.task_report import read_task_report
from yanmo.pipeline.life import run
from yanmo.pipeline.recipe import Recipe

TASKS: dict[str, dict[str, Any]] = {
    "en": {"dataset": "sst", "folder": "classification/sst"},
    "zh": {"dataset": "chnsenticorp", "folder": "classification/chnsenticorp"},
}
OPERATORS = {
    "en": ["delete_words", "swap_words"],
    "zh": ["delete_characters", "swap_characters", "similar_characters"],
}


def recipe_for(data: Path, language: str, examples: int, draws: int) -> Recipe:
    """Two tunings on the same draws, one of which reads changed copies."""
    task = {
        "kind": "classification",
        **TASKS[language],
        "folder": str(data / TASKS[language]["folder"]),
        "max_examples": {"validation": 200},
    }
    common = {
        "task": "reviews",
        "init_from": "scratch",
        "scratch": {"family": "text_cnn", "d_model": 64, "num_filters": 48},
        "few_shot": {"examples_per_class": examples, "num_draws": draws},
        "epochs": 40.0,
        "batch_rows": 16,
        "length": {"max_tokens": 96},
        "optimizer": {"name": "adamw", "learning_rate": 2e-3},
        "early_stopping": None,
        "num_validations": 1,
        "evaluate": {"has_baselines": False, "has_contamination": False},
    }
    augment = {"operators": OPERATORS[language], "strength": 0.15, "num_copies": 3}
    return Recipe.model_validate(
        {
            "name": f"augmentation_{language}",
            "tokenizer": {"vocab_size": 3000},
            "tasks": {"reviews": task},
            "finetune": {"without": common, "with": {**common, "augment": augment}},
        }
    )


def main() -> None:
    """Tune, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--examples", type=int, default=16)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--language", choices=sorted(TASKS), default="en")
    asked = parser.parse_args()
    recipe = recipe_for(asked.data, asked.language, asked.examples, asked.draws)
    run(recipe, out=asked.out, console=Console(is_quiet=True))
    values: dict[str, tuple[float, ...]] = {}
    for name in ("without", "with"):
        report = read_task_report(asked.out / f"finetune/{name}/evaluate/report.json")
        assert report.draws is not None, "the section has draws"
        figure = report.draws.figures[0]
        values[name] = figure.values
        print(f"{name:8s} {figure.metric} {_told(figure.values)}  {figure.values}")
    differences = [a - b for a, b in zip(values["with"], values["without"], strict=True)]
    print(f"with - without {_told(differences)}")


def _told(values: Any) -> str:
    mean, interval = mean_of(values)
    low, high = interval or (mean, mean)
    return f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]"


if __name__ == "__main__":
    main()
