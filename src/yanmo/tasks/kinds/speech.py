"""Recordings of speech and what is said in them.

Comes in: the free spoken digits as published, tones that are made here, or own files whose rows
name WAV files and texts. Goes out: `SpeechExample`s, whose samples have the rate of the section.
Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from yanmo.core.messages import t
from yanmo.tasks.example import SpeechExample
from yanmo.tasks.file_task import SPLITS, FileTask, folder_of, source_of
from yanmo.tasks.reading.source_file import SourceFile
from yanmo.tasks.task import Split, Task
from yanmo.tasks.task_config import FilesConfig

_MIN_TONES_HZ = 4000
_VALIDATION_FRAC = 0.1


class SpeechConfig(FilesConfig):
    """Recordings of speech."""

    own_file_fields: ClassVar[tuple[str, ...]] = ("path_column", "text_column")

    kind: Literal["speech"]
    """Kind of the task."""
    dataset: Literal["free_spoken_digit", "tones"] | None = None
    """A published data set below `folder`: Free Spoken Digit (`recordings/`, or an archive .tar.gz
    of it), recordings 0 to 4 of each digit and speaker for testing, as it says itself. Or digits as
    tones of a telephone, which are made here and need no files."""
    path_column: str = "path"
    """Column of the WAV file, in own files; relative to the file that names it."""
    text_column: str = "text"
    """Column of what is said, in own files."""
    sample_rate_hz: int = Field(default=8000, ge=1000, le=384_000)
    """Samples a second that all recordings are brought to."""
    held_out_speakers: tuple[str, ...] = ()
    """Speakers of `free_spoken_digit` who are tested on and not learned from, in place of
    recordings 0 to 4 of all."""

    @model_validator(mode="after")
    def _check_dataset(self) -> Self:
        if self.held_out_speakers and self.dataset != "free_spoken_digit":
            raise ValueError(
                t('held_out_speakers has no effect without dataset = "free_spoken_digit"')
            )
        if self.dataset == "tones" and self.sample_rate_hz < _MIN_TONES_HZ:
            raise ValueError(t("tones need 4,000 samples a second at least"))
        return self

    def open(self, name: str, base_dir: Path) -> Task:
        """The task that this section describes."""
        if self.dataset == "tones":
            return self._open_tones(name)
        layout: dict[Split, list[SourceFile]] | None = None
        if self.dataset is not None:
            from yanmo.tasks.spoken_digits import recordings_in

            files = [recordings_in(folder_of(self, base_dir))]
            layout = {"train": files, "test": files}
        source = source_of(self, base_dir, layout)
        if layout is not None and self.validation_frac is None:
            source = replace(source, validation_frac=_VALIDATION_FRAC)
        language = self.language or "en"
        return FileTask(name, "speech", 1, self, source, _read, language=language)

    def _open_tones(self, name: str) -> Task:
        def read(_task: FileTask, split: Split) -> Iterable[SpeechExample]:
            from yanmo.tasks.tones import tone_examples

            return tone_examples(split, self.sample_rate_hz)

        # What the recordings follow from stands for their files: it changes when they do.
        made_by = Path(__file__).parent.parent / "tones.py"
        file = SourceFile(made_by, made_by.name)
        source = source_of(self, Path(), {split: [file] for split in SPLITS})
        return FileTask(name, "speech", 1, self, source, read, language=self.language or "en")


def _read(task: FileTask, split: Split) -> Iterable[SpeechExample]:
    """The examples of a split; what was done to their sound goes to the notes of the task."""
    from yanmo.tasks.reading.wave_files import Changes
    from yanmo.tasks.recordings import listed_recordings
    from yanmo.tasks.spoken_digits import spoken_digits

    config = task.config
    assert isinstance(config, SpeechConfig), "the section that opened the task"
    changes = Changes()
    examples: list[SpeechExample] = []
    for file in task.source.files[split]:
        if config.dataset is not None:
            examples += spoken_digits(
                file, split == "test", config.held_out_speakers, config.sample_rate_hz, changes
            )
        else:
            examples += listed_recordings(
                file,
                config.format,
                (config.path_column, config.text_column),
                config.sample_rate_hz,
                changes,
                has_header=config.has_header,
            )
    task.notes += changes.notes(config.sample_rate_hz)
    return examples
