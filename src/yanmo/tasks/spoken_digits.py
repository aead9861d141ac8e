"""Free Spoken Digit (Jackson et al. 2018): single digits in English, `DIGIT_SPEAKER_NUMBER.wav`.

In: the folder `recordings`, or an archive of it. Out: examples whose text is the digit's word.
Recordings 0 to 4 of each digit and speaker are for testing, as the data set says.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Collection, Iterator
from pathlib import Path

from yanmo.core.errors import DataError
from yanmo.core.messages import listed, t
from yanmo.tasks.example import SpeechExample
from yanmo.tasks.reading.source_file import SourceFile
from yanmo.tasks.reading.wave_files import Changes, read_wave

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NUM_TESTED = 5
FOLDER = "recordings"
_NAME = re.compile(r"(?P<digit>[0-9])_(?P<speaker>[A-Za-z0-9]+)_(?P<number>[0-9]+)\.wav")


def recordings_in(folder: Path) -> SourceFile:
    """The archive, or where there is none the folder with the recordings, below `folder`."""
    archives = sorted(
        path for path in folder.glob("*.t*gz") if path.name.endswith((".tgz", "r.gz"))
    )
    if archives and not (folder / FOLDER).is_dir():
        return SourceFile(archives[0], archives[0].name)
    return SourceFile(folder / FOLDER, FOLDER)


def spoken_digits(
    file: SourceFile,
    is_test: bool,
    held_out_speakers: Collection[str],
    rate_hz: int,
    changes: Changes,
) -> list[SpeechExample]:
    """The recordings that are tested on, or those that are learned from, by their names.

    Args:
        file: of `recordings_in`.
        is_test: which of the two.
        held_out_speakers: if there are any, they are tested on, and all others learned from.
        rate_hz: samples a second that are wanted.
        changes: counts what is changed on the way.

    Raises:
        DataError: there are none, a file is damaged, or a speaker is not there.
    """
    examples = []
    speakers: set[str] = set()
    for name, data in sorted(_files(file)):
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        speakers.add(match["speaker"])
        is_tested = int(match["number"]) < NUM_TESTED
        if held_out_speakers:
            is_tested = match["speaker"] in held_out_speakers
        if is_tested == is_test:
            one = SourceFile(file.path / name, name)
            samples = read_wave(data, rate_hz, changes, one.error)
            examples.append(SpeechExample(name, samples, rate_hz, WORDS[int(match["digit"])]))
    unknown = sorted(set(held_out_speakers) - speakers)
    if unknown and speakers:
        raise file.error(
            t("there is no speaker '{name}'", name=unknown[0]),
            hint=t("There are: {names}.", names=listed(sorted(speakers))),
        )
    return examples


def _files(file: SourceFile) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each WAV file of a folder or an archive."""
    if file.path.is_dir():
        for path in file.path.glob("*.wav"):
            yield path.name, path.read_bytes()
        return
    if not file.path.is_file():
        raise file.error(
            t("this file does not exist"),
            hint=t("Set folder to where recordings/ or its archive .tar.gz lies."),
        )
    try:
        with tarfile.open(file.path, "r:gz") as archive:
            for member in archive:
                opened = archive.extractfile(member) if member.isfile() else None
                if opened is not None and member.name.endswith(".wav"):
                    yield Path(member.name).name, opened.read()
    except (tarfile.TarError, EOFError, OSError) as problem:
        raise _damaged(file, problem) from None


def _damaged(file: SourceFile, problem: Exception) -> DataError:
    return file.error(
        t("the archive is truncated or damaged"), why=str(problem), hint=t("Copy it again.")
    )
