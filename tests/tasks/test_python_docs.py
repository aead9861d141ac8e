"""Tasks from the docstrings of the running Python."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pydantic import TypeAdapter

from yanmo.core.errors import ConfigError
from yanmo.tasks.build import open_task
from yanmo.tasks.config import TaskConfig
from yanmo.tasks.python_docs import FAMILIES, docstrings
from yanmo.tasks.task import Split, Task

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def opened(kind: str, **fields: Any) -> Task:
    section = {"kind": kind, "dataset": "python_docs", **fields}
    config: TaskConfig = TypeAdapter(TaskConfig).validate_python(section)
    return open_task("docs", config)


def modules(task: Task, split: Split) -> set[str]:
    return {example.id.split(":")[0] for example in task.examples(split)}


@pytest.mark.parametrize("kind", ["classification", "summarisation"])
def test_no_module_and_no_text_stands_in_two_splits(kind: str) -> None:
    task = opened(kind)
    assert task.splits == SPLITS
    assert len({e.id for s in SPLITS for e in task.examples(s)}) == sum(
        len(task.examples(split)) for split in SPLITS
    )
    assert not modules(task, "train") & (modules(task, "validation") | modules(task, "test"))
    assert not modules(task, "validation") & modules(task, "test")
    shares = [len(task.examples(split)) for split in SPLITS]
    assert [round(10 * share / sum(shares)) for share in shares] == [7, 1, 2]


def test_families_are_many_and_none_is_much_larger_than_the_others() -> None:
    task = opened("classification")
    assert 6 <= len(task.labels) <= len(FAMILIES)
    for split in SPLITS:
        counts = Counter(example.label for example in task.examples(split))
        assert set(counts) == set(task.labels)
        assert max(counts.values()) <= 0.2 * sum(counts.values())


def test_a_summary_is_the_first_line_of_a_docstring() -> None:
    texts = {docstring.text for docstring in docstrings()}
    for pair in opened("summarisation").examples("test")[:50]:
        (first,) = pair.targets
        assert any(
            text.startswith(first) and pair.source.strip() in text
            for text in texts
            if text.startswith(first)
        )
        assert first not in pair.source.split("\n")[:1]


def test_no_module_belongs_to_two_families() -> None:
    listed = [module for family in FAMILIES.values() for module in family]
    assert len(set(listed)) == len(listed)


def test_splits_are_fixed_and_limits_hold() -> None:
    with pytest.raises(ConfigError, match="there is a file for test"):
        opened("classification", test_frac=0.5)
    task = opened("classification", max_examples={"test": 100})
    assert len(task.examples("test")) == 100
    assert len(task.files("test")) > 300
