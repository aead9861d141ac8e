"""What every model over token ids is, whatever it is made of."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import torch
from torch import nn

from yanmo.models.output import ModelOutput
from yanmo.models.shape import ModelShape
from yanmo.models.weight_count import count_weights
from yanmo.nn.cross_entropy import linear_cross_entropy

ModelKind = Literal["causal", "masked", "seq2seq"]
"""What a model predicts: the next token, hidden tokens, or a target given a source."""


class TokenCache(Protocol):
    """What a model keeps of the tokens that it has read."""

    @property
    def length(self) -> int:
        """Tokens read so far."""

    def truncate(self, length: int) -> None:
        """Forget everything from position `length` on."""

    def select(self, rows: torch.Tensor) -> None:
        """Hold the rows with the numbers `rows` (R,) from now on, in that order; a row may be named
        more than once, or not at all."""


class LanguageModel(nn.Module):
    """A model over token ids: an embedding, something that mixes, an output projection.

    Models are laid out on the meta device, then `to_empty`, `tie_weights` and `init_weights`; so a
    constructor fills nothing that `init_weights` does not fill.

    Attributes:
        config: the full shape.
        embed: (V, D), the token embedding.
        lm_head: (V, D), the output projection; where tied, its weight is the embedding's.
    """

    kind: ModelKind
    config: ModelShape
    embed: nn.Embedding
    lm_head: nn.Linear

    def tie_weights(self) -> None:
        """Make the output projection share the embedding's weight, where the shape says so."""
        if self.config.tie_embeddings:
            self.lm_head.weight = self.embed.weight

    def init_weights(self, seed: int) -> None:
        """Fill every parameter, each from a seed of its own; see `models.initialization`."""
        raise TypeError(f"{type(self).__name__} has no initial weights; seed {seed} is not used")

    def num_params(self) -> int:
        """Parameters, tied weights counted once."""
        return count_weights(self.parameters())

    def num_embedding_params(self) -> int:
        """Parameters of the embeddings and of the output projection, tied ones counted once."""
        return count_weights(
            parameter
            for name, parameter in self.named_parameters()
            if name.startswith(("embed", "lm_head"))
        )

    def flops_per_token(self, seq_len: int | None = None) -> int:
        """Training FLOPs for one token, forward and backward; see the shape's own method."""
        return self.config.flops_per_token(seq_len)

    def predict(
        self, states: torch.Tensor, labels: torch.Tensor | None, label_smoothing: float = 0.0
    ) -> ModelOutput:
        """What the output projection says of `states` (B, T, D): scores (B, T, V), or where there
        are `labels` (B, T), -100 where none counts, the sum of their losses and no scores."""
        if labels is None:
            return ModelOutput(hidden=states, scores=self.lm_head(states))
        return ModelOutput(
            hidden=states, loss_sum=self.output_loss(states, labels, label_smoothing)
        )

    def output_loss(
        self, states: torch.Tensor, labels: torch.Tensor, label_smoothing: float = 0.0
    ) -> torch.Tensor:
        """Sum of the cross-entropies of `states` (..., D) against `labels` (...), -100 where none
        counts. Replaced from outside where the output projection is spread over processes."""
        return linear_cross_entropy(
            states, self.lm_head.weight, labels, self.lm_head.bias, label_smoothing
        )

    def build_cache(self, batch_size: int, max_seq_len: int | None = None) -> Any:
        """What the model keeps while it writes; only causal and seq2seq models write."""
        raise TypeError(
            f"a {self.kind} model does not write: no cache for {batch_size} x {max_seq_len}"
        )

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.embed.weight.device
