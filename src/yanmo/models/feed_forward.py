"""The feed-forward language model of Bengio et al. 2003: the first that learned word vectors.

In: token ids and which document each belongs to. Out: scores of the next token at every position,
or their loss. A prediction sees the last few tokens of its document, their vectors side by side.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.models.feed_forward_config import FeedForwardConfig
from yanmo.models.initialization import initialize
from yanmo.models.language_model import LanguageModel
from yanmo.models.output import ModelOutput
from yanmo.models.recurrent_initialization import embedding_scale, recurrent_value
from yanmo.nn.causal_convolution import WindowCache, causal_window


class FeedForwardModel(LanguageModel):
    """`y = b + W x + U tanh(d + H x)` over the concatenated vectors x of the context (eq. 1).

    `H` and `d` are `up_proj`, `b` is the bias of `lm_head`. `U` is `lm_head` times `down_proj` and
    `W` is `lm_head` times `direct_proj`: both pass through d_model, so that the output may share
    the embedding. Where d_ff is d_model, there is no `down_proj`, and U is `lm_head` itself. What
    would lie before a document is one learned vector, `begin`, zero at first.

    Args:
        config: the full shape.
    """

    kind: Literal["causal"] = "causal"
    config: FeedForwardConfig

    def __init__(self, config: FeedForwardConfig) -> None:
        super().__init__()
        self.config = config
        d_context = config.context_tokens * config.d_model
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.begin = (
            nn.Parameter(torch.empty(config.d_model)) if config.context_tokens > 1 else None
        )
        self.up_proj = nn.Linear(d_context, config.d_ff)
        self.down_proj = (
            nn.Linear(config.d_ff, config.d_model, bias=False)
            if config.d_ff != config.d_model
            else None
        )
        self.direct_proj = (
            nn.Linear(d_context, config.d_model, bias=False)
            if config.has_direct_connections
            else None
        )
        self.lm_head = nn.Linear(config.d_model, config.vocab_size)
        self.tie_weights()

    def init_weights(self, seed: int) -> None:
        """Fill every parameter from a seed of its own, as recurrent models are: matrices with
        variance 1 / fan-in, the tables smaller by the factor with which embeddings enter."""
        initialize(
            self,
            seed,
            recurrent_value(1.0 / embedding_scale(self.config.d_model), has_forget_gate=False),
        )

    def build_cache(self, batch_size: int, max_seq_len: int | None = None) -> WindowCache:
        """An empty cache; it takes the size of the batch from the first call, and keeps the last
        tokens however long the text."""
        assert batch_size >= 1, "a batch has at least one row"
        assert max_seq_len is None or max_seq_len >= 1, "a sequence has at least one position"
        return WindowCache()

    def forward(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor | None = None,
        document_ids: torch.Tensor | None = None,
        cache: WindowCache | None = None,
        labels: torch.Tensor | None = None,
        label_smoothing: float = 0.0,
        has_scores: bool = True,
    ) -> ModelOutput:
        """Score the next token at every position, or sum the loss against `labels`.

        Args:
            tokens: (B, T) ids.
            positions: taken as every model takes them; only the order of the tokens counts here.
            document_ids: (B, T); what belongs to another number is not seen. One document when
                left out.
            cache: the vectors of the last tokens; this pass adds its own.
            labels: (B, T) ids to be predicted, already shifted, -100 where none is; the output
                then carries `loss_sum` and no logits.
            label_smoothing: share of the target's probability that is spread over all entries.
            has_scores: False gives hidden states alone, where there are no labels.
        """
        assert positions is None or positions.shape == tokens.shape, "one position for each token"
        assert cache is None or document_ids is None, "a cache holds one document per row"
        num_taps = self.config.context_tokens
        x = self.embed(tokens) * embedding_scale(self.config.d_model)  # (B, T, D)
        past = cache.extend(0, x, num_taps - 1) if cache is not None else None
        window = causal_window(
            x, num_taps, document_ids=document_ids, past=past, fill=self.begin
        ).flatten(2)  # (B, T, taps * D)
        if cache is not None:
            cache.advance(tokens.shape[1])
        window = F.dropout(window, self.config.dropout, self.training)
        hidden = torch.tanh(self.up_proj(window))  # (B, T, F)
        hidden = F.dropout(hidden, self.config.dropout, self.training)
        if self.down_proj is not None:
            hidden = self.down_proj(hidden)  # (B, T, D)
        if self.direct_proj is not None:
            hidden = hidden + self.direct_proj(window)
        if labels is None and not has_scores:
            return ModelOutput(hidden=hidden)
        return self.predict(hidden, labels, label_smoothing)
