"""How rotary positions are stretched, so that a model reads further than it was trained.

In: numbers that a recipe or a checkpoint gives. Out: a frozen configuration. The frequencies that
follow from it are computed in `nn/rotary.py`; this module loads no torch.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t

_FIELDS_OF: dict[str, set[str]] = {
    "linear": set(),
    "yarn": {"original_max_seq_len", "beta_fast", "beta_slow", "attention_factor"},
    "llama3": {"original_max_seq_len", "low_freq_factor", "high_freq_factor"},
}
"""The fields that each kind reads besides `kind` and `factor`."""


class RotaryScaling(Config):
    """How the frequencies of rotary positions are lowered to reach `factor` times as far."""

    kind: Literal["linear", "yarn", "llama3"]
    """`linear`: all frequencies divided by the factor (position interpolation, Chen et al.
    2023). `yarn`: only those that turn seldom within the original length (Peng et al. 2023,
    sec. 3). `llama3`: the same thought with bounds on the wavelength (Llama 3.1)."""
    factor: float = Field(ge=1.0)
    """How many times the original length is to be reached."""
    original_max_seq_len: int | None = Field(default=None, ge=1)
    """Longest sequence of the training before, in tokens; `yarn` and `llama3` need it."""
    beta_fast: float = Field(default=32.0, gt=0.0)
    """`yarn`: a pair of channels that turns this often within the original length is not slowed."""
    beta_slow: float = Field(default=1.0, gt=0.0)
    """`yarn`: a pair that turns no more often than this is slowed by the whole factor."""
    attention_factor: float | None = Field(default=None, gt=0.0)
    """`yarn`: what queries and keys are multiplied by; 0.1 ln(factor) + 1 where nothing is said."""
    low_freq_factor: float = Field(default=1.0, gt=0.0)
    """`llama3`: a pair that turns less often than this within the original length is slowed by the
    whole factor."""
    high_freq_factor: float = Field(default=4.0, gt=0.0)
    """`llama3`: a pair that turns more often than this is not slowed."""

    @model_validator(mode="after")
    def _check_fields(self) -> Self:
        known = {name for names in _FIELDS_OF.values() for name in names}
        for name in sorted(known - _FIELDS_OF[self.kind]):
            if getattr(self, name) != type(self).model_fields[name].default:
                raise ValueError(
                    t("{field} has no effect in {kind} rotary scaling", field=name, kind=self.kind)
                )
        if self.kind != "linear" and self.original_max_seq_len is None:
            raise ValueError(t("{kind} rotary scaling needs original_max_seq_len", kind=self.kind))
        if self.beta_fast <= self.beta_slow:
            raise ValueError(t("beta_fast must be greater than beta_slow"))
        if self.high_freq_factor <= self.low_freq_factor:
            raise ValueError(t("high_freq_factor must be greater than low_freq_factor"))
        return self
