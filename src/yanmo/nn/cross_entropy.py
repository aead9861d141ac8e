"""Cross-entropy fused with the output projection, so that the logits never exist as a whole.

The projection is taken in blocks of rows; each block's scores are turned into their gradient in
place while they are still in the cache, as in Hsu et al. 2024 (Liger kernel, section 3.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

IGNORED_LABEL = -100
_BLOCK_SCORES = {"cpu": 1 << 21, "cuda": 1 << 28}
"""Scores in one block: 8 MiB in float32 on a CPU, about its cache; 1 GiB on a GPU."""


ScoresToGradient = Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]
"""Turns scores (rows, V) of labels (rows,), with a label smoothing, into the gradient of their
summed loss, in place; gives the loss."""


def linear_cross_entropy(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    labels: torch.Tensor,
    bias: torch.Tensor | None = None,
    label_smoothing: float = 0.0,
    to_gradient: ScoresToGradient | None = None,
    block_words: int | None = None,
) -> torch.Tensor:
    """Sum of the cross-entropies of `hidden @ weight.T + bias` against `labels`, in float32.

    Products run in the autocast dtype where autocast is on; the softmax always in float32 (float64
    for float64 input).

    Args:
        hidden: (..., D), such as (B, T, D).
        weight: (V, D).
        labels: (...) ids; -100 marks positions that do not count.
        bias: (V,), or None.
        label_smoothing: share of the target's probability that is spread evenly over all V entries,
            the target included (Szegedy et al. 2016, section 7).
        to_gradient: what turns a block of scores into its gradient, where `weight` has not all
            words.
        block_words: words that decide how many rows a block has; those of `weight` when None.

    Returns:
        A scalar: the sum over the positions that count, in nats.
    """
    device_type = hidden.device.type
    dtype = hidden.dtype
    if torch.is_autocast_enabled(device_type):
        dtype = torch.get_autocast_dtype(device_type)
    with torch.autocast(device_type, enabled=False):
        loss_sum: torch.Tensor = _LinearCrossEntropy.apply(  # type: ignore[no-untyped-call]
            hidden.flatten(0, -2),
            weight,
            bias,
            labels.flatten(),
            label_smoothing,
            dtype,
            to_gradient,
            _block_rows(device_type, block_words or weight.shape[0]),
            torch.is_grad_enabled(),
        )
    return loss_sum


def _block_rows(device_type: str, num_words: int) -> int:
    """Rows of scores of `num_words` words that are computed at a time."""
    return max(64, _BLOCK_SCORES.get(device_type, _BLOCK_SCORES["cpu"]) // num_words)


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        labels: torch.Tensor,
        label_smoothing: float,
        dtype: torch.dtype,
        to_gradient: ScoresToGradient | None,
        size: int,
        has_gradient: bool,
    ) -> torch.Tensor:
        sum_dtype = torch.promote_types(hidden.dtype, torch.float32)
        matrix = weight.to(dtype)
        loss_sum = torch.zeros((), device=hidden.device, dtype=sum_dtype)
        grad_hidden = torch.empty_like(hidden) if has_gradient else None
        grad_weight = torch.zeros_like(weight) if has_gradient else None
        grad_bias = torch.zeros_like(bias) if has_gradient and bias is not None else None
        to_gradient = to_gradient or _to_gradient
        for begin in range(0, hidden.shape[0], size):
            block = hidden[begin : begin + size].to(dtype)  # (rows, D)
            chosen = labels[begin : begin + size]  # (rows,)
            scores = (block @ matrix.T).to(sum_dtype)  # (rows, V)
            if bias is not None:
                scores += bias
            loss_sum += to_gradient(scores, chosen, label_smoothing)
            if grad_hidden is not None and grad_weight is not None:
                gradient = scores.to(dtype)
                grad_hidden[begin : begin + size] = gradient @ matrix
                if weight.dtype == dtype:
                    grad_weight.addmm_(gradient.T, block)
                else:
                    grad_weight += gradient.T @ block
                if grad_bias is not None:
                    grad_bias += scores.sum(0)
        ctx.save_for_backward(grad_hidden, grad_weight, grad_bias)
        return loss_sum

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        grad_hidden, grad_weight, grad_bias = ctx.saved_tensors
        return (
            grad_hidden * grad.to(grad_hidden.dtype),
            grad_weight * grad,
            grad_bias * grad if grad_bias is not None else None,
            *(None,) * 6,
        )


def _to_gradient(
    scores: torch.Tensor, labels: torch.Tensor, label_smoothing: float
) -> torch.Tensor:
    """Turn `scores` (rows, V) into the gradient of their summed loss, in place; return the loss."""
    is_target = labels != IGNORED_LABEL
    index = labels.clamp(min=0)[:, None]
    scores -= scores.amax(1, keepdim=True)
    chosen = scores.gather(1, index).squeeze(1)
    if label_smoothing > 0:
        chosen = (1 - label_smoothing) * chosen + label_smoothing * scores.mean(1)
    total = scores.exp_().sum(1, keepdim=True)
    losses = (total.squeeze(1).log() - chosen) * is_target
    scores *= is_target[:, None] / total
    counts = is_target[:, None].to(scores.dtype)  # in float64 too, where scores are
    if label_smoothing > 0:
        scores -= counts * (label_smoothing / scores.shape[1])
    scores.scatter_add_(1, index, (label_smoothing - 1) * counts)
    return losses.sum()
