"""Sentences cut into words or characters, each with a tag: names of people, places and so on.

Comes in: WNUT 2017 or the Chinese resumes as published, or own files in CoNLL blocks or JSON. Goes
out: `TaggedExample`s in BIO. A tag that is none, or that stands where it cannot, is an error that
names its row, unless the section asks for repair. Published sets are read as they are, with that
repair: the resumes hold two entities that are cut in two by the end of a sentence. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from yanmo.core.errors import DataError
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.tasks.example import TaggedExample
from yanmo.tasks.file_task import FileTask, folder_of, layout_files, source_of
from yanmo.tasks.reading.blocks import Block, read_blocks
from yanmo.tasks.reading.row import Row, shown
from yanmo.tasks.reading.rows import format_of, read_rows
from yanmo.tasks.reading.source_file import SourceFile
from yanmo.tasks.tag_scheme import IllegalTag, TagScheme, to_bio
from yanmo.tasks.task import Split, Task
from yanmo.tasks.task_config import FilesConfig

_WITHOUT_SPACES = ("zh", "ja")


class EntitiesConfig(FilesConfig):
    """Words or characters and their tags."""

    own_file_fields: ClassVar[tuple[str, ...]] = (
        "scheme",
        "repair_tags",
        "token_column",
        "tag_column",
        "tokens_field",
        "tags_field",
        "tag_names",
        "joiner",
    )

    kind: Literal["entities"]
    """Kind of the task."""
    dataset: Literal["wnut17", "resume_zh"] | None = None
    """A published data set below `folder`: `wnut17` (wnut17train.conll, emerging.dev.conll,
    emerging.test.annotated) or `resume_zh` (train.char.bmes, dev.char.bmes, test.char.bmes)."""
    scheme: TagScheme | None = None
    """How the tags of own files are written. Derived: `bio`."""
    repair_tags: bool = False
    """Take tags that cannot follow each other, such as I-PER after O, as seqeval does (an entity
    begins there) rather than as an error."""
    token_column: int = Field(default=1, ge=1)
    """Column of the token in CoNLL files, counted from 1."""
    tag_column: int | None = Field(default=None, ge=2)
    """Column of the tag in CoNLL files, counted from 1. Derived: the last one."""
    tokens_field: str = "tokens"
    """Column of the list of tokens, in files with named columns."""
    tags_field: str = "tags"
    """Column of the list of tags, in files with named columns."""
    tag_names: list[str] | None = None
    """What the tags are called in files that write them as numbers: tag 0 first."""
    joiner: str | None = None
    """What stands between two tokens of a text. Derived: nothing in Chinese and Japanese, a space
    elsewhere."""

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""
        published = _LAYOUTS.get(self.dataset or "")
        language = self.language or (published.language if published else "en")
        joiner = self.joiner
        if joiner is None:
            joiner = "" if language in _WITHOUT_SPACES else " "
        scheme = published.scheme if published else self.scheme or "bio"
        reader = _Reader(self, scheme, joiner, repair=self.repair_tags or published is not None)
        folder = folder_of(self, base_dir)

        def read(task: FileTask, split: Split) -> Iterator[TaggedExample]:
            known = published.types if published else ()
            if not known and split != task.splits[0]:
                known = _types_among(task.labels)
            for file in task.source.files[split]:
                yield from reader.read(file, known)

        return FileTask(
            name,
            "entities",
            1,
            self,
            source_of(self, base_dir, layout_files(folder, published.files) if published else None),
            read,
            language=language,
            read_labels=lambda task: tags_of(published.types) if published else _labels_among(task),
        )


def tags_of(types: Iterable[str]) -> tuple[str, ...]:
    """All tags of BIO for some types: O first, then the two of each type."""
    return ("O", *(f"{part}-{entity}" for entity in types for part in "BI"))


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a published data set lies on disk, and the types of its entities."""

    language: str
    scheme: TagScheme
    files: dict[Split, str]
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reader:
    """How the files of a task are read.

    Args:
        config: the section.
        scheme: how tags are written.
        joiner: what stands between two tokens.
        repair: whether tags that cannot follow each other are taken for what seqeval reads.
    """

    config: EntitiesConfig
    scheme: TagScheme
    joiner: str
    repair: bool

    def read(self, file: SourceFile, known: Sequence[str]) -> Iterator[TaggedExample]:
        """The sentences of a file; `known` are the types that there may be, all where empty."""
        if self.config.dataset is not None or self._format(file) == "conll":
            for block in read_blocks(file):
                yield self._of_block(block, known)
            return
        columns = [self.config.tokens_field, self.config.tags_field]
        for row in read_rows(file, self.config.format, columns=columns):
            yield self._of_row(row, known)

    def _format(self, file: SourceFile) -> str:
        if self.config.format is None and file.path.suffix.lower() == ".txt":
            return "conll"
        return self.config.format or format_of(file)

    def _of_block(self, block: Block, known: Sequence[str]) -> TaggedExample:
        """The example of a CoNLL block.

        Raises:
            DataError: a column is missing, a token is empty, or a tag cannot be: names its row.
        """
        num_columns = len(block.lines[0])
        tag_at = self.config.tag_column or max(num_columns, 2)
        if max(tag_at, self.config.token_column) > num_columns:
            raise block.error(
                0,
                t(
                    "there is no column {wanted}: the line has {count} {count:column|columns}",
                    wanted=max(tag_at, self.config.token_column),
                    count=num_columns,
                ),
                hint=t("A line holds a token and its tag, with a tab or a space between them."),
            )
        tokens = [line[self.config.token_column - 1] for line in block.lines]
        written = [line[tag_at - 1].strip() for line in block.lines]
        for place, token in enumerate(tokens):
            if not token.strip():
                raise block.error(place, t("the token is empty"))
        try:
            tags = to_bio(written, self.scheme, repair=self.repair)
        except IllegalTag as error:
            raise block.error(error.place, error.what, hint=self._hint()) from None
        if (strange := _unknown(tags, known)) is not None:
            raise block.error(strange, **_unknown_type(tags[strange], known))
        return TaggedExample(block.id, tuple(tokens), tags, self.joiner)

    def _of_row(self, row: Row, known: Sequence[str]) -> TaggedExample:
        """The example of a row with two lists.

        Raises:
            DataError: a list is missing, the two differ in length, or a tag cannot be.
        """
        tokens = row.texts(self.config.tokens_field)
        written = self._tags_of_row(row)
        if len(tokens) != len(written):
            raise row.error(
                t(
                    "{count} {count:token|tokens} but {tags} {tags:tag|tags}",
                    count=len(tokens),
                    tags=len(written),
                )
            )
        try:
            tags = to_bio(written, self.scheme, repair=self.repair)
        except IllegalTag as error:
            place = t("token {number}: {what}", number=error.place + 1, what=error.what)
            raise row.error(place, hint=self._hint()) from None
        if (strange := _unknown(tags, known)) is not None:
            raise row.error(**_unknown_type(tags[strange], known))
        return TaggedExample(row.id, tokens, tags, self.joiner)

    def _tags_of_row(self, row: Row) -> tuple[str, ...]:
        """The tags of a row, by name where they are written as numbers."""
        value = row.value(self.config.tags_field)
        if not isinstance(value, list) or not all(type(tag) is int for tag in value) or not value:
            return row.texts(self.config.tags_field)
        names = self.config.tag_names
        if names is None:
            raise row.error(
                t("the tags are numbers: {value}", value=shown(value)),
                hint=t('Name them: tag_names = ["O", "B-PER", "I-PER"] for 0, 1, 2.'),
            )
        for tag in value:
            if not 0 <= tag < len(names):
                raise row.error(
                    t(
                        "tag {tag} has no name: tag_names has {count}",
                        tag=tag,
                        count=len(names),
                    )
                )
        return tuple(names[tag] for tag in value)

    def _hint(self) -> str:
        if self.config.dataset is None and self.config.scheme is None:
            return t(
                'Correct the row, set scheme = "bmes" or "bioes" where tags are written so, or'
                " repair_tags = true to begin an entity there."
            )
        return t("Correct the row, or set repair_tags = true to begin an entity there.")


def _unknown(tags: Sequence[str], known: Sequence[str]) -> int | None:
    """The place of the first tag whose type is not known; None where all are."""
    if not known:
        return None
    places = (place for place, tag in enumerate(tags) if tag != "O" and tag[2:] not in known)
    return next(places, None)


def _unknown_type(tag: str, known: Sequence[str]) -> dict[str, Any]:
    """What, why and hint of the error for a type that is not among those known."""
    near = closest(tag[2:], known)
    return {
        "what": t("unknown type '{entity}'", entity=tag[2:]),
        "why": t("the types are: {types}", types=listed(known)),
        "hint": t("Did you mean '{name}'?", name=near) if near else None,
    }


def _types_among(tags: Iterable[str]) -> tuple[str, ...]:
    """The types of some tags, sorted."""
    return tuple(sorted({tag[2:] for tag in tags if tag != "O"}))


def _labels_among(task: FileTask) -> tuple[str, ...]:
    """All tags of the types that occur in the first split.

    Raises:
        DataError: there is no entity at all.
    """
    types = _types_among(tag for example in task.first_examples() for tag in example.tags)
    if not types:
        raise DataError(
            t("all tags are O: there is no entity to learn"),
            where=listed(task.files(task.splits[0])),
        )
    return tags_of(types)


_LAYOUTS = {
    "wnut17": _Layout(
        "en",
        "bio",
        {
            "train": "wnut17train.conll",
            "validation": "emerging.dev.conll",
            "test": "emerging.test.annotated",
        },
        ("corporation", "creative-work", "group", "location", "person", "product"),
    ),
    "resume_zh": _Layout(
        "zh",
        "bmes",
        {
            "train": "train.char.bmes",
            "validation": "dev.char.bmes",
            "test": "test.char.bmes",
        },
        ("CONT", "EDU", "LOC", "NAME", "ORG", "PRO", "RACE", "TITLE"),
    ),
}
