"""A network that hears at work: sounds in, texts out, in batches.

Recordings of like length go through together; none is changed by its company. Knows no files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from yanmo.core.errors import RunError
from yanmo.core.messages import t
from yanmo.inference.ctc import greedy, prefix_beam
from yanmo.inference.windows import in_batches
from yanmo.models.speech_config import SpeechShape
from yanmo.models.speech_ctc import SpeechCTC, num_scored
from yanmo.nn.log_mel import log_mel, mel_filters, normalised

Samples = NDArray[np.float32]
BATCH_FRAMES = 16_384
MAX_BATCH_ROWS = 128


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was heard, and its log-probability in nats; see `inference.ctc.Transcript`."""

    text: str
    log_prob: float


def features_of(sounds: Sequence[Samples], shape: SpeechShape) -> list[NDArray[np.float32]]:
    """The frames (T, M) of each sound (N,), which has the sample rate of `shape`."""
    filters = mel_filters(shape.num_mels, shape.fft_samples, shape.sample_rate_hz)
    return [
        normalised(
            log_mel(
                torch.from_numpy(sound),
                filters,
                fft_samples=shape.fft_samples,
                window_samples=shape.window_samples,
                hop_samples=shape.hop_samples,
            )
        ).numpy()
        for sound in sounds
    ]


def recognise(
    model: SpeechCTC, features: Sequence[NDArray[np.float32]], *, num_beams: int = 1
) -> list[Recognised]:
    """A text for the frames (T, M) of each recording.

    Args:
        model: in the middle of a training it is put into evaluation mode and back.
        features: of `features_of`.
        num_beams: 1 takes the best path; more keep so many prefixes.

    Raises:
        RunError: a score is not a number.
    """
    was_training = model.training
    model.eval()
    try:
        scores = _score(model, features)
    finally:
        model.train(was_training)
    found = []
    for own in scores:
        best = greedy(own) if num_beams == 1 else prefix_beam(own, num_beams)[0]
        text = "".join(model.config.alphabet[number - 1] for number in best.classes)
        found.append(Recognised(" ".join(text.split()), best.log_prob))
    return found


@torch.inference_mode()
def _score(model: SpeechCTC, features: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float64]]:
    scores: list[NDArray[np.float64]] = [np.empty((0, 0))] * len(features)
    for batch in in_batches([len(own) for own in features], BATCH_FRAMES, MAX_BATCH_ROWS):
        width = max(len(features[place]) for place in batch)
        frames = torch.zeros(len(batch), width, model.config.num_mels)
        mask = torch.zeros(len(batch), width, dtype=torch.bool)
        for row, place in enumerate(batch):
            frames[row, : len(features[place])] = torch.from_numpy(features[place])
            mask[row, : len(features[place])] = True
        output = model(frames.to(model.device), mask.to(model.device))
        found = output.scores.double().cpu().numpy()
        for row, place in enumerate(batch):
            scores[place] = found[row, : num_scored(len(features[place]))]
            if not np.isfinite(scores[place]).all():
                raise RunError(
                    t("the model gives scores that are not numbers"),
                    hint=t("Its weights are damaged, or its training diverged."),
                )
    return scores
