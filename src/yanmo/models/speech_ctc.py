"""A network that hears: convolutions, recurrent layers in two directions, a head for CTC.

In: frames of a log-mel spectrogram. Out: for every second frame the log-probabilities of each
character and of the blank (Graves et al. 2006). Knows no sound files; a text is a row of classes.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.models.initialization import initialize
from yanmo.models.output import ModelOutput
from yanmo.models.recurrent_initialization import recurrent_value
from yanmo.models.speech_config import STRIDE, SpeechConfig
from yanmo.models.weight_count import count_weights
from yanmo.nn.recurrent import RecurrentEncoder

BLANK = 0
KERNEL_SIZE = 5
SCORE_STD = 0.05
"""Deviation of the head's weights: at first all characters are nearly as likely."""
IGNORED_LABEL = -100


class SpeechCTC(nn.Module):
    """Two convolutions over time, the second of which halves the frames; gated recurrent layers;
    one linear layer. What comes out for a recording does not depend on padding.

    Args:
        config: the full shape.
    """

    kind: Literal["speech"] = "speech"

    def __init__(self, config: SpeechConfig) -> None:
        super().__init__()
        self.config = config
        width, reach = config.d_model, KERNEL_SIZE // 2
        self.convolutions = nn.ModuleList(
            [
                nn.Conv1d(config.num_mels, width, KERNEL_SIZE, padding=reach),
                nn.Conv1d(width, width, KERNEL_SIZE, stride=STRIDE, padding=reach),
            ]
        )
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.recurrent = RecurrentEncoder(
            cell="gru",
            d_input=width,
            d_hidden=config.d_hidden,
            num_layers=config.num_layers,
            dropout=config.dropout,
            is_bidirectional=True,
        )
        self.lm_head = nn.Linear(config.d_hidden, config.num_classes)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.lm_head.weight.device

    def init_weights(self, seed: int) -> None:
        """Fill every parameter from a seed of its own; see `recurrent_value`."""
        rule = recurrent_value(SCORE_STD, has_forget_gate=False)

        def value(name: str, parameter: nn.Parameter, generator: torch.Generator) -> torch.Tensor:
            if name.startswith("norms.") and name.endswith("weight"):
                return torch.ones(parameter.shape)
            if parameter.ndim == 3:
                std = parameter[0].numel() ** -0.5
                return torch.empty(parameter.shape).normal_(0.0, std, generator=generator)
            return rule(name, parameter, generator)

        initialize(self, seed, value)

    def num_params(self) -> int:
        """Parameters."""
        return count_weights(self.parameters())

    def flops_per_token(self) -> int:
        """Training FLOPs for one frame; see `SpeechConfig.flops_per_token`."""
        return self.config.flops_per_token()

    def forward(
        self,
        features: torch.Tensor,
        mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
    ) -> ModelOutput:
        """Score the characters, and sum the loss where there are labels.

        Args:
            features: (B, T, M) frames.
            mask: (B, T), True at real frames, which come first; all when left out.
            labels: (B, L) classes of the characters, -100 behind the shorter texts.

        Returns:
            `scores` (B, ceil(T / 2), C), log-probabilities; with labels `loss_sum`, -log p(text) in
            nats over all ways to write it (Graves et al. 2006, eq. 3 and 8). A text that is too
            long for its recording has no way, and adds nothing.
        """
        if mask is None:
            mask = features.new_ones(features.shape[:2], dtype=torch.bool)
        x = features
        for number, (convolution, norm) in enumerate(
            zip(self.convolutions, self.norms, strict=True)
        ):
            x = convolution((x * mask[..., None]).transpose(1, 2)).transpose(1, 2)  # (B, T, D)
            x = F.gelu(norm(x))
            if number:
                mask = mask[:, ::STRIDE]
        x = F.dropout(x, self.config.dropout, self.training)
        hidden, _ = self.recurrent(x, mask)
        dropped = F.dropout(hidden, self.config.dropout, self.training)
        scores = F.log_softmax(self.lm_head(dropped).float(), dim=-1)
        loss_sum = None
        if labels is not None:
            is_real = labels != IGNORED_LABEL
            loss_sum = F.ctc_loss(
                scores.transpose(0, 1),
                labels.masked_fill(~is_real, BLANK),
                mask.sum(1),
                is_real.sum(1),
                blank=BLANK,
                reduction="sum",
                zero_infinity=True,
            )
        return ModelOutput(hidden=hidden, scores=scores, loss_sum=loss_sum)


def num_scored(num_frames: int) -> int:
    """Places that are scored for so many frames."""
    return -(-num_frames // STRIDE)


def num_needed(classes: list[int]) -> int:
    """Places that a text takes at least: one a character, and a blank between equal neighbours."""
    repeated = sum(a == b for a, b in pairwise(classes))
    return len(classes) + repeated
