"""The numbers of preference tuning. Loaded by every command, therefore free of torch."""

from __future__ import annotations

from pydantic import Field

from yanmo.core.config import Config


class PreferenceConfig(Config):
    """Direct preference optimisation (Rafailov et al. 2023)."""

    beta: float = Field(default=0.1, gt=0.0)
    """How dear it is to move away from the model that training begins with."""
    label_smoothing: float = Field(default=0.0, ge=0.0, lt=0.5)
    """Share of the pairs that are taken to be the wrong way round (Mitchell 2023)."""
