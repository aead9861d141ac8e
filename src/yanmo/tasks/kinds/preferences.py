"""Conversations with two answers, of which people prefer one.

Comes in: files of rows with what was asked (a prompt, an Alpaca instruction, ShareGPT's or chat
messages) and the answers `chosen` and `rejected`, each a text, a message, or a list of messages.
Goes out: `PreferenceExample`s. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from yanmo.core.conversation_forms import Turn, asked_turns, turns_of
from yanmo.core.messages import t
from yanmo.core.record_fields import Malformed
from yanmo.tasks.example import PreferenceExample
from yanmo.tasks.file_task import FileTask, source_of
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.rows import read_rows
from yanmo.tasks.reading.source_file import SourceFile
from yanmo.tasks.task import Split, Task
from yanmo.tasks.task_config import FilesConfig
from yanmo.tasks.turn_order import checked_turns

_ASKED = ("messages", "conversations", "instruction", "prompt")


class PreferencesConfig(FilesConfig):
    """Answers that are preferred to others."""

    kind: Literal["preferences"]
    """Kind of the task."""
    prompt_column: str = "prompt"
    """Column of what was asked: a text or a list of messages. Where it is missing, `messages`,
    `conversations` and `instruction` are looked for; where they are too, `chosen` and `rejected`
    are whole conversations."""
    chosen_column: str = "chosen"
    """Column of the answer that is preferred."""
    rejected_column: str = "rejected"
    """Column of the other answer."""

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""

        def read(task: FileTask, split: Split) -> Iterator[PreferenceExample]:
            for file in task.source.files[split]:
                yield from _read_file(file, self)

        return FileTask(
            name,
            "preferences",
            1,
            self,
            source_of(self, base_dir),
            read,
            language=self.language or "en",
        )


def _read_file(file: SourceFile, config: PreferencesConfig) -> Iterator[PreferenceExample]:
    for row in read_rows(file, config.format, has_header=config.has_header):
        try:
            asked, chosen, rejected = _sides(row, config)
        except Malformed as error:
            raise row.error(str(error)) from None
        asked = checked_turns(row, asked, "user", "tool")
        for answer in (chosen, rejected):
            checked_turns(row, [*asked, answer], "assistant")
        if chosen.content == rejected.content:
            raise row.error(t("both answers are the same: there is nothing to prefer"))
        yield PreferenceExample(row.id, asked, chosen.content, rejected.content)


def _sides(row: Row, config: PreferencesConfig) -> tuple[Sequence[Turn], Turn, Turn]:
    """What was asked, the preferred answer, and the other."""
    record = dict(row.values)
    if not row.has(config.chosen_column) and isinstance(record.get("label"), bool):
        raise row.error(
            t("the row has one answer with a label, not two answers"),
            hint=t("A preference needs what was chosen and what was rejected."),
        )
    chosen, rejected = (
        turns_of(row.value(column), "assistant")
        for column in (config.chosen_column, config.rejected_column)
    )
    if not (chosen and rejected):
        raise row.error(t("the conversation is empty"))
    if config.prompt_column in record:
        record["prompt"] = record[config.prompt_column]
    if any(record.get(name) for name in _ASKED):
        asked: Sequence[Turn] = asked_turns(record)
        if len(chosen) > 1 or len(rejected) > 1:
            raise row.error(t("an answer has several turns beside what was asked"))
    else:
        asked = chosen[:-1]
        if asked != rejected[:-1]:
            raise row.error(t("the two conversations differ before their last turns"))
    return asked, chosen[-1], rejected[-1]
