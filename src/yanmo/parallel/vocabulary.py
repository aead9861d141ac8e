"""The embedding and the loss where every process of the tensor axis has some of the words.

Ids and states go in, states and a loss come out, alike on all processes; the scores of all words
never are on one of them, nor those of all positions (Shoeybi et al. 2019, section 3; blocks as in
`nn.cross_entropy`).
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional as F

from yanmo.nn.cross_entropy import IGNORED_LABEL, linear_cross_entropy
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
    bias = None if head._parameters.get("bias") is None else local_tensor(head.bias)
    vocab_size = head.out_features

    def to_gradient(
        scores: torch.Tensor, labels: torch.Tensor, label_smoothing: float
    ) -> torch.Tensor:
        return _to_gradient(scores, labels, label_smoothing, vocab_size, group)

    return linear_cross_entropy(
        share(states, group),
        local_tensor(head.weight),
        labels,
        bias,
        label_smoothing,
        to_gradient=to_gradient,
        block_words=-(-vocab_size // group.size()),  # as many rows on every process
    )


def _own_words(
    ids: torch.Tensor, num_here: int, vocab_size: int, group: Group
) -> tuple[torch.Tensor, torch.Tensor]:
    """The rows of the table that is here for `ids`, 0 for words of others; and which are here."""
    first = group.rank() * -(-vocab_size // group.size())
    index = ids - first
    is_here = (index >= 0) & (index < num_here)
    return index.where(is_here, 0), is_here


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
