"""Sound as a picture: the logarithm of the energy in bands that are even to the ear.

In: samples. Out: one row of bands for each frame. The scale is HTK's mel, 2595 log10(1 + f / 700)
(O'Shaughnessy 1987). Knows no file and no text.
"""

from __future__ import annotations

import torch

ENERGY_FLOOR = 1e-8
"""What is added to every energy, so that silence has a logarithm; samples are within -1 to 1."""
DEVIATION_FLOOR = 1e-3


def mel_filters(num_mels: int, fft_samples: int, sample_rate_hz: int) -> torch.Tensor:
    """Triangles over the bins of a Fourier transform, (M, fft_samples // 2 + 1).

    Their corners are evenly spaced on the mel scale from 0 to half the sample rate; each rises from
    the peak of the one below to 1 and falls to the peak of the one above.
    """
    top = _mel(torch.tensor(sample_rate_hz / 2, dtype=torch.float64))
    mels = torch.linspace(0.0, float(top), num_mels + 2, dtype=torch.float64)
    corners = 700.0 * (10.0 ** (mels / 2595.0) - 1.0)  # (M + 2,)
    bins = torch.linspace(0.0, sample_rate_hz / 2, fft_samples // 2 + 1, dtype=torch.float64)
    low, peak, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising = (bins - low) / (peak - low)
    falling = (high - bins) / (high - peak)
    return torch.minimum(rising, falling).clamp(min=0.0).float()


def log_mel(
    samples: torch.Tensor,
    filters: torch.Tensor,
    *,
    fft_samples: int,
    window_samples: int,
    hop_samples: int,
) -> torch.Tensor:
    """The log-mel spectrogram, (1 + N // hop_samples, M).

    Frame k describes the window around sample k * hop; beyond the ends stands silence. Energies are
    those of a Hann window's spectrum.

    Args:
        samples: (N,) float32 within -1 to 1, N >= 1.
        filters: of `mel_filters`.
        fft_samples: length of the transform.
        window_samples: samples under the window, at most `fft_samples`.
        hop_samples: samples from frame to frame.
    """
    spectrum = torch.stft(
        samples,
        n_fft=fft_samples,
        hop_length=hop_samples,
        win_length=window_samples,
        window=torch.hann_window(window_samples, device=samples.device),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )  # (bins, frames)
    return torch.log(filters @ spectrum.abs().square() + ENERGY_FLOOR).T


def normalised(features: torch.Tensor) -> torch.Tensor:
    """Each band (T, M) with mean 0 and deviation 1 over the recording, so that neither the
    loudness nor the microphone counts."""
    centred = features - features.mean(0)
    return centred / (centred.square().mean(0).sqrt() + DEVIATION_FLOOR)


def _mel(frequency_hz: torch.Tensor) -> torch.Tensor:
    return 2595.0 * torch.log10(1.0 + frequency_hz / 700.0)
