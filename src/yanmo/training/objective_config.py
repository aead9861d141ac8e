"""The `pretrain` sub-sections that hold the numbers of each objective.

Read by every command, therefore free of numpy and torch. A section that is left out stands for its
defaults; one that is written although another objective is trained is refused.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t

ObjectiveName = Literal[
    "causal", "masked", "span_corruption", "blank_infilling", "prefix", "infilling", "seq2seq"
]


class MaskedConfig(Config):
    """Masked language modelling (Devlin et al. 2019), drawn anew each epoch (Liu et al. 2019)."""

    mask_prob: float = Field(default=0.15, gt=0.0, lt=1.0)
    """Share of the tokens that are chosen to be predicted."""
    random_prob: float = Field(default=0.1, ge=0.0, le=1.0)
    """Share of the chosen tokens that a random token replaces."""
    unchanged_prob: float = Field(default=0.1, ge=0.0, le=1.0)
    """Share of the chosen tokens that stay as they are; the rest become `<|mask|>`."""
    unit: Literal["token", "word"] = "token"
    """What is chosen: single tokens, or whole words, Chinese ones as the segmenter cuts them."""
    has_next_sentence: bool = False
    """Also learn whether the second of two segments follows the first; needs a model with a
    pooler (bert)."""

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        if self.random_prob + self.unchanged_prob > 1.0:
            raise ValueError(
                t(
                    "random_prob = {random} and unchanged_prob = {unchanged} are more than 1"
                    " together",
                    random=self.random_prob,
                    unchanged=self.unchanged_prob,
                )
            )
        return self


class SpanCorruptionConfig(Config):
    """Span corruption (Raffel et al. 2020): spans become sentinels, the decoder writes them."""

    noise_frac: float = Field(default=0.15, gt=0.0, lt=1.0)
    """Share of the tokens that are cut out."""
    mean_span_tokens: float = Field(default=3.0, ge=1.0)
    """Mean length of a span."""


class BlankInfillingConfig(Config):
    """Autoregressive blank infilling (Du et al. 2022), short spans and whole endings."""

    masked_frac: float = Field(default=0.15, gt=0.0, lt=1.0)
    """Share of the tokens that short spans cover."""
    mean_span_tokens: float = Field(default=3.0, ge=0.1)
    """Lambda of the Poisson distribution of span lengths; lengths of 0 are drawn again."""
    generation_prob: float = Field(default=0.5, ge=0.0, le=1.0)
    """Share of the texts in which, instead, one span covers the last 50% to 100%."""


class InfillingConfig(Config):
    """Fill-in-the-middle (Bavarian et al. 2022)."""

    fim_prob: float = Field(default=0.5, gt=0.0, le=1.0)
    """Share of the texts that are rearranged; the others are read from left to right."""
    spm_prob: float = Field(default=0.5, ge=0.0, le=1.0)
    """Share of the rearranged texts that are given as suffix, prefix, middle; the others as
    prefix, suffix, middle."""


class Seq2SeqConfig(Config):
    """From a source to a target: the first line of a document, and the rest of it."""

    label_smoothing: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Probability that is spread evenly over the vocabulary (Szegedy et al. 2016, section 7);
    training only, validation is measured without."""
    max_source_tokens: int | None = Field(default=None, ge=2)
    """Longest source, its end included; longer ones are cut, and counted. `model.max_seq_len` when
    unset."""
    max_target_tokens: int | None = Field(default=None, ge=2)
    """Longest target, its end included; longer ones are cut, and counted. `model.max_seq_len` when
    unset."""


SECTIONS: tuple[ObjectiveName, ...] = (
    "masked",
    "span_corruption",
    "blank_infilling",
    "infilling",
    "seq2seq",
)
"""Objectives that have a section of their own."""
