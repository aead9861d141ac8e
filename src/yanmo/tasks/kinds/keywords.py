"""Texts and their keywords, as authors or indexers chose them.

Comes in: Inspec or CSL as published, or own files with a text and its keywords. Goes out:
`KeywordExample`s; a text without keywords is an error that names the row. Knows no model and no way
to find keywords.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar, Literal

from yanmo.core.messages import t
from yanmo.tasks.example import KeywordExample
from yanmo.tasks.file_task import FileTask, folder_of, layout_files, source_of
from yanmo.tasks.reading.row import Row
from yanmo.tasks.reading.rows import read_rows
from yanmo.tasks.reading.source_file import SourceFile, member_names, read_members
from yanmo.tasks.reading.tables import read_tsv
from yanmo.tasks.task import Split, Task
from yanmo.tasks.task_config import FilesConfig

_SPACES = re.compile(r"\s+")


class KeywordsConfig(FilesConfig):
    """Texts and their keywords."""

    own_file_fields: ClassVar[tuple[str, ...]] = ("text_column", "keywords_column", "separator")

    kind: Literal["keywords"]
    """Kind of the task."""
    dataset: Literal["inspec", "csl_zh"] | None = None
    """A published data set below `folder`: `inspec` (Inspec.zip: abstracts with all terms, those of
    the thesaurus too) or `csl_zh` (dev.tsv: abstract and title of Chinese papers). Each is one
    file, of which parts are cut off for validation and testing."""
    text_column: str = "text"
    """Column of the text, in own files."""
    keywords_column: str = "keywords"
    """Column of the keywords, in own files: a list, or a text that `separator` cuts."""
    separator: str = ";"
    """What stands between keywords that are written as one text."""

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""
        layout = None
        language = "en"
        if self.dataset is not None:
            file_name = {"inspec": "Inspec.zip", "csl_zh": "dev.tsv"}[self.dataset]
            language = {"inspec": "en", "csl_zh": "zh"}[self.dataset]
            layout = layout_files(folder_of(self, base_dir), {"train": file_name})

        def read(task: FileTask, split: Split) -> Iterator[KeywordExample]:
            for file in task.source.files[split]:
                yield from _read_file(file, self)

        return FileTask(
            name,
            "keywords",
            1,
            self,
            source_of(self, base_dir, layout),
            read,
            language=self.language or language,
        )


def _read_file(file: SourceFile, config: KeywordsConfig) -> Iterator[KeywordExample]:
    """The examples of one file."""
    if config.dataset == "inspec":
        yield from _read_inspec(file)
    elif config.dataset == "csl_zh":
        for row in read_tsv(file, ["1", "2", "3"], has_header=False):
            yield _example(row, row.text("2"), row.text("3").split("_"))
    else:
        columns = [config.text_column, config.keywords_column]
        for row in read_rows(file, config.format, columns=columns, has_header=config.has_header):
            if isinstance(row.value(config.keywords_column), list):
                keywords = list(row.texts(config.keywords_column))
            else:
                keywords = row.text(config.keywords_column).split(config.separator)
            yield _example(row, row.text(config.text_column), keywords)


def _example(row: Row, text: str, keywords: Iterable[str]) -> KeywordExample:
    """A text and its keywords, each once, with single spaces.

    Raises:
        DataError: no keyword is left.
    """
    found = dict.fromkeys(plain for word in keywords if (plain := _SPACES.sub(" ", word).strip()))
    if not found:
        raise row.error(t("the text has no keywords"))
    return KeywordExample(row.id, text, tuple(found))


def _read_inspec(file: SourceFile) -> Iterator[KeywordExample]:
    """The abstracts of Inspec: docsutf8/N.txt, and a keyword on each line of keys/N.key."""
    names = [name for name in member_names(file) if name.endswith(".txt") and "/docsutf8/" in name]
    if not names:
        raise file.error(t("the archive holds no {names}", names="docsutf8/*.txt"))
    keys = [name.replace("/docsutf8/", "/keys/").removesuffix(".txt") + ".key" for name in names]
    texts = read_members(file, names)
    for name, text, lines in zip(names, texts, read_members(file, keys), strict=True):
        member = SourceFile(file.path / name, name)
        if not text.strip():
            raise member.error(t("the file is empty"), row=1)
        example = _example(Row(member, 1, {}), _SPACES.sub(" ", text).strip(), lines.split("\n"))
        yield KeywordExample(name, example.text, example.keywords)
