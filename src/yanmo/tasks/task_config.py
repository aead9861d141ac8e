"""What the sections of all kinds of tasks have in common: which files make which split.

Comes in: a section of a recipe. Goes out: the fields, checked against each other. Knows no kind and
reads no file; what becomes of the fields is in `yanmo.tasks.file_task`.
"""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t
from yanmo.tasks.reading.formats import RowFormat

Files = str | list[str]
NEEDS_NO_FOLDER = ("python_docs", "tones")
"""Data sets that come with Python, or are made here."""


class SplitLimits(Config):
    """The most examples that each split may have; None takes all."""

    train: int | None = Field(default=None, ge=1)
    """The most examples to learn from."""
    validation: int | None = Field(default=None, ge=1)
    """The most examples to choose by."""
    test: int | None = Field(default=None, ge=1)
    """The most examples to measure on."""


class FilesConfig(Config):
    """Files of a task: those of a published data set below `folder`, or one's own by split."""

    own_file_fields: ClassVar[tuple[str, ...]] = ()
    """Fields of the class that say how own files look, and are refused beside a `dataset`."""

    folder: str | None = None
    """Where the data set lies; relative to the recipe. Own files are relative to it too."""
    train: Files | None = None
    """Own files to learn from: a path or several; `.gz` and members of a `.zip` are read too."""
    validation: Files | None = None
    """Own files to choose by."""
    test: Files | None = None
    """Own files to measure on."""
    format: RowFormat | None = None
    """How own files are written. Derived from the ending of their names."""
    has_header: bool = True
    """Whether the first line of own CSV or TSV files names the columns; else they are called `1`,
    `2` ..."""
    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$")
    """Language of the texts, which decides how metrics cut them. Derived: that of the published
    data set, else `en`."""
    max_examples: SplitLimits = SplitLimits()
    """The most examples of each split; an even sample by `split_seed`, in the order of the file."""
    validation_frac: float | None = Field(default=None, ge=0.0, lt=1.0)
    """Part of the training files that is cut off for validation where there is no file for it.
    Derived: 0.1 for published data sets that are one file, else 0."""
    test_frac: float | None = Field(default=None, ge=0.0, lt=1.0)
    """Part of the training files that is cut off for testing where there is no file for it.
    Derived: 0.2 for published data sets that are one file, else 0."""
    split_seed: int = 0
    """Decides which examples a cut or a limit takes."""

    @model_validator(mode="after")
    def _check_files(self) -> Self:
        own = [name for name in ("train", "validation", "test") if getattr(self, name)]
        dataset = getattr(self, "dataset", None)
        if dataset in NEEDS_NO_FOLDER:
            own.append("folder")
        if dataset is not None:
            self._check_beside(dataset, (*own, "format", "has_header", *self.own_file_fields))
        if dataset is None and not own:
            raise ValueError(t("a task needs a dataset, or files: train, validation or test"))
        if dataset is not None and dataset not in NEEDS_NO_FOLDER and self.folder is None:
            raise ValueError(
                t('dataset = "{dataset}" needs the folder where it lies', dataset=dataset)
            )
        for split in ("validation", "test"):
            if getattr(self, split) and getattr(self, f"{split}_frac"):
                raise ValueError(
                    t(
                        "{split}_frac has no effect beside a file for {split}; remove one of them",
                        split=split,
                    )
                )
        if (self.validation_frac or 0.0) + (self.test_frac or 0.0) >= 1.0:
            raise ValueError(t("validation_frac and test_frac leave nothing to learn from"))
        return self

    def _check_beside(self, dataset: str, names: tuple[str, ...]) -> None:
        """Raises where a field has another value than its default, which a published data set
        leaves without effect."""
        fields = type(self).model_fields
        for name in names:
            if getattr(self, name) != fields[name].default:
                raise ValueError(
                    t(
                        '{field} has no effect beside dataset = "{dataset}", which knows its files',
                        field=name,
                        dataset=dataset,
                    )
                )
