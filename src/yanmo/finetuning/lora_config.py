"""The numbers of low-rank adaptation. Loaded by every command, therefore free of torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config

LoRATarget = Literal["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


class LoRAConfig(Config):
    """Small matrices beside frozen ones (Hu et al. 2021)."""

    rank: int = Field(default=8, ge=1)
    """Width of the small matrices."""
    alpha: float = Field(default=16.0, gt=0.0)
    """What they add is multiplied by alpha / rank."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Probability of dropping an element of what they read."""
    targets: tuple[LoRATarget, ...] = ("q_proj", "k_proj", "v_proj", "o_proj")
    """Which matrices of every layer get them."""
    is_rank_stabilised: bool = False
    """Multiply by alpha / sqrt(rank) instead (Kalajdzievski 2023)."""
