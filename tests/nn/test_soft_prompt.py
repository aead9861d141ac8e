"""Vectors of a prompt enter a model as tokens do, and they alone learn."""

from __future__ import annotations

import torch
from torch import nn

from yanmo.nn.soft_prompt import PromptedEmbedding


def build() -> PromptedEmbedding:
    torch.manual_seed(0)
    embedding = PromptedEmbedding(nn.Embedding(10, 4), 3)
    embedding.init_from_tokens(torch.tensor([7, 1, 7]))
    return embedding


def test_ids_behind_the_vocabulary_are_the_prompt() -> None:
    embedding = build()
    assert embedding.prompt_ids == (10, 11, 12)
    found = embedding(torch.tensor([[10, 11, 12, 0, 9]]))[0]
    expected = torch.cat((embedding.prompt, embedding.weight[[0, 9]]))
    assert torch.equal(found, expected)
    assert torch.equal(embedding.prompt[0], embedding.weight[7])


def test_the_prompt_alone_learns() -> None:
    embedding = build()
    embedding(torch.tensor([[10, 3, 11], [3, 3, 11]])).sum().backward()
    assert embedding.weight.grad is None and embedding.prompt.grad is not None
    assert embedding.prompt.grad.sum(1).tolist() == [4.0, 8.0, 0.0]
