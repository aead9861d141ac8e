"""Sounds from WAV files: bytes in, samples within -1 to 1 out, one channel, at the rate asked for.

PCM of 8, 16, 24 and 32 bits, by the standard library. What is changed on the way (channels, rate)
is counted, so that it can be said aloud. Knows no text.
"""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yanmo.core.errors import DataError
from yanmo.core.messages import t

Samples = NDArray[np.float32]
ErrorOf = Callable[..., DataError]
"""Makes the error for the place that a file is named at: takes `what`, `why=`, `hint=`."""
_HALF_WIDTH = 16
"""Zero crossings of the resampling filter to either side."""
_MAX_SECONDS = 3600


@dataclass
class Changes:
    """What was done to sounds while they were read.

    Attributes:
        rates: by the rate of files, how many were brought to another.
        num_mixed: files of several channels, of which the mean was taken.
    """

    rates: dict[int, int] = field(default_factory=dict)
    num_mixed: int = 0

    def notes(self, rate_hz: int) -> list[str]:
        """What a user should hear."""
        found = [
            t(
                "{count:,} {count:recording is|recordings are} resampled from {rate:,} to"
                " {wanted:,} samples a second",
                count=count,
                rate=rate,
                wanted=rate_hz,
            )
            for rate, count in sorted(self.rates.items())
        ]
        if self.num_mixed:
            found.append(
                t(
                    "of {count:,} {count:recording|recordings} with several channels the mean is"
                    " taken",
                    count=self.num_mixed,
                )
            )
        return found


def read_wave(data: bytes, rate_hz: int, changes: Changes, error: ErrorOf) -> Samples:
    """The samples (N,) of a WAV file.

    Args:
        data: the file.
        rate_hz: samples a second that are wanted.
        changes: counts what is changed.
        error: makes errors that name the place.

    Raises:
        DataError: it is no PCM WAV, is empty, truncated, or longer than an hour.
    """
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, rate, count = file.getparams()[:4]
            frames = file.readframes(count)
    except (wave.Error, EOFError) as problem:
        raise error(
            t("this is no WAV file of PCM samples"),
            why=str(problem) or t("the file is empty"),
            hint=t("Convert it: ffmpeg -i {file} -c:a pcm_s16le NEW.wav", file="FILE"),
        ) from None
    if not count or not frames:
        raise error(t("the recording is empty"))
    if len(frames) < count * channels * width:
        raise error(
            t("the recording is truncated"),
            why=t(
                "{there:,} of {told:,} samples are there",
                there=len(frames) // (channels * width),
                told=count,
            ),
        )
    if count > _MAX_SECONDS * rate:
        raise error(t("the recording is longer than an hour"), hint=t("Cut it into sentences."))
    samples = _as_floats(frames, width).reshape(-1, channels)
    changes.num_mixed += channels > 1
    sound = samples.mean(1)
    if rate != rate_hz:
        changes.rates[rate] = changes.rates.get(rate, 0) + 1
        sound = resampled(sound, rate, rate_hz)
    return np.ascontiguousarray(sound, dtype=np.float32)


def resampled(samples: NDArray[np.float64], from_hz: int, to_hz: int) -> NDArray[np.float64]:
    """`samples` (N,) at another rate, (ceil(N * to / from),): a windowed sinc, cut off at half the
    lower of the two rates (Oppenheim & Schafer, section 4.6); silence stands beyond the ends."""
    cutoff = min(1.0, to_hz / from_hz)
    reach = math.ceil(_HALF_WIDTH / cutoff)
    padded = np.pad(samples, reach)
    length = -(-len(samples) * to_hz // from_hz)
    result = np.empty(length)
    offsets = np.arange(-reach + 1, reach + 1)
    for first in range(0, length, 1 << 16):
        times = np.arange(first, min(first + (1 << 16), length)) * (from_hz / to_hz)
        whole = times.astype(np.int64)
        distance = offsets - (times - whole)[:, None]  # (n, 2 reach)
        window = np.cos(np.clip(distance / reach, -1.0, 1.0) * (math.pi / 2)) ** 2
        taps = cutoff * np.sinc(cutoff * distance) * window
        taps /= taps.sum(1, keepdims=True)  # a constant stays what it is
        result[first : first + len(times)] = (taps * padded[whole[:, None] + offsets + reach]).sum(
            1
        )
    return result


def _as_floats(frames: bytes, width: int) -> NDArray[np.float64]:
    """Little-endian samples of so many bytes; those of one byte have no sign."""
    if width == 1:
        return (np.frombuffer(frames, np.uint8).astype(float) - 128.0) / 128.0
    if width == 3:
        parts = np.frombuffer(frames, np.uint8).reshape(-1, 3).astype(np.int32)
        whole = parts[:, 0] << 8 | parts[:, 1] << 16 | parts[:, 2] << 24
        return whole / 2.0**31
    kind = "<i2" if width == 2 else "<i4"
    return np.frombuffer(frames, kind) / float(2 ** (8 * width - 1))
