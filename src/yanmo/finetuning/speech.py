"""What a network that hears learns: frames in, the text in any of the ways that it can be written.

In: frames and texts of recordings. Out: rows for the trainer, and the loss of CTC (Graves et al.
2006). While learning, recordings are made faster or slower, higher or lower, and stretches of
bands and of time are left out (Park et al. 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from yanmo.core.errors import DataError
from yanmo.core.messages import t
from yanmo.models.speech_ctc import IGNORED_LABEL, num_needed, num_scored
from yanmo.tasks.example import SpeechExample
from yanmo.training.objectives.objective import (
    Batch,
    Ids,
    NumpyBatch,
    Rows,
    count_labels,
    pad_rows,
)

Frames = npt.NDArray[np.float32]
MAX_BANDS_FRAC = 0.15
MAX_TIME_FRAC = 0.15
"""The widest stretch that is left out, as a part of all bands and of all frames."""
NUM_MASKS = 2
MAX_SPEED = 0.2
"""How much faster or slower a recording is made (Ko et al. 2015)."""
MAX_SHIFT_BANDS = 2
"""How many bands a voice is made higher or lower (after Jaitly and Hinton 2013)."""


@dataclass(frozen=True)
class SpeechRows:
    """Recordings that are learned from.

    Attributes:
        frames: (T, M) of each.
        labels: (L,) classes of each text.
        is_varied: whether they are changed a little every time they are read; see `varied`.
    """

    frames: Sequence[Frames]
    labels: Sequence[Ids]
    is_varied: bool

    @property
    def num_rows(self) -> int:
        """Recordings of the split."""
        return len(self.frames)

    @property
    def num_too_short(self) -> int:
        """Recordings with fewer places than their text needs, which teach nothing."""
        return sum(
            num_scored(len(own)) < num_needed(text.tolist())
            for own, text in zip(self.frames, self.labels, strict=True)
        )


def alphabet_of(examples: Sequence[SpeechExample]) -> str:
    """The characters of all texts, sorted.

    Raises:
        DataError: no text is known.
    """
    found = sorted({character for one in examples for character in one.transcript or ""})
    if not found:
        raise DataError(t("no recording has a text to learn from"))
    return "".join(found)


def build_speech_rows(
    examples: Sequence[SpeechExample], frames: Sequence[Frames], alphabet: str, *, is_varied: bool
) -> SpeechRows:
    """Rows of recordings.

    Args:
        examples: recordings with texts; characters outside `alphabet` are left out of the loss.
        frames: (T, M) of each.
        alphabet: characters by class, from 1.
        is_varied: see `SpeechRows`.

    Raises:
        DataError: a recording has no text.
    """
    classes = {character: number for number, character in enumerate(alphabet, start=1)}
    labels = []
    for example in examples:
        if not example.transcript:
            raise DataError(
                t("a recording has no text to learn from"),
                where=example.id,
                hint=t("Give it one, or take the row out of the file."),
            )
        known = [classes[one] for one in example.transcript if one in classes]
        labels.append(np.array(known, np.int64))
    return SpeechRows(frames, labels, is_varied)


@dataclass(frozen=True)
class SpeechObjective:
    """Every way to write the text, summed."""

    name: str = field(default="ctc", init=False)

    def make_batch(
        self, rows: Rows, row_indices: Ids, generators: Sequence[np.random.Generator]
    ) -> NumpyBatch:
        """`features` (B, T, M), `mask` (B, T), `labels` (B, L)."""
        assert isinstance(rows, SpeechRows), "these rows belong to another objective"
        places = row_indices.tolist()
        frames = [rows.frames[place] for place in places]
        if rows.is_varied:
            frames = [varied(own, g) for own, g in zip(frames, generators, strict=True)]
        width = max(map(len, frames))
        features = np.zeros((len(frames), width, frames[0].shape[1]), np.float32)
        mask = np.zeros((len(frames), width), np.bool_)
        for row, own in enumerate(frames):
            features[row, : len(own)] = own
            mask[row, : len(own)] = True
        found: dict[str, npt.NDArray[Any]] = {"features": features, "mask": mask}
        # One column at least, where all texts are empty.
        longest = max(1, *(len(rows.labels[place]) for place in places))
        labels = [*(rows.labels[place] for place in places), np.zeros(longest, np.int64)]
        return found | {"labels": pad_rows(labels, IGNORED_LABEL)[:-1]}

    def loss(self, model: nn.Module, batch: Batch) -> tuple[torch.Tensor, int]:
        """-log p(text) in nats, summed, and the characters of the texts."""
        output = model(batch["features"], batch["mask"], batch["labels"])
        return output.loss_sum, count_labels(batch)

    def count_targets(self, batch: NumpyBatch) -> int:
        """Characters of the texts."""
        return count_labels(batch)


def varied(frames: Frames, generator: np.random.Generator) -> Frames:
    """Frames (T, M) as another voice might have given them: faster or slower, higher or lower, and
    with two stretches of bands and two of time at zero, which is their mean."""
    num_frames, num_mels = frames.shape
    length = max(1, round(num_frames * generator.uniform(1.0 - MAX_SPEED, 1.0 + MAX_SPEED)))
    result = _at_speed(frames, length)
    shift = int(generator.integers(-MAX_SHIFT_BANDS, MAX_SHIFT_BANDS + 1))
    # What comes in from beyond the edge is what stands there.
    result = result[:, np.clip(np.arange(num_mels) + shift, 0, num_mels - 1)]
    for _ in range(NUM_MASKS):
        first, behind = _stretch(num_mels, MAX_BANDS_FRAC, generator)
        result[:, first:behind] = 0.0
        first, behind = _stretch(length, MAX_TIME_FRAC, generator)
        result[first:behind] = 0.0
    return result


def _at_speed(frames: Frames, length: int) -> Frames:
    """Frames (T, M) at `length` places, between which they are drawn straight."""
    places = np.linspace(0.0, len(frames) - 1.0, length)
    low = places.astype(np.int64)
    high = np.minimum(low + 1, len(frames) - 1)
    part = (places - low).astype(np.float32)[:, None]
    found: Frames = frames[low] * (1 - part) + frames[high] * part
    return found


def _stretch(size: int, most: float, generator: np.random.Generator) -> tuple[int, int]:
    """A stretch of at most `most` of `size` places."""
    width = int(generator.integers(round(most * size) + 1))
    first = int(generator.integers(size - width + 1))
    return first, first + width
