"""How a recurrent decoder looks at the states of an encoder: additive or multiplicative scores.

Both give, for each query, the mixture of the states whose weights are the softmax of its scores.
`U` is the width of a state. Knows nothing of tokens; `nn.attention` is the Transformer's.
"""

from __future__ import annotations

import torch
from torch import nn


class AdditiveAttention(nn.Module):
    """Scores v^T tanh(W q + K h_j) (Bahdanau et al. 2015, appendix A.1.2).

    Args:
        d_hidden: width U of queries, states and of the hidden layer of the score.
    """

    def __init__(self, d_hidden: int) -> None:
        super().__init__()
        self.q_proj = nn.Linear(d_hidden, d_hidden, bias=False)
        self.k_proj = nn.Linear(d_hidden, d_hidden, bias=False)
        self.score_proj = nn.Linear(d_hidden, 1, bias=False)

    def keys(self, states: torch.Tensor) -> torch.Tensor:
        """What the scores need of `states` (B, S, U), the same for every query: (B, S, U)."""
        keys: torch.Tensor = self.k_proj(states)
        return keys

    def forward(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        states: torch.Tensor,
        mask: torch.Tensor | None,
    ) -> torch.Tensor:
        """The context of `query` (B, T, U) among `states` (B, S, U), of which `mask` (B, S) says
        which are real: (B, T, U)."""
        joined = torch.tanh(self.q_proj(query)[:, :, None] + keys[:, None])  # (B, T, S, U)
        return _mix(self.score_proj(joined).squeeze(-1), states, mask)


class MultiplicativeAttention(nn.Module):
    """Scores q^T W h_j, the "general" form of Luong et al. 2015, eq. 8.

    Args:
        d_hidden: width U of queries and states.
    """

    def __init__(self, d_hidden: int) -> None:
        super().__init__()
        self.k_proj = nn.Linear(d_hidden, d_hidden, bias=False)

    def keys(self, states: torch.Tensor) -> torch.Tensor:
        """What the scores need of `states` (B, S, U), the same for every query: (B, S, U)."""
        keys: torch.Tensor = self.k_proj(states)
        return keys

    def forward(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        states: torch.Tensor,
        mask: torch.Tensor | None,
    ) -> torch.Tensor:
        """The context of `query` (B, T, U) among `states` (B, S, U), of which `mask` (B, S) says
        which are real: (B, T, U)."""
        return _mix(query @ keys.transpose(1, 2), states, mask)  # scores (B, T, S)


def _mix(scores: torch.Tensor, states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """Mixture (B, T, U) of `states` (B, S, U) by the softmax of `scores` (B, T, S)."""
    if mask is not None:
        # The lowest number and not -infinity: a source without a real token then has a context
        # too, of zeros, and no undefined one.
        scores = scores.masked_fill(~mask[:, None], torch.finfo(scores.dtype).min)
    weights = scores.softmax(dim=-1)
    return weights.to(states.dtype) @ states
