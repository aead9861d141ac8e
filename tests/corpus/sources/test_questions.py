"""Questions and answers: offsets are checked, and nothing wrong is silent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from yanmo.core.errors import DataError
from yanmo.corpus.sources.pairs_config import QuestionsSource
from yanmo.corpus.sources.questions import read_questions
from yanmo.corpus.sources.reading import Item, RawDocument, Unreadable
from yanmo.corpus.sources.record_files import list_record_files

PASSAGE = "研墨需要耐心。先加水，再研墨。"
SQUAD = {
    "version": "1.1",
    "data": [
        {
            "title": "墨",
            "paragraphs": [
                {
                    "context": PASSAGE,
                    "qas": [
                        {
                            "id": "q1",
                            "question": "先做什么？",
                            "answers": [{"text": "加水", "answer_start": 8}],
                        },
                        {
                            "id": "q2",
                            "question": "需要什么？",
                            "answers": [{"text": "耐心", "answer_start": 4}],
                        },
                        {"id": "q3", "question": "谁？", "answers": [], "is_impossible": True},
                    ],
                }
            ],
        }
    ],
}


def read(config: QuestionsSource) -> list[Item]:
    """Everything that the files of a source give."""
    files = [file for listing in list_record_files(config) for file in listing.files]
    return [item for file in files for item in read_questions(file, config)]


def source(tmp_path: Path, records: Any, name: str = "qa.json", **settings: Any) -> QuestionsSource:
    """A source of one file with these records."""
    path = tmp_path / name
    if name.endswith(".jsonl"):
        path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    else:
        path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    return QuestionsSource.model_validate({"paths": [str(path)], **settings})


def squad_with(answer: dict[str, Any]) -> dict[str, Any]:
    """The passage with one question whose answer is this."""
    entry = {"id": "q9", "question": "What?", "answers": [answer]}
    return {"data": [{"paragraphs": [{"context": PASSAGE, "qas": [entry]}]}]}


def test_a_passage_with_its_questions_is_one_document(tmp_path: Path) -> None:
    config = source(tmp_path, SQUAD)
    [document] = read(config)
    assert isinstance(document, RawDocument)
    assert document.text == (f"{PASSAGE}\n\n问：先做什么？\n答：加水\n\n问：需要什么？\n答：耐心")
    assert document.metadata["title"] == "墨"
    assert [entry["id"] for entry in document.metadata["questions"]] == ["q1", "q2", "q3"]
    assert document.metadata["questions"][0]["answers"] == [{"text": "加水", "start": 8}]
    json.dumps(document.metadata)


def test_each_question_can_be_a_document(tmp_path: Path) -> None:
    documents = read(source(tmp_path, SQUAD, document="question"))
    assert [document.text for document in documents] == [
        f"{PASSAGE}\n\n问：先做什么？\n答：加水",
        f"{PASSAGE}\n\n问：需要什么？\n答：耐心",
        PASSAGE,
    ]


@pytest.mark.parametrize("start", [0, 7, -7, 10_000])
def test_a_wrong_offset_names_file_and_question(tmp_path: Path, start: int) -> None:
    items = read(source(tmp_path, squad_with({"text": "加水", "answer_start": start})))
    [problem] = [item for item in items if isinstance(item, Unreadable)]
    assert problem.file.endswith("qa.json")
    assert "q9" in problem.error and str(start) in problem.error
    [document] = [item for item in items if isinstance(item, RawDocument)]
    assert document.text == PASSAGE
    assert document.metadata["questions"] == []


def test_records_with_a_question_and_an_answer(tmp_path: Path) -> None:
    records = [
        {"question": "Who grinds?", "answer": "The writer"},
        {"question": "何时？", "answer": ["早上", "清晨"], "context": "早上研墨。"},
        {"question": "Where?", "answers": {"text": ["x"], "answer_start": [1]}, "context": "An x"},
        {"question": "Where?", "answers": {"text": ["x"], "answer_start": [3]}, "context": "An x"},
        {"question": "no answer"},
        {"answer": "no question"},
        ["no object"],
    ]
    items = read(source(tmp_path, records, "qa.jsonl"))
    texts = [item.text for item in items if isinstance(item, RawDocument)]
    assert texts == [
        "Question: Who grinds?\nAnswer: The writer",
        "早上研墨。\n\n问：何时？\n答：早上",
        "An x",
        "An x\n\nQuestion: Where?\nAnswer: x",
    ]
    assert sum(isinstance(item, Unreadable) for item in items) == 4


def test_field_names_can_be_given(tmp_path: Path) -> None:
    records = [{"q": "Why?", "a": "Because.", "p": "Passage."}]
    config = source(
        tmp_path, records, "qa.jsonl", question_field="q", answer_field="a", context_field="p"
    )
    [document] = read(config)
    assert document.text == "Passage.\n\nQuestion: Why?\nAnswer: Because."


def test_a_broken_file_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "qa.json"
    path.write_text('[{"question": "a", "answer": "b"}, {"question": "c"', encoding="utf-8")
    items = read(QuestionsSource(paths=[str(path)]))
    assert [type(item) for item in items] == [RawDocument, Unreadable]


def test_folders_are_searched_and_other_files_counted(tmp_path: Path) -> None:
    source(tmp_path, SQUAD)
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".hidden.json").write_text("x")
    [listing] = list_record_files(QuestionsSource(paths=[str(tmp_path)]))
    assert [file.name.rsplit("/", 1)[1] for file in listing.files] == ["qa.json"]
    assert listing.skipped == {".txt": 1}
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match="no readable files"):
        list_record_files(QuestionsSource(paths=[str(empty)]))


@pytest.mark.parametrize(
    ("name", "questions", "wrong"),
    [
        ("xquad/xquad.en.json", 1190, 0),
        ("xquad/xquad.zh.json", 1190, 0),
        ("cmrc2018/cmrc2018_trial.json", 997, 5),
    ],
)
def test_offsets_of_published_sets(
    shared_data: Path, name: str, questions: int, wrong: int
) -> None:
    items = read(QuestionsSource(paths=[str(shared_data / "qa" / name)]))
    documents = [item for item in items if isinstance(item, RawDocument)]
    problems = [item for item in items if isinstance(item, Unreadable)]
    assert sum(len(document.metadata["questions"]) for document in documents) == questions
    assert len(problems) == wrong
    assert all("question TRIAL_210_QUERY_" in problem.error for problem in problems)
    label = "Question: " if ".en" in name else "问："
    assert sum(label in document.text for document in documents) >= len(documents) - 1
