"""The numbers of preference tuning. Loaded by every command, therefore free of torch."""

from __future__ import annotations

from pydantic import Field

from yanmo.core.config import Config
from yanmo.finetuning.instruction_config import TooLong


class PreferenceConfig(Config):
    """Direct preference optimisation (Rafailov et al. 2023)."""

    beta: float = Field(default=0.1, gt=0.0)
    """How dear it is to move away from the model that training begins with."""
    label_smoothing: float = Field(default=0.0, ge=0.0, lt=0.5)
    """Share of the pairs that are taken to be the wrong way round (Mitchell 2023)."""
    is_length_normalised: bool = False
    """Take the mean log-probability of an answer's tokens instead of their sum, so that long
    answers are not preferred for their length (Lambert et al. 2024); `beta` is then larger, about
    5."""
    too_long: TooLong = "turns"
    """What becomes of a pair that does not fit in: `turns` leaves out its earliest turns (never the
    system's), and the pair where its last question and answers do not fit; `end` does the same, but
    cuts the answers instead; `drop` leaves the pair out. All of it is counted."""
