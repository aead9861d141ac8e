"""The encoder-only Transformer (BERT): every position sees its whole document, both ways.

Where the shape says so, with a head that predicts hidden tokens, a pooler, and a head that says
whether the second segment follows the first. Knows one device and no data.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.models.initialization import initialize, transformer_init
from yanmo.models.language_model import LanguageModel
from yanmo.models.output import ModelOutput
from yanmo.models.transformer_config import TransformerConfig
from yanmo.models.transformer_parts import (
    add_positions,
    build_blocks,
    build_embedding_norm,
    build_final_norm,
    build_position_table,
    build_relative_bias,
    compute_dtype,
    rotary_angles_of,
)
from yanmo.nn.alibi import alibi_bias
from yanmo.nn.attention import AttentionContext
from yanmo.nn.cross_entropy import IGNORED_LABEL
from yanmo.nn.mask import additive_mask, document_mask
from yanmo.nn.mlp import activate
from yanmo.nn.norm import build_norm


class Encoder(LanguageModel):
    """A masked language model over token ids (Devlin et al. 2019).

    Args:
        config: the full shape.
    """

    kind = "masked"

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config: TransformerConfig = config
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.embed_positions = build_position_table(config)
        self.embed_segments = (
            nn.Embedding(config.num_segments, config.d_model) if config.num_segments else None
        )
        self.embed_norm = build_embedding_norm(config)
        self.relative_bias = build_relative_bias(config, is_bidirectional=True)
        self.blocks = build_blocks(config, config.num_layers)
        self.final_norm = build_final_norm(config)
        self.pooler = nn.Linear(config.d_model, config.d_model) if config.has_pooler else None
        self.mlm_head = MaskedTokenHead(config) if config.has_mlm_head else None
        # Without that head the projection is the embedding and nothing more, and is not called.
        has_bias = config.has_head_bias and config.has_mlm_head
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=has_bias)
        self.next_sentence_head = nn.Linear(config.d_model, 2) if config.has_next_sentence else None
        self.tie_weights()

    def init_weights(self, seed: int) -> None:
        """Fill every parameter; see `models.initialization`."""
        initialize(self, seed, transformer_init(self.config, self.config.num_layers))

    def forward(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor | None = None,
        document_ids: torch.Tensor | None = None,
        segments: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        is_next: torch.Tensor | None = None,
        has_scores: bool = True,
    ) -> ModelOutput:
        """Score every position's token, or sum the loss against `labels`; a bare encoder, which has
        no head for tokens, gives neither.

        Args:
            tokens: (B, T) ids.
            positions: (B, T) position of each token in its document; 0, 1, 2 ... when left out.
            document_ids: (B, T); attention stays within equal numbers, and -1 marks padding. One
                document when left out.
            segments: (B, T) rows of the segment embedding; the first when left out.
            labels: (B, T) the hidden tokens, -100 where none is hidden; only those positions go
                through the output projection, and the output carries `loss_sum` and no logits.
            is_next: (B,) 1 where the second segment follows the first, else 0; adds the mean of
                that loss, weighted as the masked tokens are (Devlin et al. 2019, section 3.1).
            has_scores: False leaves the tokens' scores out, for those who need states alone.
        """
        if positions is None:
            positions = torch.arange(tokens.shape[1], device=tokens.device)
            positions = positions[None, :].expand(tokens.shape)  # (B, T)
        context = self._attention_context(positions, document_ids)
        x = self._embed(tokens, positions, segments)
        for layer, block in enumerate(self.blocks):
            x = block(x, context, layer)
        hidden = self.final_norm(x) if self.final_norm is not None else x
        output = ModelOutput(hidden=hidden)
        if self.pooler is not None:
            output.pooled = self.pooler(hidden[:, 0]).tanh()  # (B, D)
        if self.next_sentence_head is not None:
            output.next_sentence_scores = self.next_sentence_head(output.pooled)  # (B, 2)
        if labels is None and has_scores and self.mlm_head is not None:
            output.scores = self.lm_head(self.mlm_head(hidden))
        elif labels is not None:
            output.loss_sum = self._loss_sum(output, labels, is_next)
        return output

    def _embed(
        self, tokens: torch.Tensor, positions: torch.Tensor, segments: torch.Tensor | None
    ) -> torch.Tensor:
        x = add_positions(self.embed(tokens), positions, self.embed_positions, self.config)
        if self.embed_segments is not None:
            x = x + self.embed_segments(torch.zeros_like(tokens) if segments is None else segments)
        if self.embed_norm is not None:
            x = self.embed_norm(x)
        return F.dropout(x, self.config.dropout, self.training)

    def _loss_sum(
        self, output: ModelOutput, labels: torch.Tensor, is_next: torch.Tensor | None
    ) -> torch.Tensor:
        assert self.mlm_head is not None, "this encoder has no head that predicts tokens"
        chosen = labels != IGNORED_LABEL  # (B, T)
        states = self.mlm_head(output.hidden[chosen])  # (targets, D)
        loss_sum = self.output_loss(states, labels[chosen])
        if is_next is None:
            return loss_sum
        assert output.next_sentence_scores is not None, "this model has no head for next sentences"
        # Hugging Face's order: entry 0 says that it follows.
        losses = F.cross_entropy(
            output.next_sentence_scores.float(), 1 - is_next, reduction="none"
        )  # (B,)
        # A row counts as often as it has hidden tokens, so that a batch may be cut anywhere.
        return loss_sum + (losses * chosen.sum(1)).sum()

    def _attention_context(
        self, positions: torch.Tensor, document_ids: torch.Tensor | None
    ) -> AttentionContext:
        dtype = compute_dtype(self.embed.weight)
        mask = None
        if document_ids is not None:
            mask = additive_mask(document_mask(document_ids), dtype)
        order = torch.arange(positions.shape[1], device=positions.device)
        bias = None
        if self.config.positions == "alibi":
            bias = alibi_bias(order[None, :], order[None, :], self.config.num_heads)
        elif self.relative_bias is not None:
            bias = self.relative_bias(order, order)
        if bias is not None:
            mask = bias.to(dtype) if mask is None else mask + bias.to(dtype)
        return AttentionContext(
            mask=mask,
            document_ids=document_ids,
            is_mask_implied=bias is None,
            rotary=rotary_angles_of(self.config, positions),
        )


class MaskedTokenHead(nn.Module):
    """What stands between hidden states and the output projection of a masked language model:
    `norm(act(dense(x)))` (Devlin et al. 2019, in the form of its published code)."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.activation = config.activation
        self.dense = nn.Linear(config.d_model, config.d_model)
        self.norm = build_norm(config.norm, config.d_model, config.norm_eps)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., D) to (..., D)."""
        return self.norm(activate(self.dense(x), self.activation))  # type: ignore[no-any-return]
