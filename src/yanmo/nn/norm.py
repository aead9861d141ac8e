"""Normalisation over the last dimension: RMSNorm and LayerNorm behind one constructor."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

NormKind = Literal["rms_norm", "layer_norm"]


class RMSNorm(nn.Module):
    """Root-mean-square norm, computed in float32 at least (Zhang & Sennrich 2019, eq. 4).

    `y = weight * x / sqrt(mean(x**2) + eps)`; any shape whose last dimension is `dim`.
    """

    def __init__(self, dim: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise `x` and return it in its own dtype."""
        if x.dtype in (torch.float32, torch.float64):
            return F.rms_norm(x, self.weight.shape, self.weight, self.eps)
        normed = F.rms_norm(x.float(), self.weight.shape, None, self.eps)
        return self.weight.to(x.dtype) * normed.to(x.dtype)


def build_norm(kind: NormKind, dim: int, eps: float) -> nn.Module:
    """The norm that `kind` names; LayerNorm carries a bias (Ba et al. 2016, eq. 4)."""
    return RMSNorm(dim, eps) if kind == "rms_norm" else nn.LayerNorm(dim, eps=eps)
