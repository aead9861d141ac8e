"""Two answers to the same question, in every usual form; others name their row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from yanmo.core.errors import DataError
from yanmo.tasks.example import PreferenceExample, Turn
from yanmo.tasks.kinds.preferences import PreferencesConfig
from yanmo.tasks.task import Task

USER = {"role": "user", "content": "Hi"}
GOOD = {"role": "assistant", "content": "你好"}
BAD = {"role": "assistant", "content": "走开"}


def task_of(base_dir: Path, **settings: Any) -> Task:
    config = PreferencesConfig.model_validate({"kind": "preferences", **settings})
    return config.open("t", base_dir)


def write(path: Path, *records: Any) -> None:
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "Hi", "chosen": "你好", "rejected": "走开"},
        {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]},
        {"prompt": "Hi", "chosen": GOOD, "rejected": BAD},
        {"chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"instruction": "Hi", "input": "", "chosen": "你好", "rejected": "走开"},
        {
            "conversations": [{"from": "human", "value": "Hi"}],
            "chosen": {"from": "gpt", "value": "你好"},
            "rejected": {"from": "gpt", "value": "走开"},
        },
        {"messages": [USER], "chosen": GOOD, "rejected": BAD},
    ],
)
def test_every_form_gives_the_same_preference(tmp_path: Path, record: dict[str, Any]) -> None:
    write(tmp_path / "a.jsonl", record)
    (example,) = task_of(tmp_path, train="a.jsonl").examples("train")
    assert example == PreferenceExample("a.jsonl:1", (Turn("user", "Hi"),), "你好", "走开")


def test_columns_of_ones_own_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ask,good,bad\nHi,你好,走开\n", encoding="utf-8")
    columns = {"prompt_column": "ask", "chosen_column": "good", "rejected_column": "bad"}
    (example,) = task_of(tmp_path, train="a.csv", **columns).examples("train")
    assert (example.chosen, example.rejected) == ("你好", "走开")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"prompt": "Hi", "chosen": "x"}, "rejected"),
        ({"prompt": "Hi", "chosen": "x", "rejected": 7}, "no object"),
        ({"prompt": "Hi", "chosen": "x", "rejected": "x"}, "nothing to prefer"),
        ({"prompt": "Hi", "chosen": "x", "rejected": ""}, "says nothing"),
        ({"prompt": "", "chosen": "x", "rejected": "y"}, "empty"),
        ({"prompt": "Hi", "chosen": "x", "rejected": USER}, "turn 2 is by 'user'"),
        ({"messages": [USER, GOOD], "chosen": "x", "rejected": "y"}, "by 'assistant'"),
        ({"prompt": "Hi", "chosen": [GOOD, USER, GOOD], "rejected": "y"}, "several turns"),
        ({"chosen": [USER, GOOD], "rejected": [USER, GOOD, USER, BAD]}, "differ"),
        ({"messages": [USER, GOOD], "label": True}, "one answer with a label"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, record: dict[str, Any], expected: str) -> None:
    write(tmp_path / "a.jsonl", {"prompt": "Hi", "chosen": "x", "rejected": "y"}, record)
    with pytest.raises(DataError) as caught:
        task_of(tmp_path, train="a.jsonl").examples("train")
    assert caught.value.where == f"{tmp_path / 'a.jsonl'}, row 2"
    assert expected in str(caught.value)


@pytest.mark.parametrize("name", ["dpo_en_demo.json.gz", "dpo_zh_demo.json"])
def test_published_preferences_are_read_to_the_last(shared_data: Path, name: str) -> None:
    folder = shared_data / "instructions" / "preference-demo"
    examples = task_of(Path(), folder=str(folder), train=name).examples("train")
    assert len(examples) == 300
    assert all(example.turns[-1].role == "user" for example in examples)
