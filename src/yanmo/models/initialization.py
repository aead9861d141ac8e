"""Initial weights: every parameter from a seed of its own, so that its values depend neither on the
other parameters nor on the order in which they are made."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import torch
from torch import nn

from yanmo.models.local_part import assign
from yanmo.models.transformer_config import TransformerConfig

EMBEDDING_STD = 0.02

InitialValue = Callable[[str, nn.Parameter, torch.Generator], torch.Tensor]
"""Called with a parameter's name, the parameter and its generator; gives its value."""


def initialize(model: nn.Module, seed: int, initial_value: InitialValue) -> None:
    """Fill every parameter of `model` in place; of one that is spread over processes, the part
    that this process holds, cut from the value that a single process would give it."""
    for name, parameter in model.named_parameters():
        digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], "little"))
        assign(parameter, initial_value(name, parameter, generator))


def transformer_value(
    num_layers: int, embedding_std: float = EMBEDDING_STD, query_factor: float = 1.0
) -> InitialValue:
    """The rule for Transformers of `num_layers` blocks.

    Matrices get a normal of variance 1 / fan-in; those that write into the residual stream are
    scaled down by sqrt(2 L) (Radford et al. 2019, section 2.3); embeddings and output projections
    get `embedding_std`, tables of positions 0.02. Norms begin as the identity, biases as zero.

    Args:
        embedding_std: larger where scores are scaled down, so that they begin at the same size.
        query_factor: on the query projections; 1 / sqrt(head_dim) where attention is not scaled, so
            that its scores begin with variance one (Raffel et al. 2020, as its code does).
    """

    def value(name: str, parameter: nn.Parameter, generator: torch.Generator) -> torch.Tensor:
        if name.endswith("bias"):
            return torch.zeros(parameter.shape)
        if parameter.ndim == 1:
            return torch.ones(parameter.shape)
        if name.startswith(("embed.", "lm_head")):
            std = embedding_std
        elif "embed_" in name or "relative_bias" in name:
            std = EMBEDDING_STD
        else:
            std = 1.0 / math.sqrt(parameter.shape[-1])
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                std /= math.sqrt(2 * num_layers)
            elif name.endswith("q_proj.weight"):
                std *= query_factor
        return torch.empty(parameter.shape).normal_(0.0, std, generator=generator)

    return value


def transformer_init(config: TransformerConfig, depth: int) -> InitialValue:
    """The rule for a model of this shape, `depth` blocks deep."""
    return transformer_value(
        depth,
        embedding_std=EMBEDDING_STD / config.score_scale,
        query_factor=1.0 if config.has_scaled_attention else config.head_dim**-0.5,
    )
