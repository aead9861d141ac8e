"""The embedding and the loss where every process of the tensor axis has some of the words.

Ids and states go in, states and a loss come out, alike on all processes; the scores of all words
never are on one of them, nor those of all positions (Shoeybi et al. 2019, section 3; blocks as in
`nn.cross_entropy`).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional as F

from yanmo.nn.cross_entropy import IGNORED_LABEL, block_rows
from yanmo.parallel.collectives import Group, share, sum_parts
from yanmo.parallel.gradients import local_tensor


def embed_words(table: nn.Embedding, group: Group, tokens: torch.Tensor) -> torch.Tensor:
    """Ids (...) to rows (..., D) of the table, each from the process that has it."""
    weight = local_tensor(table.weight)
    index, is_here = _own_words(tokens, len(weight), table.num_embeddings, group)
    rows = F.embedding(index, weight) * is_here.unsqueeze(-1)
    return sum_parts(rows, group)


def sum_cross_entropy(
    head: nn.Linear,
    group: Group,
    states: torch.Tensor,
    labels: torch.Tensor,
    label_smoothing: float = 0.0,
) -> torch.Tensor:
    """`nn.cross_entropy.linear_cross_entropy` of states that all processes have, with the rows of
    the output projection that are here."""
    device_type = states.device.type
    dtype = states.dtype
    if torch.is_autocast_enabled(device_type):
        dtype = torch.get_autocast_dtype(device_type)
    bias = None if head._parameters.get("bias") is None else local_tensor(head.bias)
    with torch.autocast(device_type, enabled=False):
        loss_sum: torch.Tensor = _SharedCrossEntropy.apply(  # type: ignore[no-untyped-call]
            share(states.flatten(0, -2), group),
            local_tensor(head.weight),
            bias,
            labels.flatten(),
            label_smoothing,
            dtype,
            head.out_features,
            group,
            torch.is_grad_enabled(),
        )
    return loss_sum


def _own_words(
    ids: torch.Tensor, num_here: int, vocab_size: int, group: Group
) -> tuple[torch.Tensor, torch.Tensor]:
    """The rows of the table that is here for `ids`, 0 for words of others; and which are here."""
    first = group.rank() * -(-vocab_size // group.size())
    index = ids - first
    is_here = (index >= 0) & (index < num_here)
    return index.where(is_here, 0), is_here


class _SharedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        labels: torch.Tensor,
        label_smoothing: float,
        dtype: torch.dtype,
        vocab_size: int,
        group: Group,
        has_gradient: bool,
    ) -> torch.Tensor:
        sum_dtype = torch.promote_types(hidden.dtype, torch.float32)
        matrix = weight.to(dtype)
        loss_sum = torch.zeros((), device=hidden.device, dtype=sum_dtype)
        grad_hidden = torch.empty_like(hidden) if has_gradient else None
        grad_weight = torch.zeros_like(weight) if has_gradient else None
        grad_bias = torch.zeros_like(bias) if has_gradient and bias is not None else None
        # As many rows on every process, however the words divide.
        size = block_rows(hidden.device.type, -(-vocab_size // group.size()))
        for begin in range(0, hidden.shape[0], size):
            block = hidden[begin : begin + size].to(dtype)  # (rows, D)
            chosen = labels[begin : begin + size]  # (rows,)
            scores = (block @ matrix.T).to(sum_dtype)  # (rows, V / processes)
            if bias is not None:
                scores += bias
            loss_sum += _to_gradient(scores, chosen, label_smoothing, vocab_size, group)
            if grad_hidden is not None and grad_weight is not None:
                gradient = scores.to(dtype)
                grad_hidden[begin : begin + size] = gradient @ matrix
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
            grad_weight * grad.to(grad_weight.dtype),
            grad_bias * grad.to(grad_bias.dtype) if grad_bias is not None else None,
            *(None,) * 6,
        )


def _to_gradient(
    scores: torch.Tensor,
    labels: torch.Tensor,
    label_smoothing: float,
    vocab_size: int,
    group: Group,
) -> torch.Tensor:
    """Turn the scores of the own words into the gradient of the summed loss, in place; return the
    loss. Between processes go three numbers a row: the largest score, then the sum of exponentials
    and the score of the target (and of all words, to smooth)."""
    is_target = labels != IGNORED_LABEL
    index, is_here = _own_words(labels, scores.shape[1], vocab_size, group)
    largest = scores.amax(1, keepdim=True)
    dist.all_reduce(largest, dist.ReduceOp.MAX, group=group)
    scores -= largest
    chosen = scores.gather(1, index[:, None]).squeeze(1) * is_here
    score_sum = scores.sum(1)
    scores.exp_()
    sums = torch.stack((scores.sum(1), chosen, score_sum))  # (3, rows)
    dist.all_reduce(sums, group=group)
    total, chosen, score_sum = sums.unbind()
    if label_smoothing > 0:
        chosen = (1 - label_smoothing) * chosen + label_smoothing * score_sum / vocab_size
    losses = (total.log() - chosen) * is_target
    scores *= (is_target / total)[:, None]
    counts = is_target[:, None].to(scores.dtype)
    if label_smoothing > 0:
        scores -= counts * (label_smoothing / vocab_size)
    scores.scatter_add_(1, index[:, None], (label_smoothing - 1) * counts * is_here[:, None])
    return losses.sum()
