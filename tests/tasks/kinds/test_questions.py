"""Questions are read with answers that stand where they are said to; others name file and row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from yanmo.core.errors import DataError
from yanmo.tasks.example import Answer, QuestionExample
from yanmo.tasks.file_task import FileTask
from yanmo.tasks.kinds.questions import QuestionsConfig

PASSAGE = "白𫚭，俗名龙尖。"


def config(**settings: Any) -> QuestionsConfig:
    return QuestionsConfig.model_validate({"kind": "questions", **settings})


def read(path: Path, **settings: Any) -> list[QuestionExample]:
    task = config(train=path.name, **settings).open("t", path.parent)
    return list(task.examples("train"))


def squad(tmp_path: Path, entries: list[Any], passage: str = PASSAGE) -> Path:
    """A file in SQuAD's form with one passage."""
    path = tmp_path / "squad.json"
    content = {"data": [{"paragraphs": [{"context": passage, "qas": entries}]}]}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_squad_two_says_which_questions_have_no_answer(tmp_path: Path) -> None:
    entries = [
        {"id": "a", "question": "俗名？", "answers": [{"text": "龙尖", "answer_start": 5}]},
        {"id": "b", "question": "学名？", "answers": [], "is_impossible": True},
        {"question": "何处？"},
    ]
    assert read(squad(tmp_path, entries)) == [
        QuestionExample("a", "俗名？", PASSAGE, (Answer("龙尖", 5),)),
        QuestionExample("b", "学名？", PASSAGE, ()),
        QuestionExample("squad.json:3", "何处？", PASSAGE, None),
    ]


def test_places_may_count_the_units_of_utf16(tmp_path: Path) -> None:
    entry = {"id": "a", "question": "俗名？", "answers": [{"text": "龙尖", "answer_start": 6}]}
    path = squad(tmp_path, [entry])
    with pytest.raises(DataError, match="utf16") as caught:
        read(path)
    assert caught.value.where == f"{path}, row 1"
    (example,) = read(path, offsets="utf16")
    assert example.answers == (Answer("龙尖", 5),)


def test_rows_of_one_question_are_read_in_every_format(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {"q": "Who?", "p": "The Ink.", "a": {"text": ["Ink"], "answer_start": [4]}},
        {"q": "When?", "p": "The Ink.", "a": {"text": [], "answer_start": []}},
    ]
    columns = {"question_column": "q", "passage_column": "p", "answer_column": "a"}
    lines = tmp_path / "own.jsonl"
    lines.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    array = tmp_path / "own.json"
    array.write_text(json.dumps(rows), encoding="utf-8")
    parquet = tmp_path / "own.parquet"
    pq.write_table(pa.Table.from_pylist(rows), parquet)
    for path in (lines, array, parquet):
        first, second = read(path, **columns)
        assert (first.answers, second.answers) == ((Answer("Ink", 4),), ())
    table = tmp_path / "own.csv"
    table.write_text('q,p,a\nWho?,"The Ink, the ink.",ink\nWhen?,The Ink.,\n', encoding="utf-8")
    first, second = read(table, **columns)
    assert (first.answers, second.answers) == ((Answer("ink", 13),), ())
    assert [first.id, second.id] == ["own.csv:2", "own.csv:3"]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"answers": [{"text": "龙尖", "answer_start": 4}]}, "It begins at character 5"),
        ({"answers": [{"text": "虎尖", "answer_start": 5}]}, "does not begin at character 5"),
        ({"answers": [{"text": "龙尖", "answer_start": -3}]}, "does not begin at character -3"),
        ({"answers": ["虎尖"]}, "does not stand in its passage"),
        ({"answers": [{"text": " ", "answer_start": 5}]}, "without words"),
        ({"answers": [{"answer_start": 5}]}, "text"),
        ({"answers": 5}, "no form"),
        ({"answers": ["龙尖"], "is_impossible": True}, "impossible and has an answer"),
        ({"answers": [], "is_impossible": False}, "not impossible and has no answer"),
        ({"answers": [], "question": ""}, "the question is empty"),
        ({"answers": [], "id": "first"}, "twice"),
    ],
)
def test_a_wrong_question_names_file_and_row(
    tmp_path: Path, entry: dict[str, Any], expected: str
) -> None:
    first = {"id": "first", "question": "俗名？", "answers": ["龙尖"]}
    path = squad(tmp_path, [first, {"id": "second", "question": "学名？", **entry}])
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.where == f"{path}, row 2"
    assert expected in str(caught.value)


def test_json_of_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"questions": []}', encoding="utf-8")
    with pytest.raises(DataError, match=r"other\.json"):
        read(path)


@pytest.mark.parametrize(
    ("folder", "dataset", "language", "num_questions", "notes"),
    [
        ("xquad", "xquad_en", "en", 1190, []),
        ("xquad", "xquad_zh", "zh", 1190, []),
        (
            "cmrc2018",
            "cmrc2018",
            "zh",
            1000,
            ["cmrc2018_trial.json: 2 questions without words left out"],
        ),
    ],
)
def test_every_published_question_is_read_and_stands_in_its_passage(
    shared_data: Path,
    folder: str,
    dataset: str,
    language: str,
    num_questions: int,
    notes: list[str],
) -> None:
    task = config(dataset=dataset, folder=str(shared_data / "qa" / folder)).open("t", Path())
    examples = [example for split in task.splits for example in task.examples(split)]
    assert isinstance(task, FileTask) and task.notes == notes
    assert task.language == language
    assert len({example.id for example in examples}) == len(examples) == num_questions
    for example in examples:
        assert example.answers
        for answer in example.answers:
            assert example.passage[answer.start :].startswith(answer.text)
    passages = [{example.passage for example in task.examples(split)} for split in task.splits]
    assert not passages[0] & passages[1] and not passages[0] & passages[2]
