"""How texts are written in batches: greedily or with a beam, and where they end."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config

BeamStop = Literal["full", "settled"]


class WritingConfig(Config):
    """Settings of batched writing. Nothing is drawn by chance: the same input gives the same text.

    With one beam the most probable token is taken at every step (greedy).
    """

    num_beams: int = Field(default=1, ge=1, le=256)
    """Hypotheses that are followed at once; 1 is greedy."""
    length_penalty: float = Field(default=0.6, ge=0.0, le=10.0)
    """alpha of Wu et al. 2016, eq. 14: a hypothesis of n tokens, the end counted, is worth its
    log-probability divided by ((5 + n) / 6) ** alpha; 0 compares plain sums."""
    beam_stop: BeamStop = "full"
    """When a beam is done: `full` as soon as as many hypotheses have ended as there are beams;
    `settled` once no open one can overtake the best ended one, whatever it may still write."""
    max_new_tokens: int = Field(default=128, ge=1)
    """Longest text, in tokens."""
    max_source_ratio: float | None = Field(default=None, gt=0.0, le=100.0)
    """Longest target for each token of the source, to which ten tokens are added; the smaller of
    this and `max_new_tokens` counts. Only for models that read a source."""
    min_new_tokens: int = Field(default=0, ge=0)
    """No text ends before it has so many tokens."""
    no_repeat_ngram: int | None = Field(default=None, ge=1)
    """No sequence of so many tokens occurs twice in what is written."""
    batch_rows: int = Field(default=32, ge=1)
    """Texts that are written at once; each beam of a text is one more row."""
