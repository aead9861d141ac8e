"""Every usual form of a conversation is understood, word for word; others are refused."""

from __future__ import annotations

from typing import Any

import pytest

from yanmo.core.conversation_forms import Turn, asked_turns, form_of_record, turns_of_record
from yanmo.core.record_fields import Malformed

HI = [Turn("user", "Hi "), Turn("assistant", "你好\n")]

FORMS: list[tuple[str, dict[str, Any], list[Turn]]] = [
    ("alpaca", {"instruction": "Hi ", "input": "", "output": "你好\n"}, HI),
    (
        "alpaca",
        {
            "instruction": "译",
            "input": "ink",
            "output": "墨",
            "system": "S",
            "history": [["a", "b"]],
        },
        [
            Turn("system", "S"),
            Turn("user", "a"),
            Turn("assistant", "b"),
            Turn("user", "译\nink"),
            Turn("assistant", "墨"),
        ],
    ),
    ("prompt", {"prompt": "Hi ", "response": "你好\n"}, HI),
    ("prompt", {"prompt": "Hi ", "completion": "你好\n"}, HI),
    (
        "prompt",
        {
            "prompt": [{"role": "user", "content": "Hi "}],
            "completion": [{"role": "assistant", "content": "你好\n"}],
        },
        HI,
    ),
    (
        "sharegpt",
        {"conversations": [{"from": "human", "value": "Hi "}, {"from": "gpt", "value": "你好\n"}]},
        HI,
    ),
    (
        "messages",
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "Hi "}]},
                {"role": "assistant", "content": "你好\n"},
            ]
        },
        HI,
    ),
]


@pytest.mark.parametrize(("form", "record", "turns"), FORMS)
def test_every_form_is_told_and_read(form: str, record: dict[str, Any], turns: list[Turn]) -> None:
    assert form_of_record(record) == form
    assert turns_of_record(record) == turns


def test_the_answer_can_be_left_to_a_field_of_another_name() -> None:
    assert asked_turns({"instruction": "Hi ", "chosen": "a", "rejected": "b"}) == HI[:1]
    assert asked_turns({"prompt": "Hi ", "chosen": "a", "rejected": "b"}) == HI[:1]


@pytest.mark.parametrize(
    "record",
    [
        7,
        {"text": "only text"},
        {"instruction": "no output"},
        {"prompt": "no answer"},
        {"conversations": ["Hi"]},
        {"messages": [{"role": "king", "content": "Hi"}]},
        {"messages": [{"role": ["user"], "content": "Hi"}]},
        {"messages": [{"role": "user", "content": None}]},
        {"messages": [{"role": "user", "content": [{"type": "image"}]}]},
        {"instruction": "a", "output": "b", "history": ["a"]},
    ],
)
def test_other_records_are_malformed(record: Any) -> None:
    with pytest.raises(Malformed):
        turns_of_record(record)
