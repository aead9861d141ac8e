"""The form of each file is detected and said; turns that cannot be learned from name their row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from yanmo.core.errors import DataError
from yanmo.tasks.example import ConversationExample, Turn
from yanmo.tasks.file_task import FileTask
from yanmo.tasks.kinds.conversations import ConversationsConfig

HI = (Turn("user", "Hi"), Turn("assistant", "你好"))
ALPACA = {"instruction": "Hi", "input": "", "output": "你好"}


def task_of(base_dir: Path, **settings: Any) -> FileTask:
    config = ConversationsConfig.model_validate({"kind": "conversations", **settings})
    task = config.open("t", base_dir)
    assert isinstance(task, FileTask)
    return task


def write(path: Path, records: list[Any]) -> Path:
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


def messages(*turns: tuple[str, str]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


@pytest.mark.parametrize(
    ("record", "form"),
    [
        (ALPACA, "Alpaca (instruction, input, output)"),
        ({"prompt": "Hi", "response": "你好"}, "prompt, response"),
        (
            {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "你好"}]},
            "ShareGPT (from, value)",
        ),
        (messages(("user", "Hi"), ("assistant", "你好")), "messages (role, content)"),
    ],
)
def test_the_form_of_a_file_is_detected_and_said(
    tmp_path: Path, record: dict[str, Any], form: str
) -> None:
    write(tmp_path / "a.jsonl", [record, record])
    task = task_of(tmp_path, train="a.jsonl")
    assert list(task.examples("train")) == [
        ConversationExample("a.jsonl:1", HI),
        ConversationExample("a.jsonl:2", HI),
    ]
    assert task.notes == [f"a.jsonl is in the form {form}"]


def test_columns_of_ones_own_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ask,tell\nHi,你好\n", encoding="utf-8")
    task = task_of(tmp_path, train="a.csv", prompt_column="ask", response_column="tell")
    assert list(task.examples("train")) == [ConversationExample("a.csv:2", HI)]
    with pytest.raises(ValidationError):
        task_of(tmp_path, train="a.csv", prompt_column="ask")


def test_messages_in_parquet_are_read(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist([messages(("user", "Hi"), ("assistant", "你好"))])
    pq.write_table(table, tmp_path / "a.parquet")
    task = task_of(tmp_path, train="a.parquet")
    assert list(task.examples("train")) == [ConversationExample("a.parquet:1", HI)]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"text": "Hi"}, "the columns are: text"),
        ({"instruction": "Hi"}, "output"),
        ({"prompt": "Hi", "response": "你好"}, "those before in the form Alpaca"),
        (messages(("king", "Hi")), "king"),
        (messages(("assistant", "Hi")), "turn 1 is by 'assistant'"),
        (messages(("user", "Hi"), ("user", "Hi"), ("assistant", "x")), "turn 2 is by 'user'"),
        (messages(("user", "Hi"), ("system", "x")), "turn 2 is by 'system'"),
        (messages(("user", "Hi"), ("assistant", "")), "turn 2 says nothing"),
        (messages(("user", "Hi"), ("assistant", "x"), ("user", "y")), "the last turn is by 'user'"),
        (messages(), "the conversation is empty"),
        ({"instruction": "Hi", "output": "half \ud800"}, "surrogate"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, record: dict[str, Any], expected: str) -> None:
    first = messages(("user", "Hi"), ("assistant", "x")) if "messages" in record else ALPACA
    path = write(tmp_path / "a.jsonl", [first, record])
    with pytest.raises(DataError) as caught:
        task_of(tmp_path, train="a.jsonl").examples("train")
    assert caught.value.where == f"{path}, row 2"
    assert expected in str(caught.value)


def test_tools_may_speak_between_question_and_answer(tmp_path: Path) -> None:
    record = messages(
        ("system", "S"), ("user", "Hi"), ("assistant", "call"), ("tool", "7"), ("assistant", "7!")
    )
    write(tmp_path / "a.jsonl", [record])
    (example,) = task_of(tmp_path, train="a.jsonl").examples("train")
    assert [turn.role for turn in example.turns] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]


@pytest.mark.parametrize(
    ("path", "form", "count"),
    [
        ("alpaca-demo/alpaca_en_demo.json", "Alpaca (instruction, input, output)", 999),
        ("alpaca-demo/alpaca_zh_demo.json", "Alpaca (instruction, input, output)", 1_000),
        ("dolly-small/dolly_hhrlhf_train_small.jsonl", "prompt, response", 1_000),
    ],
)
def test_published_instructions_are_read_to_the_last(
    shared_data: Path, path: str, form: str, count: int
) -> None:
    folder, name = (shared_data / "instructions" / path).parent, Path(path).name
    task = task_of(Path(), folder=str(folder), train=name)
    assert len(task.examples("train")) == count
    assert task.notes == [f"{name} is in the form {form}"]
