"""Instructions, conversations and logs as documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from yanmo.corpus.sources.conversations import read_conversations
from yanmo.corpus.sources.pairs_config import ConversationsSource
from yanmo.corpus.sources.reading import Item, RawDocument, Unreadable
from yanmo.corpus.sources.record_files import list_record_files


def read_path(path: Path, **settings: Any) -> list[Item]:
    """Everything that a file gives."""
    config = ConversationsSource.model_validate({"paths": [str(path)], **settings})
    files = [file for listing in list_record_files(config) for file in listing.files]
    return [item for file in files for item in read_conversations(file, config)]


def read(tmp_path: Path, records: list[Any], **settings: Any) -> list[Item]:
    """Everything that a file with these records gives."""
    path = tmp_path / "talk.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return read_path(path, **settings)


def test_every_usual_form_is_understood(tmp_path: Path) -> None:
    records = [
        {"instruction": "翻译", "input": "ink", "output": "墨", "system": "你是译者"},
        {"instruction": "Say it.", "input": "", "output": "Ink.", "history": [["Hi", "Hello"]]},
        {"prompt": "What is ink?", "response": "A liquid."},
        {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]},
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}]},
    ]
    documents = read(tmp_path, records)
    assert [document.text for document in documents] == [
        "系统：你是译者\n\n用户：翻译\nink\n\n助手：墨",
        "User: Hi\n\nAssistant: Hello\n\nUser: Say it.\n\nAssistant: Ink.",
        "User: What is ink?\n\nAssistant: A liquid.",
        "User: Hi\n\nAssistant: Hello",
        "User: Hi\n\nAssistant: Yes",
    ]
    assert documents[3].metadata["messages"] == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
    ]


def test_records_in_no_form_are_named(tmp_path: Path) -> None:
    records = [
        {"text": "just text"},
        {"messages": [{"role": "king", "content": "Hi"}]},
        {"messages": []},
        {"instruction": "no output"},
        {"conversations": ["Hi"]},
        7,
    ]
    items = read(tmp_path, records)
    assert all(isinstance(item, Unreadable) for item in items)
    assert len(items) == len(records)
    assert "king" in items[1].error


LOG = [
    {"room": "a", "speaker": "Ann", "text": "Hi @Bob", "time": "2024-01-31T10:00:00Z"},
    {"room": "a", "speaker": "Bob", "text": "Hello"},
    {"room": "a", "speaker": "Ann", "text": "Bye"},
    {"room": "b", "speaker": "Ann", "text": "Anybody?"},
]


def test_logs_are_grouped_and_names_become_numbers(tmp_path: Path) -> None:
    first, second = read(tmp_path, LOG, group_field="room", social={})
    assert first.text == ("<SPEAKER_1>: Hi <USER_NAME>\n<SPEAKER_2>: Hello\n<SPEAKER_1>: Bye")
    assert second.text == "<SPEAKER_1>: Anybody?"
    assert first.metadata["num_speakers"] == 2
    assert first.metadata["date"] == "2024-01-31T10:00:00Z"
    kept, _ = read(tmp_path, LOG, group_field="room", speakers="keep")
    assert kept.text.startswith("Ann: Hi @Bob\nBob: Hello")
    dropped, _ = read(tmp_path, LOG, group_field="room", speakers="drop")
    assert dropped.text == "Hi @Bob\nHello\nBye"


def test_published_sets_are_read_to_the_last_record(shared_data: Path) -> None:
    folder = shared_data / "instructions"
    for name, count, label in (
        ("alpaca-demo/alpaca_zh_demo.json", 1000, "助手："),
        ("alpaca-demo/alpaca_en_demo.json", 999, "Assistant: "),
        ("dolly-small/dolly_hhrlhf_train_small.jsonl", 1000, "Assistant: "),
    ):
        items = read_path(folder / name)
        documents = [item for item in items if isinstance(item, RawDocument)]
        assert len(items) == count
        assert len(documents) >= 0.99 * count
        assert sum(label in document.text for document in documents) > 0.9 * count
