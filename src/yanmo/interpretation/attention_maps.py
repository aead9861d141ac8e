"""The attention weights of every layer and head, as the model used them.

What mixes the values is swapped from outside for a form that keeps its weights
(`AttentionContext.mix`); of attention over an encoder, which takes no such form, the weights are
computed once more from what went into the layer. The model's answer stays the same. That a weight
is large does not say that the answer depends on it (Jain and Wallace 2019).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import nn

from yanmo.core.errors import ConfigError
from yanmo.interpretation.question import Question
from yanmo.interpretation.subject import AttentionPlace, Part
from yanmo.nn.attention import Attention, AttentionContext, CrossAttention
from yanmo.nn.attention_steps import attend_in_steps
from yanmo.nn.mask import causal_offset_mask

DIGITS = 4
"""Decimals of a weight in JSON."""


@dataclass(frozen=True)
class AttentionMap:
    """The weights of one layer.

    Attributes:
        part: whose attention.
        layer: from 0.
        weights: (N, T, S) float32 on the CPU; every row sums to 1.
    """

    part: Part
    layer: int
    weights: torch.Tensor

    def as_json(self) -> dict[str, Any]:
        """The weights as lists."""
        rounded = torch.round(self.weights.double(), decimals=DIGITS).tolist()
        return {"part": self.part, "layer": self.layer, "weights": rounded}


@dataclass(frozen=True)
class AttentionMaps:
    """The weights of all layers, in the order in which they ran."""

    maps: tuple[AttentionMap, ...]

    def of(self, part: Part) -> tuple[AttentionMap, ...]:
        """The layers of one part."""
        return tuple(one for one in self.maps if one.part == part)

    def as_json(self) -> list[dict[str, Any]]:
        """All weights as lists."""
        return [one.as_json() for one in self.maps]


@torch.no_grad()
def record_attention(question: Question) -> AttentionMaps:
    """The attention weights with which the answer was found.

    Raises:
        ConfigError: the model has no attention heads.
    """
    reason = question.subject.why_no_attention()
    if reason is not None:
        raise ConfigError(reason)
    places = question.subject.attention_places
    with recorded(places) as weights:
        question.forward(question.rows())
    return AttentionMaps(
        tuple(
            AttentionMap(place.part, place.layer, own[0].float().cpu())
            for place, own in zip(places, weights, strict=True)
        )
    )


@contextmanager
def recorded(places: Sequence[AttentionPlace]) -> Iterator[list[torch.Tensor]]:
    """Inside the block, the weights (B, N, T, S) of each place, in the order in which they run, are
    added to the list."""
    store: list[torch.Tensor] = []
    handles = []
    for place in places:
        if isinstance(place.module, CrossAttention):
            handles.append(place.module.register_forward_hook(partial(_look_across, store)))
        else:
            handles.append(place.module.register_forward_pre_hook(partial(_swap_mix, store)))
    try:
        yield store
    finally:
        for handle in handles:
            handle.remove()


def _swap_mix(store: list[torch.Tensor], _module: nn.Module, args: tuple[Any, ...]) -> Any:
    x, context, layer = args
    assert isinstance(context, AttentionContext), "attention is given its context"
    return x, replace(context, mix=partial(_mix_and_keep, store)), layer


def _mix_and_keep(
    store: list[torch.Tensor],
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    mask: torch.Tensor | None = None,
    is_causal: bool = False,
    scale: float | None = None,
    **_others: Any,
) -> torch.Tensor:
    """As `attention_backends.attend`; what it leaves out, the mask says too."""
    num_groups = query.shape[1] // key.shape[1]
    key = key.repeat_interleave(num_groups, dim=1)  # (B, N, S, H)
    value = value.repeat_interleave(num_groups, dim=1)  # (B, N, S, H)
    allowed, bias = None, None
    if mask is None:
        if is_causal:
            allowed = causal_offset_mask(query.shape[2], key.shape[2], query.device)
    elif mask.dtype == torch.bool:
        allowed = mask
    else:
        bias = mask.to(query.dtype)
    steps = attend_in_steps(query, key, value, allowed=allowed, bias=bias, scale=scale)
    weights = steps.weights.nan_to_num(0.0)  # a query that sees nothing gives zeros
    store.append(weights.detach())
    return weights @ value


def _look_across(
    store: list[torch.Tensor], module: nn.Module, args: tuple[Any, ...], _output: torch.Tensor
) -> None:
    """Compute the weights of attention over an encoder from what the layer was given."""
    assert isinstance(module, CrossAttention), "only attention over an encoder is looked at so"
    x, context, _layer = args
    query = _heads(module.q_proj(x), module.num_heads, module)  # (B, N, T, H)
    key = _heads(module.k_proj(context.memory), module.num_kv_heads, module)  # (B, K, S, H)
    key = key.repeat_interleave(module.num_heads // module.num_kv_heads, dim=1)
    mask = context.memory_mask
    is_boolean = mask is not None and mask.dtype == torch.bool
    steps = attend_in_steps(
        query,
        key,
        key,  # values change no weight
        allowed=mask if is_boolean else None,
        bias=None if is_boolean or mask is None else mask.to(query.dtype),
        scale=module.scale,
    )
    store.append(steps.weights.detach())


def _heads(x: torch.Tensor, num_heads: int, module: Attention) -> torch.Tensor:
    return x.view(*x.shape[:2], num_heads, module.head_dim).transpose(1, 2)  # (B, N, T, H)
