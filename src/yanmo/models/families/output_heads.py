"""The output projection in files: a tied one is the embedding and is stored once."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from yanmo.models.shape import ModelShape

EMBEDDING_WEIGHT = "embed.weight"
HEAD_WEIGHT = "lm_head.weight"


def drop_tied_head(
    config: ModelShape, state: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """`state` under our names without an output projection that is the embedding."""
    return {
        name: tensor
        for name, tensor in state.items()
        if not (config.tie_embeddings and name == HEAD_WEIGHT)
    }
