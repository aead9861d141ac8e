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

from yanmo.core.conversation_forms import Turn, turns_of_record
from yanmo.core.messages import t
from yanmo.core.record_fields import Malformed, text_in
from yanmo.corpus.profiles.social import social_text
from yanmo.corpus.scripts import count_scripts, language_by_script
from yanmo.corpus.sources.file_to_read import FileToRead
from yanmo.corpus.sources.pairs_config import ConversationsSource
from yanmo.corpus.sources.reading import Item, Unreadable
from yanmo.corpus.sources.record_files import read_records
from yanmo.corpus.sources.records import date_of_record

_LABELS = {
    "en": {"system": "System: ", "user": "User: ", "assistant": "Assistant: ", "tool": "Tool: "},
    "zh": {"system": "系统：", "user": "用户：", "assistant": "助手：", "tool": "工具："},
}


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
            turns = _said_turns(record)
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


def _said_turns(record: Any) -> list[Turn]:
    """The turns of a record that say something, without the space around them.

    Raises:
        Malformed: it is in none of the forms, or says nothing.
    """
    turns = [Turn(turn.role, turn.content.strip()) for turn in turns_of_record(record)]
    turns = [turn for turn in turns if turn.content]
    if not turns:
        raise Malformed(t("the conversation is empty"))
    return turns


def _read_log(file: FileToRead, group_field: str, config: ConversationsSource) -> Iterator[Item]:
    """Messages that follow each other and have the same group, as one document."""
    log = _Log()
    for entry in read_records(file, config.encoding, config.max_document_bytes):
        if isinstance(entry, Unreadable):
            yield entry
            continue
        place, record = entry
        try:
            text = text_in(record, config.text_field)
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
