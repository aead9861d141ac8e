"""The optimiser that each family is compared with: one learning rate does not suit all.

Found by a sweep over equal tokens on WikiText-2 (docs/log.md, "Learning rates of the families").
Light: read before any model is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yanmo.models.config import Family
from yanmo.training.config import AdamWConfig, MuonConfig


@dataclass(frozen=True)
class Setting:
    """How a family is trained in a comparison."""

    optimizer: AdamWConfig | MuonConfig
    dropout: float = 0.0


_MUON = Setting(MuonConfig(learning_rate=0.03, adamw_learning_rate=0.02))

SETTINGS: Mapping[Family, Setting] = {
    **dict.fromkeys(("qwen3", "llama", "qwen3_moe", "transformer", "cnn"), _MUON),
    "gpt2": Setting(MuonConfig(learning_rate=0.03, adamw_learning_rate=0.005)),
    "rnn": Setting(AdamWConfig(learning_rate=3e-3)),
    "lstm": Setting(AdamWConfig(learning_rate=5e-3)),
    "gru": Setting(AdamWConfig(learning_rate=5e-3)),
    "ffn": Setting(AdamWConfig(learning_rate=3e-3)),
}
"""By family. Muon has matrices to work on in Transformers and convolutions alone. Runs of a minute
see their text about once: dropout would only slow them."""
