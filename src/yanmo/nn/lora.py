"""Low-rank adaptation of a linear layer (Hu et al. 2021): a small product beside a frozen matrix.

In: a linear layer. Out: one that takes its place, with the same weight under the same name, and two
small matrices that alone are learned. Which layers of a model get them is chosen elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn import functional as F


class LoRALinear(nn.Linear):
    """y = W x + b + s B A dropout(x), with s = alpha / rank (Hu et al. 2021, eq. 3), or
    alpha / sqrt(rank) where it is stabilised (Kalajdzievski 2023, theorem 1).

    `weight` and `bias` are those of `linear`, frozen; `lora_a` (rank, in) and `lora_b` (out, rank)
    are empty until `init_weights`.

    Args:
        linear: whose place this layer takes.
        rank: width of the small matrices.
        alpha: strength of what they add.
        dropout: probability of dropping an element of what they read while training.
        is_rank_stabilised: keep what they add of one size whatever the rank.
    """

    def __init__(
        self,
        linear: nn.Linear,
        *,
        rank: int,
        alpha: float,
        dropout: float = 0.0,
        is_rank_stabilised: bool = False,
    ) -> None:
        assert not isinstance(linear, LoRALinear), "this layer is adapted already"
        has_bias = linear.bias is not None
        super().__init__(linear.in_features, linear.out_features, bias=has_bias, device="meta")
        self.rank = rank
        self.alpha = alpha
        self.dropout = dropout
        self.is_rank_stabilised = is_rank_stabilised
        self.weight, self.bias = linear.weight, linear.bias
        self.requires_grad_(False)
        like = linear.weight
        self.lora_a = nn.Parameter(like.new_empty(rank, linear.in_features))
        self.lora_b = nn.Parameter(like.new_empty(linear.out_features, rank))
        self.train(linear.training)

    @property
    def scale(self) -> float:
        """Factor on the product of the small matrices."""
        return self.alpha / (math.sqrt(self.rank) if self.is_rank_stabilised else self.rank)

    def init_weights(self, generator: torch.Generator) -> None:
        """A from a normal of variance 1 / fan-in, B zero: nothing is added at first (section
        4.1)."""
        fresh = torch.empty(self.lora_a.shape)
        with torch.no_grad():
            fresh.normal_(0.0, 1.0 / math.sqrt(self.in_features), generator=generator)
            self.lora_a.copy_(fresh)
            self.lora_b.zero_()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., in) to (..., out)."""
        small = F.linear(F.dropout(x, self.dropout, self.training), self.lora_a)  # (..., rank)
        return F.linear(x, self.weight, self.bias) + F.linear(small, self.lora_b) * self.scale

    def delta(self) -> torch.Tensor:
        """What is added to the weight: s B A, (out, in)."""
        return self.lora_b @ self.lora_a * self.scale

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """A plain layer with weight W + s B A, which this layer's weight becomes too."""
        has_bias = self.bias is not None
        plain = nn.Linear(self.in_features, self.out_features, bias=has_bias, device="meta")
        self.weight.add_(self.delta())
        plain.weight, plain.bias = self.weight, self.bias
        return plain.requires_grad_(True).train(self.training)


def lora_layers(model: nn.Module) -> Iterator[tuple[str, LoRALinear]]:
    """The adapted layers of a model, by name."""
    for name, module in model.named_modules():
        if isinstance(module, LoRALinear):
            yield name, module


def replace_module(model: nn.Module, name: str, module: nn.Module) -> None:
    """Put `module` where the module `name` of `model` stands."""
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, module)
