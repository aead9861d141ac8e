"""Both sides of a translation are read side by side, and refused where they do not fit."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from yanmo.core.errors import DataError
from yanmo.tasks.example import PairExample
from yanmo.tasks.file_task import FileTask
from yanmo.tasks.kinds.translation import TranslationConfig
from yanmo.tasks.task import Task


def task_of(base_dir: Path, **settings: Any) -> Task:
    config = TranslationConfig.model_validate({"kind": "translation", **settings})
    return config.open("t", base_dir)


def moses(tmp_path: Path, source: str, target: str) -> Task:
    (tmp_path / "a.en").write_text(source, encoding="utf-8")
    with gzip.open(tmp_path / "a.zh.gz", "wt", encoding="utf-8") as file:
        file.write(target)
    return task_of(tmp_path, train="a.en", train_target="a.zh.gz", target_language="zh")


def test_two_files_are_read_line_by_line(tmp_path: Path) -> None:
    task = moses(tmp_path, "ink\nriver\u2028sea\n", "墨\n河\u2028海\n")
    assert list(task.examples("train")) == [
        PairExample("a.en:1", "ink", ("墨",)),
        PairExample("a.en:2", "river\u2028sea", ("河\u2028海",)),
    ]
    assert (task.language, task.target_language) == ("en", "zh")
    assert task.splits == ("train",)
    assert list(task.files("train")) == [str(tmp_path / "a.en"), str(tmp_path / "a.zh.gz")]


def test_unequal_numbers_of_lines_are_refused_with_both(tmp_path: Path) -> None:
    task = moses(tmp_path, "ink\nriver\nsea\n", "墨\n河\n")
    with pytest.raises(DataError) as caught:
        task.examples("train")
    message = str(caught.value)
    assert "a.en has 3 lines" in message and "a.zh.gz has 2" in message and "row 3" in message


@pytest.mark.parametrize(
    ("source", "target", "name"), [("\n", "墨\n", "a.en"), ("x\n", " \n", "a.zh")]
)
def test_an_empty_side_names_its_file_and_row(
    tmp_path: Path, source: str, target: str, name: str
) -> None:
    with pytest.raises(DataError, match=rf"{name}.*, row 2"):
        moses(tmp_path, "ink\n" + source, "墨\n" + target).examples("train")


def test_columns_of_tables_and_json_are_read(tmp_path: Path) -> None:
    rows = [{"en": "ink", "zh": ["墨", "墨水"]}, {"en": "sea", "zh": "海"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    columns = {"source_column": "en", "target_column": "zh", "target_language": "zh"}
    task = task_of(tmp_path, train="a.jsonl", **columns)
    assert [pair.targets for pair in task.examples("train")] == [("墨", "墨水"), ("海",)]
    (tmp_path / "a.csv").write_text('zh,en\n墨,"ink, black"\n', encoding="utf-8")
    task = task_of(tmp_path, train="a.csv", **columns)
    assert list(task.examples("train")) == [PairExample("a.csv:2", "ink, black", ("墨",))]
    (tmp_path / "a.tsv").write_text("ink\t墨\n", encoding="utf-8")
    numbered = {"source_column": "1", "target_column": "2", "target_language": "zh"}
    task = task_of(tmp_path, train="a.tsv", has_header=False, **numbered)
    assert list(task.examples("train")) == [PairExample("a.tsv:1", "ink", ("墨",))]


@pytest.mark.parametrize(
    "settings",
    [
        {"train": "a.en", "train_target": "a.zh"},
        {"train": ["a", "b"], "train_target": "c", "target_language": "zh"},
        {"test": "a", "train_target": "c", "target_language": "zh"},
        {"dataset": "multi30k_en_de", "folder": "x", "language": "zh"},
        {"dataset": "multi30k_en_de", "folder": "x", "target_column": "de"},
    ],
)
def test_settings_that_cannot_take_effect_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TranslationConfig.model_validate({"kind": "translation", **settings})


def test_multi30k_is_read_in_both_directions(shared_data: Path) -> None:
    folder = str(shared_data / "translation" / "multi30k-en-de")
    task = task_of(Path(), dataset="multi30k_en_de", folder=folder)
    counts = {split: len(task.examples(split)) for split in task.splits}
    assert counts == {"train": 29_000, "validation": 1_014, "test": 1_000}
    assert (task.language, task.target_language) == ("en", "de")
    turned = task_of(Path(), dataset="multi30k_en_de", folder=folder, language="de")
    assert (turned.language, turned.target_language) == ("de", "en")
    pair, back = task.examples("test")[0], turned.examples("test")[0]
    assert (pair.source, pair.targets) == (back.targets[0], (back.source,))
    assert pair.targets == ("Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt.",)


def test_ted_says_how_many_pairs_have_one_side_only(shared_data: Path) -> None:
    folder = str(shared_data / "translation" / "ted-en-zh")
    task = task_of(Path(), dataset="ted_en_zh", folder=folder)
    counts = {split: len(task.examples(split)) for split in task.splits}
    assert counts["train"] + counts["validation"] + counts["test"] == 19_970
    assert isinstance(task, FileTask) and len(task.notes) == 1
    assert "30 pairs with an empty side left out" in task.notes[0]
