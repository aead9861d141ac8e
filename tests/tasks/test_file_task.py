"""A task of files: which splits there are, what is cut off train, and what a limit takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from yanmo.core.errors import ConfigError
from yanmo.tasks.build import open_task
from yanmo.tasks.config import TaskConfig
from yanmo.tasks.task import Task

Open = Callable[..., Task]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Opens a classification of 200 rows, of which 40 texts stand twice."""
    rows = "".join(f"text {i % 160},{'ab'[i % 2]}\n" for i in range(200))
    (tmp_path / "rows.csv").write_text("text,label\n" + rows, encoding="utf-8")

    def open_with(**fields: Any) -> Task:
        section = {"kind": "classification", "train": "rows.csv", **fields}
        config: TaskConfig = TypeAdapter(TaskConfig).validate_python(section)
        return open_task("mine", config, tmp_path)

    return open_with


def ids(task: Task, split: Any) -> list[str]:
    return [example.id for example in task.examples(split)]


def test_opening_reads_nothing(opened: Open) -> None:
    task = opened(test="missing.csv")
    assert task.splits == ("train", "test")
    assert len(task.examples("train")) == 200


def test_cuts_share_out_the_rows_and_keep_equal_texts_together(opened: Open) -> None:
    task = opened(validation_frac=0.1, test_frac=0.2)
    assert task.splits == ("train", "validation", "test")
    parts = {split: task.examples(split) for split in task.splits}
    assert sorted(ids(opened(), "train")) == sorted(e.id for p in parts.values() for e in p)
    assert 20 <= len(parts["validation"]) <= 21
    assert 40 <= len(parts["test"]) <= 41
    texts = [{example.text for example in part} for part in parts.values()]
    assert not texts[0] & texts[1] | texts[0] & texts[2] | texts[1] & texts[2]


def test_a_cut_keeps_the_order_of_the_file(opened: Open) -> None:
    numbers = [int(name.split(":")[1]) for name in ids(opened(test_frac=0.5), "train")]
    assert numbers == sorted(numbers)
    assert len(numbers) == 100


def test_the_seed_alone_decides_what_is_cut(opened: Open) -> None:
    assert ids(opened(test_frac=0.3), "test") == ids(opened(test_frac=0.3), "test")
    other = opened(test_frac=0.3, split_seed=1)
    assert ids(opened(test_frac=0.3), "test") != ids(other, "test")


def test_a_limit_takes_an_even_sample_of_one_split(opened: Open) -> None:
    task = opened(test="rows.csv", max_examples={"train": 50})
    numbers = [int(name.split(":")[1]) for name in ids(task, "train")]
    assert len(numbers) == 50
    assert numbers == sorted(numbers)
    assert 10 <= sum(number <= 101 for number in numbers) <= 40
    assert len(task.examples("test")) == 200
    assert task.labels == ("a", "b")


def test_several_files_make_one_split(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "more.jsonl").write_text('{"text": "x", "label": "c"}\n', encoding="utf-8")
    task = opened(train=["rows.csv", "more.jsonl"])
    assert len(task.examples("train")) == 201
    assert task.labels == ("a", "b", "c")
    assert task.files("train") == (str(tmp_path / "rows.csv"), str(tmp_path / "more.jsonl"))


def test_a_split_that_is_cut_off_is_fingerprinted_by_the_file_of_train(opened: Open) -> None:
    task = opened(validation_frac=0.1)
    assert task.files("validation") == task.files("train") != ()


def test_a_split_that_is_not_there_is_refused(opened: Open) -> None:
    with pytest.raises(ConfigError, match=r"no split 'test'[^\0]*set test_frac"):
        opened().examples("test")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"train": None}, "a task needs a dataset, or files"),
        ({"dataset": "sst", "folder": "x"}, 'train has no effect beside dataset = "sst"'),
        ({"dataset": "sst", "train": None}, "needs the folder where it lies"),
        (
            {"dataset": "sst", "train": None, "folder": "x", "label_column": "y"},
            "label_column has no effect beside dataset",
        ),
        ({"test": "rows.csv", "test_frac": 0.1}, "test_frac has no effect beside a file"),
        ({"test_frac": 0.5, "validation_frac": 0.5}, "leave nothing to learn from"),
        ({"dataset": "python_docs", "train": None, "folder": "x"}, "folder has no effect"),
        ({"labels": ["only"]}, "at least 2 items"),
    ],
)
def test_settings_without_effect_are_refused(
    opened: Open, fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        opened(**fields)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"dataset": "sst", "folder": "x", "train": None, "test_frac": 0.1}, "there is a file"),
        ({"train": None, "test": "rows.csv", "validation_frac": 0.1}, "no file to learn from"),
    ],
)
def test_cuts_without_effect_are_refused(opened: Open, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        opened(**fields)
