"""Initial weights: every parameter from a seed of its own, so that its values depend neither on the
other parameters nor on the order in which they are made."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import torch
from torch import nn

EMBEDDING_STD = 0.02

InitialValue = Callable[[str, nn.Parameter, torch.Generator], torch.Tensor]
"""Called with a parameter's name, the parameter and its generator; gives its value."""


def initialize(model: nn.Module, seed: int, initial_value: InitialValue) -> None:
    """Fill every parameter of `model` in place."""
    for name, parameter in model.named_parameters():
        digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], "little"))
        with torch.no_grad():
            parameter.copy_(initial_value(name, parameter, generator))


def transformer_value(num_layers: int, embedding_std: float = EMBEDDING_STD) -> InitialValue:
    """The rule for Transformers of `num_layers` blocks.

    Matrices get a normal of variance 1 / fan-in; those that write into the residual stream are
    scaled down by sqrt(2 L) (Radford et al. 2019, section 2.3); embeddings, output projections and
    tables of positions get `embedding_std`. Norms begin as the identity, biases as zero.
    """

    def value(name: str, parameter: nn.Parameter, generator: torch.Generator) -> torch.Tensor:
        if name.endswith("bias"):
            return torch.zeros(parameter.shape)
        if parameter.ndim == 1:
            return torch.ones(parameter.shape)
        std = embedding_std
        if not name.startswith(("embed", "lm_head")) and "relative_bias" not in name:
            std = 1.0 / math.sqrt(parameter.shape[-1])
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                std /= math.sqrt(2 * num_layers)
        return torch.empty(parameter.shape).normal_(0.0, std, generator=generator)

    return value
