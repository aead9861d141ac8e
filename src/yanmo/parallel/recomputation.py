"""Activation checkpointing: what the backward pass needs is computed again in place of being kept.

Blocks come in and are changed in place, names and parameters untouched. `full` keeps a block's
input (Chen et al. 2016); `selective` keeps the results of matrix products too, and computes the
cheap rest again (Korthikanti et al. 2022, section 5).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import (
    CheckpointPolicy,
    checkpoint,
    create_selective_checkpoint_contexts,
)

from yanmo.models.transformer_parts import blocks_of
from yanmo.parallel.config import ActivationCheckpointing

_AS_KEPT = {
    torch.ops.aten.mm.default,
    torch.ops.aten.addmm.default,
    torch.ops.aten.bmm.default,
    torch.ops.aten.baddbmm.default,
    torch.ops.aten._scaled_dot_product_flash_attention.default,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default,
    torch.ops.aten._scaled_dot_product_efficient_attention.default,
    torch.ops.aten._scaled_dot_product_cudnn_attention.default,
    torch.ops.yanmo.mix_documents.default,  # registered by nn.document_attention
    torch.ops._c10d_functional.reduce_scatter_tensor.default,
    torch.ops._c10d_functional.all_reduce.default,
}
"""What is dear to compute, or to fetch from other processes."""


def recompute_activations(model: nn.Module, kind: ActivationCheckpointing) -> None:
    """Have every block of `model` keep less between its forward and its backward pass."""
    if kind == "none":
        return
    options: dict[str, Any] = {"use_reentrant": False}
    if kind == "selective":
        options["context_fn"] = partial(create_selective_checkpoint_contexts, _choose)
    for block in blocks_of(model):
        _recompute(block, options)


def _recompute(block: nn.Module, options: dict[str, Any]) -> None:
    inside = block.forward

    def forward(*inputs: Any) -> torch.Tensor:  # a partial would not be compiled
        return checkpoint(inside, *inputs, **options)  # type: ignore[no-any-return]

    block.forward = forward


def _choose(context: Any, operator: Any, *arguments: Any, **options: Any) -> CheckpointPolicy:
    del context, arguments, options
    is_kept = operator in _AS_KEPT
    return CheckpointPolicy.MUST_SAVE if is_kept else CheckpointPolicy.PREFER_RECOMPUTE
