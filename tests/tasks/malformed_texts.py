"""Malformed questions, translations, summaries, conversations and preferences."""

from __future__ import annotations

import json
from typing import Any

from tests.tasks.malformed import Malformed, jsonl

QUESTIONS = {"kind": "questions", "train": "train.json"}
MOSES = {
    "kind": "translation",
    "train": "train.en",
    "train_target": "train.zh",
    "target_language": "zh",
}
TALK = {"kind": "conversations", "train": "train.jsonl"}
ASKED = {"instruction": "Hi", "output": "Hello"}
PREFERENCES = {"kind": "preferences", "train": "train.jsonl"}


def squad(*questions: dict[str, Any]) -> str:
    return json.dumps({"data": [{"paragraphs": [{"context": "The ink.", "qas": questions}]}]})


TEXT_CASES = [
    Malformed(
        "an answer that begins elsewhere",
        QUESTIONS,
        {
            "train.json": squad(
                {"id": "a", "question": "What?", "answers": [{"text": "ink", "answer_start": 4}]},
                {"id": "b", "question": "What?", "answers": [{"text": "ink", "answer_start": 3}]},
            )
        },
        "train.json",
        2,
        "question b: the answer 'ink' does not begin at character 3 of its passage",
        "It begins at character 4",
    ),
    Malformed(
        "an answer that is not in the passage",
        QUESTIONS,
        {"train.json": squad({"id": "a", "question": "What?", "answers": ["pen"]})},
        "train.json",
        1,
        "question a: the answer 'pen' does not stand in its passage",
    ),
    Malformed(
        "an impossible question with an answer",
        QUESTIONS,
        {
            "train.json": squad(
                {"id": "a", "question": "What?", "answers": ["ink"], "is_impossible": True}
            )
        },
        "train.json",
        1,
        "question a is impossible and has an answer",
    ),
    Malformed(
        "sides of unequal length",
        MOSES,
        {"train.en": "ink\nsea\nsun\n", "train.zh": "墨\n海\n"},
        "train.zh",
        3,
        "train.en has 3 lines, train.zh has 2",
    ),
    Malformed(
        "an empty line on one side",
        MOSES,
        {"train.en": "ink\nsea\n", "train.zh": "墨\n\n"},
        "train.zh",
        2,
        "column 'target' is empty",
    ),
    Malformed(
        "a text without a summary",
        {"kind": "summarisation", "train": "train.jsonl"},
        {"train.jsonl": jsonl({"text": "Long.", "summary": []})},
        "train.jsonl",
        1,
        "column 'summary' is empty",
    ),
    Malformed(
        "a role that nobody knows",
        TALK,
        {"train.jsonl": jsonl({"messages": [{"role": "king", "content": "Hi"}]})},
        "train.jsonl",
        1,
        "nobody knows the role 'king'",
    ),
    Malformed(
        "a conversation that the user ends",
        TALK,
        {"train.jsonl": jsonl({"messages": [{"role": "user", "content": "Hi"}]})},
        "train.jsonl",
        1,
        "the last turn is by 'user', not by 'assistant'",
    ),
    Malformed(
        "an answer without words",
        TALK,
        {"train.jsonl": jsonl(ASKED, {"instruction": "Hi", "output": " "})},
        "train.jsonl",
        2,
        "turn 2 says nothing",
    ),
    Malformed(
        "conversations in two forms",
        TALK,
        {"train.jsonl": jsonl(ASKED, {"prompt": "Hi", "response": "Hello"})},
        "train.jsonl",
        2,
        "the row is in the form prompt, response, those before in the form Alpaca",
    ),
    Malformed(
        "a preference between equal answers",
        PREFERENCES,
        {"train.jsonl": jsonl({"prompt": "Hi", "chosen": "Hello", "rejected": "Hello"})},
        "train.jsonl",
        1,
        "there is nothing to prefer",
    ),
    Malformed(
        "a preference without the other answer",
        PREFERENCES,
        {"train.jsonl": jsonl({"prompt": "Hi", "chosen": "Hello"})},
        "train.jsonl",
        1,
        "there is no column 'rejected'",
    ),
]
