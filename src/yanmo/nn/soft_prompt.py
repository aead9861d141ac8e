"""Soft prompts (Lester et al. 2021): a few learned vectors that stand before every text, while the
model itself stays as it is.

In: an embedding. Out: one that takes its place, with the same weight under the same name, and knows
more ids: those from the vocabulary's size on are the vectors of the prompt. So a prompt enters
every model as tokens do, and its positions, masks and caches need nothing of their own.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


class PromptedEmbedding(nn.Embedding):
    """The embedding of V tokens, and of the ids V, V + 1 ... of a prompt.

    `weight` is that of `embedding`, frozen; `prompt` (P, D) is empty until it is filled.

    Args:
        embedding: whose place this one takes.
        num_prompt_tokens: vectors of the prompt, P.
    """

    def __init__(self, embedding: nn.Embedding, num_prompt_tokens: int) -> None:
        assert not isinstance(embedding, PromptedEmbedding), "there is a prompt already"
        assert num_prompt_tokens >= 1, "a prompt has at least one vector"
        super().__init__(embedding.num_embeddings, embedding.embedding_dim, device="meta")
        self.weight = embedding.weight
        self.weight.requires_grad_(False)
        self.prompt = nn.Parameter(self.weight.new_empty(num_prompt_tokens, self.embedding_dim))
        self.train(embedding.training)

    @property
    def prompt_ids(self) -> tuple[int, ...]:
        """The ids of the prompt, in its order."""
        return tuple(range(self.num_embeddings, self.num_embeddings + len(self.prompt)))

    def init_from_tokens(self, token_ids: torch.Tensor) -> None:
        """Begin with the embeddings of tokens (P,), which learns sooner than random numbers do
        (section 3.2)."""
        with torch.no_grad():
            self.prompt.copy_(F.embedding(token_ids.to(self.weight.device), self.weight))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(B, T) ids to (B, T, D)."""
        is_prompt = tokens >= self.num_embeddings
        known = F.embedding(tokens.masked_fill(is_prompt, 0), self.weight)
        places = (tokens - self.num_embeddings).clamp(min=0)
        return torch.where(is_prompt[..., None], F.embedding(places, self.prompt), known)
