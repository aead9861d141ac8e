"""The source `conversations`: instructions with responses, and talk of several turns.

Comes in: files of records in one of the usual forms (Alpaca, prompt and response, ShareGPT, chat
messages), or logs with one message a record. Goes out: a document for each conversation: a line or
paragraph for each turn with who speaks before it, and the turns themselves in the metadata, for
fine-tuning. Knows nothing of chat templates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from yanmo.core.messages import t
from yanmo.corpus.profiles.social import social_text
from yanmo.corpus.scripts import count_scripts, language_by_script
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.pairs_config import ConversationsSource
from yanmo.corpus.sources.reading import Item, Unreadable
from yanmo.corpus.sources.record_files import read_records
from yanmo.corpus.sources.records import date_of_record

_ROLES = {
    "system": "system",
    "developer": "system",
    "human": "user",
    "user": "user",
    "prompter": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "bot": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "observation": "tool",
    "tool": "tool",
    "function": "tool",
}
_LABELS = {
    "en": {"system": "System: ", "user": "User: ", "assistant": "Assistant: ", "tool": "Tool: "},
    "zh": {"system": "系统：", "user": "用户：", "assistant": "助手：", "tool": "工具："},
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says.

    Args:
        role: `system`, `user`, `assistant` or `tool`.
        content: the words.
    """

    role: str
    content: str


class Malformed(Exception):
    """A record is in none of the forms; the message says why."""


@dataclass(slots=True)
class _Log:
    """Messages of one conversation of a log: who speaks, and what is said."""

    key: Any = None
    place: int = 0
    date: str | None = None
    messages: list[tuple[str, str]] = field(default_factory=list)


def read_conversations(file: FileToRead, config: ConversationsSource) -> Iterator[Item]:
    """The documents of a file, and notes on records in none of the forms."""
    if config.group_field is not None:
        yield from _read_log(file, config.group_field, config)
        return
    for entry in read_records(file, config.encoding, config.max_document_bytes):
        if isinstance(entry, Unreadable):
            yield entry
            continue
        place, record = entry
        try:
            turns = turns_of_record(record)
        except Malformed as error:
            yield file.unreadable(place, str(error))
            continue
        yield file.document(
            layout_turns(turns),
            place,
            record=place,
            messages=[{"role": turn.role, "content": turn.content} for turn in turns],
        )


def layout_turns(turns: Sequence[Turn]) -> str:
    """The text of a conversation: who speaks, then what, with a blank line between turns."""
    everything = "\n".join(turn.content for turn in turns)
    is_chinese = language_by_script(count_scripts(everything)) == "zh"
    labels = _LABELS["zh" if is_chinese else "en"]
    return "\n\n".join(labels[turn.role] + turn.content for turn in turns)


def turns_of_record(record: Any) -> list[Turn]:
    """The turns of a record in one of the usual forms.

    Raises:
        Malformed: it is in none of them, or says nothing.
    """
    if not isinstance(record, dict):
        raise Malformed(t("the record is no object"))
    if isinstance(record.get("messages"), list):
        turns = _read_messages(record["messages"], "role", "content")
    elif isinstance(record.get("conversations"), list):
        turns = _read_messages(record["conversations"], "from", "value")
    elif isinstance(record.get("instruction"), str):
        turns = _read_instruction(record)
    elif isinstance(record.get("prompt"), str):
        turns = [Turn("user", record["prompt"]), Turn("assistant", _text_in(record, "response"))]
    else:
        raise Malformed(t("the record is no conversation in a form that is read"))
    if isinstance(record.get("system"), str) and not any(turn.role == "system" for turn in turns):
        turns.insert(0, Turn("system", record["system"]))
    turns = [Turn(turn.role, turn.content.strip()) for turn in turns if turn.content.strip()]
    if not turns:
        raise Malformed(t("the conversation is empty"))
    return turns


def _read_messages(messages: list[Any], role_field: str, text_field: str) -> list[Turn]:
    """Turns as ShareGPT or chat messages; both spellings of the fields are understood."""
    turns: list[Turn] = []
    for message in messages:
        if not isinstance(message, dict):
            raise Malformed(t("the record is no object"))
        role = message.get(role_field, message.get("role", message.get("from")))
        content = message.get(text_field, message.get("content", message.get("value")))
        if role not in _ROLES:
            raise Malformed(t("nobody knows the role {role!r}", role=role))
        if not isinstance(content, str):
            raise Malformed(t("the field {name} is missing or no text", name=text_field))
        turns.append(Turn(_ROLES[role], content))
    return turns


def _read_instruction(record: dict[str, Any]) -> list[Turn]:
    """Alpaca's form: earlier turns, then instruction and input together, then output."""
    turns: list[Turn] = []
    history = record.get("history")
    for earlier in history if isinstance(history, list) else []:
        if not (isinstance(earlier, list) and len(earlier) == 2):
            raise Malformed(t("the field {name} is missing or no text", name="history"))
        turns += [Turn("user", str(earlier[0])), Turn("assistant", str(earlier[1]))]
    given = record.get("input")
    asked = record["instruction"] + (f"\n{given}" if isinstance(given, str) and given else "")
    return [*turns, Turn("user", asked), Turn("assistant", _text_in(record, "output"))]


def _read_log(file: FileToRead, group_field: str, config: ConversationsSource) -> Iterator[Item]:
    """Messages that follow each other and have the same group, as one document."""
    log = _Log()
    for entry in read_records(file, config.encoding, config.max_document_bytes):
        if isinstance(entry, Unreadable):
            yield entry
            continue
        place, record = entry
        try:
            text = _text_in(record, config.text_field)
        except Malformed as error:
            yield file.unreadable(place, str(error))
            continue
        key = record.get(group_field)
        if log.messages and key != log.key:
            yield _log_document(file, log, config)
            log = _Log()
        if not log.messages:
            log = _Log(key, place, date_of_record(record))
        if config.social is not None:
            text = social_text(text, config.social)
        log.messages.append((str(record.get(config.speaker_field, "")), text))
    if log.messages:
        yield _log_document(file, log, config)


def _log_document(file: FileToRead, log: _Log, config: ConversationsSource) -> Item:
    numbers: dict[str, int] = {}
    lines: list[str] = []
    for speaker, text in log.messages:
        number = numbers.setdefault(speaker, len(numbers) + 1)
        shown = f"<SPEAKER_{number}>" if config.speakers == "number" else speaker
        lines.append(text if config.speakers == "drop" else f"{shown}: {text}")
    return file.document(
        "\n".join(lines),
        log.place,
        record=log.place,
        date=log.date,
        num_messages=len(lines),
        num_speakers=len(numbers),
    )


def _text_in(record: Any, name: str) -> str:
    """A field that must be there and be a text."""
    value = record.get(name) if isinstance(record, dict) else None
    if not isinstance(value, str):
        raise Malformed(t("the field {name} is missing or no text", name=name))
    return value
