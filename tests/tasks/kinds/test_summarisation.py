"""Texts with one summary or several."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from yanmo.core.errors import DataError
from yanmo.tasks.example import PairExample
from yanmo.tasks.kinds.summarisation import SummarisationConfig
from yanmo.tasks.task import Task


def task_of(base_dir: Path, **settings: Any) -> Task:
    config = SummarisationConfig.model_validate({"kind": "summarisation", **settings})
    return config.open("t", base_dir)


def test_own_rows_have_one_summary_or_several(tmp_path: Path) -> None:
    rows = [{"body": "长文", "short": "短"}, {"body": "Long", "short": ["s", "t"]}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    task = task_of(tmp_path, train="a.jsonl", text_column="body", summary_column="short")
    assert list(task.examples("train")) == [
        PairExample("a.jsonl:1", "长文", ("短",)),
        PairExample("a.jsonl:2", "Long", ("s", "t")),
    ]


@pytest.mark.parametrize("short", [[], "", [""], 7, None])
def test_a_row_without_a_summary_is_named(tmp_path: Path, short: Any) -> None:
    rows = [{"text": "Long", "summary": "s"}, {"text": "Long", "summary": short}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.jsonl, row 2"):
        task_of(tmp_path, train="a.jsonl").examples("train")


@pytest.mark.parametrize("line", ["{'fname': 'b', 'dialogue'", "['a']", "__import__('os')"])
def test_a_line_of_dialogsum_that_is_no_dictionary_is_named(tmp_path: Path, line: str) -> None:
    with zipfile.ZipFile(tmp_path / "DialogSum_Data.zip", "w") as archive:
        content = "{'fname': 'a', 'dialogue': 'Hi', 'summary': 'S'}\n" + line
        archive.writestr("DialogSum_Data/dialogsum.train.jsonl", content)
    with pytest.raises(DataError, match=r"train\.jsonl, row 2"):
        task_of(tmp_path, dataset="dialogsum", folder=".").examples("train")


def test_dialogsum_is_read_to_the_last_talk(shared_data: Path) -> None:
    folder = str(shared_data / "summarisation" / "dialogsum")
    task = task_of(Path(), dataset="dialogsum", folder=folder)
    counts = {split: len(task.examples(split)) for split in task.splits}
    assert counts == {"train": 12_460, "validation": 500, "test": 500}
    assert {len(pair.targets) for pair in task.examples("test")} == {3}
    assert {len(pair.targets) for pair in task.examples("train")} == {1}
    assert task.examples("test")[0].source.startswith("#Person1#: Ms. Dawson, I need you")


def test_titles_of_chinese_papers_are_read(shared_data: Path) -> None:
    folder = str(shared_data / "summarisation" / "csl-titles-zh")
    task = task_of(Path(), dataset="csl_titles_zh", folder=folder)
    examples = [example for split in task.splits for example in task.examples(split)]
    assert len(examples) == 1_000 and task.language == "zh"
    (first,) = [example for example in examples if example.id == "dev.tsv:1"]
    assert first.targets == ("一种基于平方和优化的飞行器大角度机动镇定控制器设计方法",)
