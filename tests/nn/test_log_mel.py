"""Log-mel spectrograms against the formula written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from yanmo.nn.log_mel import ENERGY_FLOOR, log_mel, mel_filters, normalised

RATE_HZ, FFT, WINDOW, HOP, BANDS = 8000, 64, 48, 20, 8


def written_out(samples: np.ndarray) -> np.ndarray:
    """Every sum by itself: window, transform, triangles."""
    top = 2595 * math.log10(1 + RATE_HZ / 2 / 700)
    corners = [700 * (10 ** (k * top / (BANDS + 1) / 2595) - 1) for k in range(BANDS + 2)]
    window = [0.5 - 0.5 * math.cos(2 * math.pi * n / WINDOW) for n in range(WINDOW)]
    rows = []
    for frame in range(1 + len(samples) // HOP):
        first = frame * HOP - FFT // 2 + (FFT - WINDOW) // 2
        piece = [
            window[n] * (samples[first + n] if 0 <= first + n < len(samples) else 0.0)
            for n in range(WINDOW)
        ]
        energies = []
        for bin in range(FFT // 2 + 1):
            angles = [2 * math.pi * bin * n / FFT for n in range(WINDOW)]
            real = sum(x * math.cos(a) for x, a in zip(piece, angles, strict=True))
            imaginary = sum(x * math.sin(a) for x, a in zip(piece, angles, strict=True))
            energies.append(real**2 + imaginary**2)
        row = []
        for band in range(BANDS):
            low, peak, high = corners[band : band + 3]
            total = 0.0
            for bin, energy in enumerate(energies):
                hertz = bin * RATE_HZ / FFT
                slope = (hertz - low) / (peak - low), (high - hertz) / (high - peak)
                total += max(0.0, min(slope)) * energy
            row.append(math.log(total + ENERGY_FLOOR))
        rows.append(row)
    return np.array(rows)


def spectrogram(samples: torch.Tensor) -> torch.Tensor:
    filters = mel_filters(BANDS, FFT, RATE_HZ)
    return log_mel(samples, filters, fft_samples=FFT, window_samples=WINDOW, hop_samples=HOP)


@pytest.mark.parametrize("length", [1, 19, 20, 333])
def test_the_spectrogram_is_the_formula(length: int) -> None:
    samples = torch.randn(length, generator=torch.Generator().manual_seed(length))
    found = spectrogram(samples)
    assert found.shape == (1 + length // HOP, BANDS)
    np.testing.assert_allclose(found.numpy(), written_out(samples.numpy()), atol=2e-3)


def test_a_tone_is_loudest_in_its_own_band() -> None:
    peaks = mel_filters(40, 256, RATE_HZ)
    times = torch.arange(2000) / RATE_HZ
    for hertz in (300.0, 1000.0, 3000.0):
        tone = torch.sin(2 * math.pi * hertz * times)
        found = log_mel(tone, peaks, fft_samples=256, window_samples=200, hop_samples=80)
        band = int(found.mean(0).argmax())
        bin_of_peak = int(peaks[band].argmax()) * RATE_HZ / 256
        assert abs(bin_of_peak - hertz) < 0.15 * hertz + 40


def test_loudness_does_not_count() -> None:
    samples = 0.3 * torch.randn(1000, generator=torch.Generator().manual_seed(0))
    quiet, loud = normalised(spectrogram(samples)), normalised(spectrogram(3 * samples))
    torch.testing.assert_close(quiet, loud, atol=2e-3, rtol=0)
    assert abs(float(quiet.mean())) < 1e-4
