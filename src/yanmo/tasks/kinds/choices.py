"""A context and what may follow it, one of which is right: questions with options, last words.

Comes in: ARC, C3 or LAMBADA as published, or own files. Goes out: `ChoiceExample`s; an answer that
is none of the choices is an error that names the row. Knows no model and no prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from yanmo.core.messages import t
from yanmo.tasks.example import ChoiceExample
from yanmo.tasks.file_task import FileTask, folder_of, layout_files, source_of
from yanmo.tasks.reading.json_rows import read_json, read_jsonl
from yanmo.tasks.reading.row import Row, shown
from yanmo.tasks.reading.rows import read_rows
from yanmo.tasks.reading.source_file import SourceFile
from yanmo.tasks.task import Split, Task
from yanmo.tasks.task_config import FilesConfig


class ChoicesConfig(FilesConfig):
    """Contexts and choices."""

    own_file_fields: ClassVar[tuple[str, ...]] = (
        "context_column",
        "choices_column",
        "answer_column",
    )

    kind: Literal["choices"]
    """Kind of the task."""
    dataset: Literal["arc_easy", "arc_challenge", "c3", "lambada"] | None = None
    """A published data set below `folder`: `arc_easy`, `arc_challenge` (arc_easy.jsonl ... with
    query, choices, gold), `c3` (dev.json, whose answers are published, is measured on), `lambada`
    (lambada_openai.jsonl; the one choice is the last word, which is to be foreseen)."""
    context_column: str = "context"
    """Column of what stands before the choices, in own files."""
    choices_column: str = "choices"
    """Column of the list of choices, in own files."""
    answer_column: str = "answer"
    """Column of the right choice, in own files: its place counted from 0, its text, or its letter
    from A on."""

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""
        layout = None
        read_file: Callable[[SourceFile], Iterator[ChoiceExample]]
        if self.dataset is None:
            read_file = self._read_own
        else:
            file_name, read_file = _LAYOUTS[self.dataset]
            layout = layout_files(folder_of(self, base_dir), {"test": file_name})

        def read(task: FileTask, split: Split) -> Iterator[ChoiceExample]:
            for file in task.source.files[split]:
                yield from read_file(file)

        return FileTask(
            name,
            "choices",
            1,
            self,
            source_of(self, base_dir, layout),
            read,
            language=self.language or ("zh" if self.dataset == "c3" else "en"),
        )

    def _read_own(self, file: SourceFile) -> Iterator[ChoiceExample]:
        columns = [self.context_column, self.choices_column, self.answer_column]
        for row in read_rows(file, self.format, columns=columns, has_header=self.has_header):
            yield _example(row, *columns)


def _example(row: Row, context: str, choices: str, answer: str) -> ChoiceExample:
    """The example in a row, by the names of its columns.

    Raises:
        DataError: there is one choice only, or the answer is none of them.
    """
    options = row.texts(choices)
    if len(options) < 2:
        raise row.error(t("there is one choice only"))
    right = _place_of(row.value(answer), options)
    if right is None:
        raise row.error(
            t("answer {answer} is none of the choices", answer=shown(row.value(answer))),
            why=t("there are {count}: {choices}", count=len(options), choices=shown(list(options))),
        )
    return ChoiceExample(row.id, row.text(context), options, right)


def _place_of(answer: Any, choices: Sequence[str]) -> int | None:
    """The place of the right choice: as given, or that of the text, or that of the letter."""
    if isinstance(answer, int) and not isinstance(answer, bool):
        return answer if 0 <= answer < len(choices) else None
    if not isinstance(answer, str):
        return None
    if choices.count(answer) == 1:
        return choices.index(answer)
    letter = answer.strip()
    if len(letter) == 1 and "A" <= letter <= "Z":
        place = ord(letter) - ord("A")
        return place if place < len(choices) else None
    return None


def _read_arc(file: SourceFile) -> Iterator[ChoiceExample]:
    for row in read_jsonl(file):
        yield _example(row, "query", "choices", "gold")


def _read_lambada(file: SourceFile) -> Iterator[ChoiceExample]:
    for row in read_jsonl(file):
        yield ChoiceExample(row.id, row.text("context"), (row.text("continuation").strip(),), 0)


def _read_c3(file: SourceFile) -> Iterator[ChoiceExample]:
    """C3: entries of the lines of a passage and its questions; the row counts entries."""
    entries = read_json(file)
    if not isinstance(entries, list):
        raise file.error(
            t("the file holds {value}, not a list of passages", value=shown(entries)), row=1
        )
    for number, entry in enumerate(entries, start=1):
        if not _is_c3_entry(entry):
            raise file.error(
                t("the entry is {value}, not a passage and its questions", value=shown(entry)),
                row=number,
            )
        passage = "\n".join(entry[0])
        for place, question in enumerate(entry[1], start=1):
            row = Row(file, number, question)
            context = f"{passage}\n{row.text('question')}"
            example = _example(Row(file, number, {**question, "context": context}), *_C3_COLUMNS)
            yield ChoiceExample(
                f"{row.id}:{place}", example.context, example.choices, example.answer
            )


def _is_c3_entry(entry: Any) -> bool:
    """Whether an entry is a list of lines and a list of questions."""
    return (
        isinstance(entry, list)
        and len(entry) >= 2
        and isinstance(entry[0], list)
        and all(isinstance(line, str) for line in entry[0])
        and isinstance(entry[1], list)
        and all(isinstance(question, dict) for question in entry[1])
    )


_C3_COLUMNS = ("context", "choice", "answer")

_LAYOUTS: dict[str, tuple[str, Callable[[SourceFile], Iterator[ChoiceExample]]]] = {
    "arc_easy": ("arc_easy.jsonl", _read_arc),
    "arc_challenge": ("arc_challenge.jsonl", _read_arc),
    "c3": ("dev.json", _read_c3),
    "lambada": ("lambada_openai.jsonl", _read_lambada),
}
