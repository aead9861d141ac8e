"""What is said in recordings: the work of `yanmo predict` with a network that hears.

In: asks whose texts are paths of WAV files. Out: a text for each. Knows no rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yanmo.core.errors import ConfigError
from yanmo.core.messages import t
from yanmo.inference.recognise import features_of, recognise
from yanmo.models.speech_ctc import SpeechCTC
from yanmo.pipeline.predict.table import Ask, Table
from yanmo.pipeline.predict.work import NUM_DIGITS, PREDICTION, Values
from yanmo.tasks.reading.wave_files import Changes
from yanmo.tasks.recordings import sound_of_file

PATH_COLUMN = "path"


@dataclass
class SpeechWork:
    """Writes down what is said.

    Args:
        model: ready for inference.
        num_beams: 1 takes the best path; more keep so many prefixes.

    Attributes:
        folder: what relative paths are relative to.
    """

    model: SpeechCTC
    num_beams: int = 1
    folder: Path = field(default_factory=Path)
    asks_questions: bool = field(default=False, init=False)
    names: tuple[str, ...] = field(default=(PREDICTION, "log_prob"), init=False)
    _changes: Changes = field(default_factory=Changes, init=False)

    def run(self, asks: Sequence[Ask]) -> list[Values]:
        """The text of every recording, and its log-probability in nats.

        Raises:
            ConfigError: an ask is no path.
            DataError: a recording is missing or damaged.
        """
        rate_hz = self.model.config.sample_rate_hz
        sounds = []
        for ask in asks:
            if not isinstance(ask.text, str) or ask.second is not None:
                raise ConfigError(t("a network that hears reads one path a row"))
            path = self.folder / Path(ask.text.strip()).expanduser()
            sounds.append(sound_of_file(path, rate_hz, self._changes))
        found = recognise(
            self.model, features_of(sounds, self.model.config), num_beams=self.num_beams
        )
        return [
            {PREDICTION: one.text, "log_prob": round(one.log_prob, NUM_DIGITS)} for one in found
        ]

    def warnings(self) -> list[str]:
        """What was done to the recordings."""
        return self._changes.notes(self.model.config.sample_rate_hz)


def prepare_paths(work: object, table: Table, text_column: str | None) -> str | None:
    """The column that holds the paths, where recordings are heard; relative ones are then relative
    to the file that names them.

    Raises:
        ConfigError: recordings are given to a model that reads texts.
    """
    if not isinstance(work, SpeechWork):
        if table.has_sounds:
            raise ConfigError(t("this model reads texts; it does not hear"), where=str(table.file))
        return text_column
    work.folder = table.file.path.parent
    return PATH_COLUMN if text_column is None and PATH_COLUMN in table.columns else text_column
