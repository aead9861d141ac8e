"""Shape of a network that hears: sounds cut into frames, frames into characters.

Numbers only, therefore free of torch; the layers are in `yanmo.models.speech_ctc`.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t

MAX_WIDTH = 1 << 16
STRIDE = 2
"""Frames that the network reads for each that it writes."""


class SpeechShape(Config):
    """What a recipe says of a network that hears."""

    sample_rate_hz: int = Field(default=8000, ge=1000, le=384_000)
    """Samples a second that sounds are brought to."""
    num_mels: int = Field(default=40, ge=4, le=1024)
    """Bands of the spectrogram, M."""
    window_ms: float = Field(default=25.0, ge=1.0, le=1000.0)
    """Length of sound that a frame describes."""
    hop_ms: float = Field(default=10.0, ge=0.5, le=1000.0)
    """Time from one frame to the next."""
    d_model: int = Field(default=96, ge=4, le=MAX_WIDTH)
    """Channels of the convolutions, D."""
    d_hidden: int = Field(default=192, ge=4, le=MAX_WIDTH, multiple_of=2)
    """Width of the recurrent states of both directions together, U."""
    num_layers: int = Field(default=1, ge=1, le=64)
    """Recurrent layers, L."""
    dropout: float = Field(default=0.2, ge=0.0, lt=1.0)
    """Probability of dropping an element of what enters and leaves the recurrent layers."""

    @property
    def window_samples(self) -> int:
        """Samples of a frame."""
        return round(self.sample_rate_hz * self.window_ms / 1000)

    @property
    def hop_samples(self) -> int:
        """Samples from frame to frame."""
        return max(1, round(self.sample_rate_hz * self.hop_ms / 1000))

    @property
    def fft_samples(self) -> int:
        """Length of the Fourier transform: the next power of two."""
        return 1 << (self.window_samples - 1).bit_length()

    @model_validator(mode="after")
    def _check_bands(self) -> Self:
        if self.num_mels > self.fft_samples // 2:
            raise ValueError(
                t(
                    "{bands} bands are more than a window of {samples} samples tells apart",
                    bands=self.num_mels,
                    samples=self.window_samples,
                )
            )
        return self


class SpeechConfig(SpeechShape):
    """The full shape, with what is written."""

    alphabet: str = Field(min_length=1, max_length=100_000)
    """Characters that can be written, in the order of their classes; class 0 is the blank."""

    @model_validator(mode="after")
    def _check_alphabet(self) -> Self:
        if len(set(self.alphabet)) < len(self.alphabet):
            raise ValueError(t("a character stands twice in the alphabet"))
        return self

    @property
    def num_classes(self) -> int:
        """Characters and the blank, C."""
        return len(self.alphabet) + 1

    def flops_per_token(self) -> int:
        """Training FLOPs for one frame: 6 for each weight, halved behind the stride."""
        convolutions = 5 * self.num_mels * self.d_model + 5 * self.d_model**2 // STRIDE
        half = self.d_hidden // 2
        layers = 2 * 3 * half * (self.d_model + half)
        layers += (self.num_layers - 1) * 2 * 3 * half * (self.d_hidden + half)
        return 6 * (convolutions + (layers + self.d_hidden * self.num_classes) // STRIDE)
