"""Digits as pairs of tones, made here: speech recognition that needs no files.

Each digit has a low and a high tone, as the keys of a telephone do (ITU-T Q.23). A recording is a
row of digits with pauses, of changing length, pitch and loudness, under noise. All of it follows
from the split and the number of the recording.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yanmo.tasks.example import SpeechExample
from yanmo.tasks.task import Split

LOW_HZ = (697.0, 770.0, 852.0, 941.0)
HIGH_HZ = (1209.0, 1336.0, 1477.0)
KEYS = {"1": (0, 0), "2": (0, 1), "3": (0, 2), "4": (1, 0), "5": (1, 1), "6": (1, 2)} | {
    "7": (2, 0),
    "8": (2, 1),
    "9": (2, 2),
    "0": (3, 1),
}
"""Row and column of each digit on the keypad."""
NUM_RECORDINGS: dict[Split, int] = {"train": 400, "validation": 50, "test": 100}
MAX_DIGITS = 5
_SEEDS: dict[Split, int] = {"train": 1, "validation": 2, "test": 3}


def tone_examples(split: Split, sample_rate_hz: int) -> list[SpeechExample]:
    """The recordings of a split.

    Args:
        split: no recording is in two of them.
        sample_rate_hz: at least 4,000, so that the highest tone can be told.
    """
    assert sample_rate_hz >= 4000, "checked by the section"
    examples = []
    for number in range(NUM_RECORDINGS[split]):
        generator = np.random.default_rng((_SEEDS[split], number))
        digits = generator.integers(10, size=generator.integers(1, MAX_DIGITS + 1))
        text = "".join(map(str, digits.tolist()))
        samples = dialled(text, sample_rate_hz, generator)
        examples.append(SpeechExample(f"tones:{split}:{number + 1}", samples, sample_rate_hz, text))
    return examples


def dialled(
    digits: str, sample_rate_hz: int, generator: np.random.Generator
) -> NDArray[np.float32]:
    """The sound (N,) of digits: tones of 60 to 120 ms between pauses of 30 to 90 ms, up to 1.5%
    off pitch, noise 10 to 25 dB below them."""
    parts = []
    for digit in digits:
        parts.append(np.zeros(int(generator.uniform(0.03, 0.09) * sample_rate_hz)))
        times = np.arange(int(generator.uniform(0.06, 0.12) * sample_rate_hz)) / sample_rate_hz
        row, column = KEYS[digit]
        pitch = generator.uniform(0.985, 1.015)
        phases = generator.uniform(0.0, 2 * np.pi, 2)
        low = np.sin(2 * np.pi * LOW_HZ[row] * pitch * times + phases[0])
        high = np.sin(2 * np.pi * HIGH_HZ[column] * pitch * times + phases[1])
        parts.append(low + high)
    parts.append(np.zeros(int(0.03 * sample_rate_hz)))
    sound = np.concatenate(parts)
    noise = 10 ** (-generator.uniform(10.0, 25.0) / 20)
    sound = sound + noise * generator.standard_normal(len(sound))
    loudness = generator.uniform(0.3, 0.9) / np.abs(sound).max()
    return np.asarray(loudness * sound, np.float32)
