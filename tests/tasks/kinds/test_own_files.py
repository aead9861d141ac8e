"""Own files through a few lines of recipe: every kind, in the formats that people have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from yanmo.tasks.build import open_task
from yanmo.tasks.config import TaskConfig
from yanmo.tasks.example import TextExample
from yanmo.tasks.task import Task


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Task]:
    """Writes a file and opens a task over it as split `test`."""

    def open_with(name: str, content: str, **fields: Any) -> Task:
        if content:
            (tmp_path / name).write_text(content, encoding="utf-8")
        section = {"test": name, **fields}
        config: TaskConfig = TypeAdapter(TaskConfig).validate_python(section)
        return open_task("mine", config, tmp_path)

    return open_with


def test_pairs_of_texts_have_classes_too(opened: Callable[..., Task]) -> None:
    task = opened(
        "nli.tsv",
        "premise\thypothesis\tgold\nIt rains.\tIt is wet.\tyes\nIt rains.\tIt is dry.\tno\n",
        kind="classification",
        text_column="premise",
        second_column="hypothesis",
        label_column="gold",
    )
    assert task.labels == ("no", "yes")
    assert task.examples("test")[1] == TextExample("nli.tsv:3", "It rains.", "It is dry.", "no")


def test_labels_keep_the_order_of_the_section(opened: Callable[..., Task]) -> None:
    rows = [{"text": "好", "label": 1}, {"text": "坏", "label": 0}]
    task = opened(
        "rows.json", json.dumps(rows), kind="classification", labels=["1", "0"], language="zh"
    )
    assert task.labels == ("1", "0")
    assert [example.label for example in task.examples("test")] == ["1", "0"]
    assert task.language == "zh"


def test_a_table_without_a_header_is_read_by_number(opened: Callable[..., Task]) -> None:
    task = opened(
        "rows.csv",
        "3.5,一,二\n0,三,四\n",
        kind="similarity",
        has_header=False,
        score_column="1",
        text_column="2",
        second_column="3",
    )
    assert [e.label for e in task.examples("test")] == [3.5, 0.0]
    assert task.examples("test")[0].second == "二"


def test_another_range_of_scores(opened: Callable[..., Task]) -> None:
    content = "text,second,score\na,b,-0.5\n"
    task = opened("rows.csv", content, kind="similarity", min_score=-1, max_score=1)
    assert task.examples("test")[0].label == -0.5


def test_conll_with_many_columns(opened: Callable[..., Task]) -> None:
    content = "-DOCSTART- -X- O O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n"
    task = opened("a.conll", content, kind="entities")
    assert task.examples("test")[0].tags == ("B-ORG", "O")
    chunks = opened("a.conll", content, kind="entities", tag_column=3)
    assert chunks.labels == ("O", "B-NP", "I-NP", "B-VP", "I-VP")


def test_illegal_tags_are_repaired_where_the_section_says_so(
    opened: Callable[..., Task],
) -> None:
    task = opened("a.txt", "in O\nRome I-LOC\nItaly I-LOC\n", kind="entities", repair_tags=True)
    assert task.examples("test")[0].tags == ("O", "B-LOC", "I-LOC")


def test_lists_of_tokens_with_numbers_for_tags(opened: Callable[..., Task], tmp_path: Path) -> None:
    table = pa.table({"tokens": [["高", "勇"], ["男"]], "ner_tags": [[1, 2], [0]]})
    pq.write_table(table, tmp_path / "a.parquet")
    task = opened(
        "a.parquet",
        "",
        kind="entities",
        tags_field="ner_tags",
        tag_names=["O", "B-NAME", "I-NAME"],
        language="zh",
    )
    assert task.examples("test")[0].tags == ("B-NAME", "I-NAME")
    assert task.examples("test")[0].joiner == ""
    assert task.examples("test")[1].tokens == ("男",)


@pytest.mark.parametrize(
    ("name", "content", "separator"),
    [
        ("k.csv", "text,keywords\nAn abstract.,one; two  words;one;\n", ";"),
        ("k.tsv", "text\tkeywords\nAn abstract.\tone|two words\n", "|"),
        ("k.jsonl", '{"text": "An abstract.", "keywords": ["one", "two words"]}', ";"),
    ],
)
def test_keywords_as_a_list_or_a_text(
    opened: Callable[..., Task], name: str, content: str, separator: str
) -> None:
    task = opened(name, content, kind="keywords", separator=separator)
    assert task.examples("test")[0].keywords == ("one", "two words")


@pytest.mark.parametrize("answer", [1, "4", "B"])
def test_answers_by_place_text_or_letter(opened: Callable[..., Task], answer: Any) -> None:
    row = {"q": "2 + 2 =", "choices": {"text": ["3", "4"]}, "key": answer}
    task = opened(
        "c.jsonl",
        json.dumps(row),
        kind="choices",
        context_column="q",
        choices_column="choices.text",
        answer_column="key",
    )
    example = task.examples("test")[0]
    assert (example.context, example.choices, example.answer) == ("2 + 2 =", ("3", "4"), 1)


def test_text_by_column_and_by_line(opened: Callable[..., Task]) -> None:
    rows = '{"body": "一"}\n{"body": "二"}\n'
    by_column = opened("t.jsonl", rows, kind="text", text_column="body")
    assert [e.text for e in by_column.examples("test")] == ["一", "二"]
    by_line = opened("t.txt", "one\n\ntwo\n", kind="text", is_document=False)
    found = [(example.id, example.text) for example in by_line.examples("test")]
    assert found == [("t.txt:1", "one"), ("t.txt:3", "two")]
