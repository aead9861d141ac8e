"""A recurrent network that reads texts from both ends (Schuster and Paliwal 1997), for tasks.

In: token ids and which document each belongs to. Out: a state for every token that has seen the
whole of its document. It predicts no tokens, so that it is not pre-trained: it begins from scratch,
or from word vectors, under the heads of a task model.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.models.initialization import initialize
from yanmo.models.output import ModelOutput
from yanmo.models.recurrent_config import RecurrentEncoderConfig
from yanmo.models.recurrent_initialization import recurrent_value
from yanmo.models.weight_count import count_weights
from yanmo.nn.linear_chain import gather_chains
from yanmo.nn.recurrent import RecurrentEncoder

INITIAL_STD = 0.1
"""Deviation of embeddings, as in the convolutional classifier."""


class BidirectionalRecurrent(nn.Module):
    """Embeddings and recurrent layers in two directions, with dropout on what enters and on what
    comes out (Huang et al. 2015; Lample et al. 2016, section 2.3).

    Args:
        config: the full shape.
    """

    kind: Literal["bidirectional"] = "bidirectional"

    def __init__(self, config: RecurrentEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.recurrent = RecurrentEncoder(
            cell=config.cell,
            d_input=config.d_model,
            d_hidden=config.d_hidden,
            num_layers=config.num_layers,
            dropout=config.dropout,
            is_bidirectional=True,
        )

    def init_weights(self, seed: int) -> None:
        """Fill every parameter from a seed of its own; see `recurrent_value`."""
        rule = recurrent_value(INITIAL_STD, has_forget_gate=self.config.cell == "lstm")
        initialize(self, seed, rule)

    def num_params(self) -> int:
        """Parameters."""
        return count_weights(self.parameters())

    def flops_per_token(self) -> int:
        """Training FLOPs for one token; see `RecurrentEncoderConfig.flops_per_token`."""
        return self.config.flops_per_token()

    def forward(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor | None = None,
        document_ids: torch.Tensor | None = None,
    ) -> ModelOutput:
        """States of every token, from both sides.

        Args:
            tokens: (B, T) ids.
            positions: taken as every model takes them; only the order of the tokens counts here.
            document_ids: (B, T); each document is read by itself, -1 is padding, which stands at
                the end of a row. One document a row when left out.

        Returns:
            `hidden` (B, T, U), zero at padding.
        """
        assert positions is None or positions.shape == tokens.shape, "one position for each token"
        x = F.dropout(self.embed(tokens), self.config.dropout, self.training)  # (B, T, D)
        if document_ids is None:
            hidden, _ = self.recurrent(x)
        else:
            hidden = self._read_documents(x, document_ids)
        return ModelOutput(hidden=F.dropout(hidden, self.config.dropout, self.training))

    def _read_documents(self, x: torch.Tensor, document_ids: torch.Tensor) -> torch.Tensor:
        """(B, T, D) to (B, T, U): every document as a row of its own, and then put back."""
        hidden: torch.Tensor
        is_first = document_ids[:, :1] == document_ids
        if bool((is_first | (document_ids < 0)).all()):  # one document a row, padding behind it
            hidden, _ = self.recurrent(x, document_ids >= 0)
            return hidden
        chains = gather_chains(document_ids >= 0, document_ids)
        states, _ = self.recurrent(chains.take(x), chains.mask)  # (documents, steps, U)
        hidden = states.new_zeros(x.shape[0] * x.shape[1], states.shape[2])
        hidden[chains.places[chains.mask]] = states[chains.mask]
        return hidden.view(*x.shape[:2], -1)
