"""Words shared by processes: the loss and its gradients are those of one process with all words."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from tests.parallel.ranks_harness import run_ranks
from torch import nn

from yanmo.nn import cross_entropy
from yanmo.nn.cross_entropy import linear_cross_entropy
from yanmo.parallel import vocabulary
from yanmo.parallel.ranks import Ranks

WIDTH, NUM_ROWS = 16, 150


def compare_losses(
    ranks: Ranks, vocab_size: int, label_smoothing: float, has_bias: bool, dtype: str
) -> dict[str, Any]:
    """How far loss and gradients of the shared words are from those of all words."""
    torch.manual_seed(0)
    rows = partial(torch.randn, dtype=getattr(torch, dtype))
    weight, bias = rows(vocab_size, WIDTH), rows(vocab_size) if has_bias else None
    states = rows(2, NUM_ROWS // 2, WIDTH)
    labels = torch.randint(vocab_size, states.shape[:2])
    labels[:, :7] = -100
    whole = [x.clone().requires_grad_() for x in (states, weight, bias) if x is not None]
    wanted = linear_cross_entropy(
        whole[0], whole[1], labels, whole[2] if has_bias else None, label_smoothing
    )
    (3.0 * wanted).backward()
    # Several blocks of rows, the last one smaller.
    cross_entropy._BLOCK_SCORES["cpu"] = 64 * vocab_size // 2
    head = nn.Linear(WIDTH, vocab_size, bias=has_bias)
    head.weight = nn.Parameter(weight.chunk(ranks.size)[ranks.rank].clone())
    if bias is not None:
        head.bias = nn.Parameter(bias.chunk(ranks.size)[ranks.rank].clone())
    own = states.clone().requires_grad_()
    assert dist.group.WORLD is not None
    found = vocabulary.sum_cross_entropy(head, dist.group.WORLD, own, labels, label_smoothing)
    (3.0 * found).backward()
    pairs = [(found, wanted), (own.grad, whole[0].grad)]
    pairs.append((head.weight.grad, whole[1].grad.chunk(ranks.size)[ranks.rank]))
    if has_bias:
        pairs.append((head.bias.grad, whole[2].grad.chunk(ranks.size)[ranks.rank]))
    assert all(x.shape == y.shape and x.dtype == y.dtype for x, y in pairs)
    return {"apart": max(float((x - y).detach().abs().max()) for x, y in pairs)}


def compare_many(ranks: Ranks, settings: list[list[Any]]) -> list[dict[str, Any]]:
    """`compare_losses` of each of `settings`."""
    return [compare_losses(ranks, *each) for each in settings]


def look_up(ranks: Ranks) -> dict[str, Any]:
    """Rows of a table of 10 words, and their gradient, from parts of it."""
    table = torch.arange(10.0 * WIDTH).view(10, WIDTH)
    part = nn.Embedding(10, WIDTH)
    part.weight = nn.Parameter(table.chunk(ranks.size)[ranks.rank].clone())
    tokens = torch.tensor([[0, 9, 4, 5], [5, 5, 1, 9]])
    assert dist.group.WORLD is not None
    rows = vocabulary.embed_words(part, dist.group.WORLD, tokens)
    (rows * torch.arange(4.0)[None, :, None]).sum().backward()
    counts = torch.zeros(10).index_add(0, tokens.flatten(), torch.arange(4.0).repeat(2))
    own = counts.chunk(ranks.size)[ranks.rank]
    return {
        "is_same": bool((rows == table[tokens]).all()),
        "has_gradient": bool((part.weight.grad == own[:, None]).all()),
    }


def test_the_shared_loss_and_its_gradients_are_those_of_one_process() -> None:
    doubles = [
        [vocab_size, smoothing, has_bias, "float64"]
        for vocab_size in (40, 42)
        for smoothing in (0.0, 0.1)
        for has_bias in (False, True)
    ]
    for of_rank in run_ranks(compare_many, 2, doubles):
        assert all(found["apart"] < 1e-11 for found in of_rank)
    for of_rank in run_ranks(compare_many, 2, [[40, 0.1, True, "float32"]]):
        assert of_rank[0]["apart"] < 1e-3  # of a sum of 136 losses


def test_words_are_found_wherever_they_are() -> None:
    for found in run_ranks(look_up, 2):
        assert found == {"is_same": True, "has_gradient": True}
