"""The `pretrain.optimizer` section of a recipe: one class for each optimiser, told apart by `name`.

Learning rates are peaks; the schedule says what fraction of them a step takes. Weight decay falls
on matrices alone: never on norms, biases, embeddings and the output projection.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t


class SGDConfig(Config):
    """Stochastic gradient descent with momentum (Polyak 1964; Sutskever et al. 2013).

    With `momentum = 0` and a batch of all rows it is gradient descent."""

    name: Literal["sgd"] = "sgd"
    """Which optimiser."""
    learning_rate: float = Field(default=0.1, gt=0.0)
    """Peak learning rate."""
    momentum: float = Field(default=0.9, ge=0.0, lt=1.0)
    """What is kept of the last update's direction; 0 keeps nothing."""
    nesterov: bool = False
    """Look ahead along the momentum (Nesterov 1983)."""
    weight_decay: float = Field(default=0.0, ge=0.0)
    """Added to the gradient of matrices, times the weight."""

    @model_validator(mode="after")
    def _check_momentum(self) -> Self:
        if self.nesterov and not self.momentum:
            raise ValueError(
                t(
                    "optimizer.nesterov looks ahead along the momentum, and momentum = 0; raise it,"
                    " or leave nesterov out"
                )
            )
        return self


class AdamConfig(Config):
    """Adam (Kingma & Ba 2015, algorithm 1) for every parameter."""

    name: Literal["adam"] = "adam"
    """Which optimiser."""
    learning_rate: float = Field(default=1e-3, gt=0.0)
    """Peak learning rate."""
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    """Decay of the mean of gradients."""
    beta2: float = Field(default=0.95, ge=0.0, lt=1.0)
    """Decay of the mean of squared gradients."""
    eps: float = Field(default=1e-8, gt=0.0)
    """Added to the root of the second moment."""
    weight_decay: float = Field(default=0.0, ge=0.0)
    """Added to the gradient of matrices, times the weight, so that it is scaled like the gradient;
    AdamW's is not."""


class AdamWConfig(Config):
    """AdamW (Loshchilov & Hutter 2019) for every parameter."""

    name: Literal["adamw"] = "adamw"
    """Which optimiser."""
    learning_rate: float = Field(default=1e-3, gt=0.0)
    """Peak learning rate."""
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    """Decay of the mean of gradients."""
    beta2: float = Field(default=0.95, ge=0.0, lt=1.0)
    """Decay of the mean of squared gradients."""
    eps: float = Field(default=1e-8, gt=0.0)
    """Added to the root of the second moment."""
    weight_decay: float = Field(default=0.1, ge=0.0)
    """Decoupled decay of matrices; norms, biases and embeddings are never decayed."""


class AdafactorConfig(Config):
    """Adafactor (Shazeer & Stern 2018, algorithms 4 and 5): of a matrix it keeps the mean squared
    gradient of rows and of columns, and no momentum, so that its state is next to nothing."""

    name: Literal["adafactor"] = "adafactor"
    """Which optimiser."""
    learning_rate: float = Field(default=1e-2, gt=0.0)
    """Peak learning rate, relative to the size of a parameter: an update's root mean square is at
    most this fraction of the parameter's."""
    decay_power: float = Field(default=-0.8, ge=-1.0, lt=0.0)
    """The second moment of step t forgets at the rate t to this power."""
    min_scale: float = Field(default=1e-3, gt=0.0)
    """What a smaller parameter's size is taken to be, so that it can grow from zero."""
    max_update: float = Field(default=1.0, gt=0.0)
    """An update of a larger root mean square is scaled down to it."""
    eps: float = Field(default=1e-15, gt=0.0)
    """The least root of a second moment."""
    weight_decay: float = Field(default=0.0, ge=0.0)
    """Decoupled decay of matrices; norms, biases and embeddings are never decayed."""


class LionConfig(Config):
    """Lion (Chen et al. 2023, algorithm 2): the sign of a momentum, one state for each parameter.

    Its updates are larger than Adam's, so its learning rate is 3 to 10 times smaller and its decay
    as many times larger (section 5 there)."""

    name: Literal["lion"] = "lion"
    """Which optimiser."""
    learning_rate: float = Field(default=2e-4, gt=0.0)
    """Peak learning rate."""
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    """Share of the momentum in the direction of an update."""
    beta2: float = Field(default=0.99, ge=0.0, lt=1.0)
    """Decay of the momentum."""
    weight_decay: float = Field(default=0.5, ge=0.0)
    """Decoupled decay of matrices; norms, biases and embeddings are never decayed."""


class MuonConfig(Config):
    """Muon (Jordan et al. 2024) for the linear layers of the blocks, AdamW for everything else."""

    name: Literal["muon"] = "muon"
    """Which optimiser."""
    learning_rate: float = Field(default=0.02, gt=0.0)
    """Peak learning rate of the matrices."""
    momentum: float = Field(default=0.95, ge=0.0, lt=1.0)
    """Nesterov momentum of the matrices."""
    weight_decay: float = Field(default=0.1, ge=0.0)
    """Decoupled decay of matrices; norms, biases and embeddings are never decayed."""
    newton_schulz_steps: int = Field(default=5, ge=1, le=20)
    """Iterations that orthogonalise an update."""
    adamw_learning_rate: float = Field(default=1e-2, gt=0.0)
    """Peak learning rate of the rest: embeddings, norms, biases, recurrent weights, heads."""
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    """AdamW's decay of the mean of gradients."""
    beta2: float = Field(default=0.95, ge=0.0, lt=1.0)
    """AdamW's decay of the mean of squared gradients."""
    eps: float = Field(default=1e-8, gt=0.0)
    """AdamW's addition to the root of the second moment."""


OptimizerConfig = MuonConfig | AdamWConfig | AdamConfig | AdafactorConfig | LionConfig | SGDConfig
OptimizerSection = Annotated[OptimizerConfig, Field(discriminator="name")]
