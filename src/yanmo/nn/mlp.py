"""Position-wise feed-forward layers: the gated one of Llama and Qwen, the plain one of GPT-2."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

Activation = Literal["silu", "gelu", "gelu_tanh", "relu"]

_SLOPE = 2 * math.sqrt(2 / math.pi)
_CUBIC = 0.044715
"""Numbers of the tanh form of GELU (Hendrycks & Gimpel 2016, section 2)."""


def activate(x: torch.Tensor, kind: Activation) -> torch.Tensor:
    """Apply the activation that `kind` names, element by element."""
    if kind == "silu":
        return F.silu(x)
    if kind == "relu":
        return F.relu(x)
    if kind == "gelu_tanh" and torch.compiler.is_compiling():
        return _gelu_by_sigmoid(x)
    return F.gelu(x, approximate="tanh" if kind == "gelu_tanh" else "none")


def _gelu_by_sigmoid(x: torch.Tensor) -> torch.Tensor:
    """The tanh form of GELU, since (1 + tanh(z)) / 2 = sigmoid(2 z): compiled for a CPU an
    exponential takes less than half the time of a tanh, and eager code would need more passes."""
    return x * torch.sigmoid(_SLOPE * x * (1 + _CUBIC * x * x))


class MLP(nn.Module):
    """`down(act(up(x)))`, with biases (Vaswani et al. 2017, eq. 2)."""

    def __init__(self, *, d_model: int, d_ff: int, activation: Activation, has_bias: bool) -> None:
        super().__init__()
        self.activation: Activation = activation
        self.up_proj = nn.Linear(d_model, d_ff, bias=has_bias)
        self.down_proj = nn.Linear(d_ff, d_model, bias=has_bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, D) to (B, T, D)."""
        out: torch.Tensor = self.down_proj(activate(self.up_proj(x), self.activation))
        return out


class GatedMLP(nn.Module):
    """`down(act(gate(x)) * up(x))`, SwiGLU when the activation is SiLU (Shazeer 2020, eq. 6)."""

    def __init__(self, *, d_model: int, d_ff: int, activation: Activation, has_bias: bool) -> None:
        super().__init__()
        self.activation: Activation = activation
        self.gate_proj = nn.Linear(d_model, d_ff, bias=has_bias)
        self.up_proj = nn.Linear(d_model, d_ff, bias=has_bias)
        self.down_proj = nn.Linear(d_ff, d_model, bias=has_bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, D) to (B, T, D)."""
        gated = activate(self.gate_proj(x), self.activation) * self.up_proj(x)  # (B, T, F)
        out: torch.Tensor = self.down_proj(gated)
        return out
