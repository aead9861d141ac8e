"""The settings of the mixture.

Comes in: the `[corpus.mixture]` section of a recipe. Goes out: a frozen model. Knows nothing of
documents.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t

Weight = Annotated[float, Field(ge=0)]


class MixtureConfig(Config):
    """How the training documents of a corpus are mixed. Held-out documents are never touched."""

    by: Literal["source", "domain", "language"] = "source"
    """What the weights are about."""

    weights: dict[str, Weight] = Field(default_factory=dict)
    """The share of each group in the bytes of the corpus; only their ratios count. Groups that are
    not named are left out, unless `rest_weight` says otherwise. Empty: the temperature decides."""

    rest_weight: Weight = 0.0
    """The weight of all groups together that `weights` does not name; among themselves they keep
    the proportions they have."""

    temperature: Annotated[float, Field(ge=1)] | None = None
    """Without weights: the share of a group grows with its bytes to the power of 1 / temperature. 1
    keeps the proportions as they are, large values make all groups equal. None is 1."""

    max_repeats: Annotated[int, Field(ge=1, le=1000)] = 4
    """How often a document may be written at most, where a group is too small for its share. Up to
    four times repeated text is nearly as good as new (Muennighoff et al. 2023)."""

    target_bytes: Annotated[int, Field(gt=0)] | None = None
    """The size of the mixed corpus in bytes of text; documents are repeated to reach it, and a
    group with too little text falls short. None takes as much as gives every group its exact share
    while the documents of the most plentiful group are written once."""

    seed: int = 0
    """Another seed takes other documents where not all are taken."""

    @model_validator(mode="after")
    def _settings_fit(self) -> MixtureConfig:
        if self.weights and self.temperature is not None:
            raise ValueError(t("give either weights or temperature, not both"))
        if self.weights and not sum(self.weights.values()) + self.rest_weight:
            raise ValueError(t("at least one weight must be greater than 0"))
        if not self.weights and self.rest_weight:
            raise ValueError(t("rest_weight takes effect only with weights"))
        return self
