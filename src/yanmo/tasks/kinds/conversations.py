"""Conversations and instructions, whose answers are learned.

Comes in: files of rows in one of the usual forms: Alpaca, ShareGPT, chat messages, a prompt with
its response or completion; or two columns of one's own. Goes out: `ConversationExample`s that end
with the assistant, and a note of the form that each file is in. Knows no chat template.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from yanmo.core.conversation_forms import (
    ConversationForm,
    Turn,
    form_of_record,
    turns_of_record,
)
from yanmo.core.messages import listed, t
from yanmo.core.record_fields import Malformed
from yanmo.tasks.example import ConversationExample
from yanmo.tasks.file_task import FileTask, source_of
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.rows import read_rows
from yanmo.tasks.reading.source_file import SourceFile
from yanmo.tasks.task import Split, Task
from yanmo.tasks.task_config import FilesConfig
from yanmo.tasks.turn_order import checked_turns

FORM_NAMES: dict[ConversationForm, str] = {
    "messages": "messages (role, content)",
    "sharegpt": "ShareGPT (from, value)",
    "alpaca": "Alpaca (instruction, input, output)",
    "prompt": "prompt, response",
}
"""What the forms are called in messages, by the names of their fields in every language."""


class ConversationsConfig(FilesConfig):
    """Conversations, instructions with responses. The form of each file is detected and shown."""

    kind: Literal["conversations"]
    """Kind of the task."""
    prompt_column: str | None = None
    """Column of what is asked, where files are in none of the usual forms."""
    response_column: str | None = None
    """Column of what is answered; with `prompt_column`."""

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        if (self.prompt_column is None) != (self.response_column is None):
            raise ValueError(t("prompt_column and response_column belong together"))
        return self

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""

        def read(task: FileTask, split: Split) -> Iterator[ConversationExample]:
            for file in task.source.files[split]:
                yield from _read_file(task, file, self)

        return FileTask(
            name,
            "conversations",
            1,
            self,
            source_of(self, base_dir),
            read,
            language=self.language or "en",
        )


def _read_file(
    task: FileTask, file: SourceFile, config: ConversationsConfig
) -> Iterator[ConversationExample]:
    """The conversations of a file, all of which are in the form of the first."""
    form: ConversationForm | None = None
    for row in read_rows(file, config.format, has_header=config.has_header):
        if config.prompt_column is not None and config.response_column is not None:
            asked, answered = row.text(config.prompt_column), row.text(config.response_column)
            turns: Sequence[Turn] = [Turn("user", asked), Turn("assistant", answered)]
        else:
            found, turns = _turns_of_row(row)
            if form is None:
                form = found
                task.notes.append(
                    t("{file} is in the form {form}", file=file.name, form=FORM_NAMES[form])
                )
            if found != form:
                raise row.error(
                    t(
                        "the row is in the form {form}, those before in the form {first}",
                        form=FORM_NAMES[found],
                        first=FORM_NAMES[form],
                    )
                )
        yield ConversationExample(row.id, checked_turns(row, turns, "assistant"))


def _turns_of_row(row: Row) -> tuple[ConversationForm, list[Turn]]:
    """The form of a row, and its turns."""
    record = dict(row.values)
    try:
        return form_of_record(record), turns_of_record(record)
    except Malformed as error:
        columns = listed(str(name) for name in record)
        raise row.error(
            str(error),
            why=t("the columns are: {columns}", columns=columns or "-"),
            hint=t(
                "Forms that are read: {forms}. Else set prompt_column and response_column.",
                forms=t("; ").join(FORM_NAMES.values()),
            ),
        ) from None
