"""The decoder-only Transformer: embedding, blocks, final norm, output projection.

Causal, or with a prefix that is seen from everywhere (prefix language models, blank infilling).
Built on the meta device, then `to_empty` and `init_weights(seed)`. Knows one device and no data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

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
from yanmo.nn.attention import AttentionContext, Mixing, RouterRecord
from yanmo.nn.attention_backends import attend
from yanmo.nn.cache import KeyValueCache
from yanmo.nn.mask import (
    additive_mask,
    causal_document_mask,
    causal_mask,
    causal_offset_mask,
    prefix_document_mask,
    sliding_window_mask,
)
from yanmo.nn.mixture import load_balancing_loss
from yanmo.nn.row_part import RowPart
from yanmo.nn.slot_cache import SlotCache, SlotPass


class Decoder(LanguageModel):
    """A language model over token ids that predicts each token from those before it.

    Args:
        config: the full shape.

    Attributes:
        row_part: which part of every row the model is given; None where it is given all of it.
        sum_over_processes: sums a tensor over processes that have other rows of the same batch;
            None where there are none.
    """

    kind = "causal"

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config: TransformerConfig = config
        self.row_part: RowPart | None = None
        self.sum_over_processes: Callable[[torch.Tensor], torch.Tensor] | None = None
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.embed_positions = build_position_table(config)
        self.embed_block_positions = (
            nn.Embedding(config.max_seq_len, config.d_model)
            if config.positions == "two_dimensional"
            else None
        )
        self.embed_norm = build_embedding_norm(config)
        self.relative_bias = build_relative_bias(config, is_bidirectional=False)
        self.blocks = build_blocks(config, config.num_layers)
        self.final_norm = build_final_norm(config)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=config.has_head_bias)
        self.tie_weights()

    def init_weights(self, seed: int) -> None:
        """Fill every parameter; see `models.initialization`."""
        initialize(self, seed, transformer_init(self.config, self.config.num_layers))

    def build_cache(self, batch_size: int, max_seq_len: int | None = None) -> KeyValueCache:
        """An empty cache that fits this model, on its device and in its dtype."""
        return KeyValueCache(
            num_layers=self.config.num_layers,
            batch_size=batch_size,
            num_kv_heads=self.config.num_kv_heads,
            max_seq_len=max_seq_len or self.config.max_seq_len,
            head_dim=self.config.head_dim,
            device=self.embed.weight.device,
            dtype=self.embed.weight.dtype,
        )

    def build_slot_cache(self, num_slots: int, slot_tokens: int) -> SlotCache:
        """Empty slots that fit this model, on its device and in its dtype."""
        return SlotCache(
            num_layers=self.config.num_layers,
            num_slots=num_slots,
            num_kv_heads=self.config.num_kv_heads,
            slot_tokens=slot_tokens,
            head_dim=self.config.head_dim,
            device=self.embed.weight.device,
            dtype=self.embed.weight.dtype,
        )

    def forward(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor | None = None,
        document_ids: torch.Tensor | None = None,
        cache: KeyValueCache | None = None,
        labels: torch.Tensor | None = None,
        label_smoothing: float = 0.0,
        is_prefix: torch.Tensor | None = None,
        block_positions: torch.Tensor | None = None,
        has_scores: bool = True,
        slots: SlotPass | None = None,
    ) -> ModelOutput:
        """Score the next token at every position, or sum the loss against `labels`.

        Args:
            tokens: (B, T) ids.
            positions: (B, T) position of each token in its document; counted on from the cache's
                length when left out.
            document_ids: (B, T); attention stays within equal numbers. One document when left out.
            cache: keys and values of earlier positions; this pass adds its own.
            labels: (B, T) ids to be predicted, already shifted, -100 where none is; the output
                then carries `loss_sum` and no logits.
            label_smoothing: see `linear_cross_entropy`.
            is_prefix: (B, T) booleans; what is marked is seen from its whole document, earlier
                positions included; within the window where there is one.
            block_positions: (B, T) second positions: 0 in the context, 1, 2 ... within a span that
                fills a blank; only where positions are two-dimensional, and 0 when left out.
            has_scores: False gives hidden states alone.
            slots: what a pool of slots keeps of earlier positions; `tokens` are then one row that
                goes on in several slots, and hidden states and scores those that it asks for.
        """
        num_past = cache.length if cache is not None else 0
        if slots is not None:
            assert cache is None and positions is None, "slots know their positions"
            positions = slots.positions[None]
        if positions is None:
            positions = torch.arange(num_past, num_past + tokens.shape[1], device=tokens.device)
            if self.row_part is not None:
                positions = self.row_part.places(tokens.shape[1], tokens.device)
            positions = positions[None, :].expand(tokens.shape)  # (B, T)
        context = self._attention_context(tokens, positions, document_ids, cache, is_prefix, slots)
        x = self._embed(tokens, positions, block_positions)
        for layer, block in enumerate(self.blocks):
            x = block(x, context, layer)
        if cache is not None:
            cache.advance(tokens.shape[1])
        if slots is not None and slots.scored is not None:
            x = x[:, slots.scored]
        hidden = self.final_norm(x) if self.final_norm is not None else x
        if labels is None and not has_scores:
            return ModelOutput(hidden=hidden)
        output = self.predict(self._scaled(hidden), labels, label_smoothing)
        if output.loss_sum is not None and labels is not None:
            output.loss_sum = output.loss_sum + self._penalty(context, labels, document_ids)
        return replace(output, hidden=hidden)

    def _embed(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor,
        block_positions: torch.Tensor | None,
    ) -> torch.Tensor:
        x = add_positions(self.embed(tokens), positions, self.embed_positions, self.config)
        if self.embed_block_positions is not None:
            if block_positions is None:
                block_positions = torch.zeros_like(positions)
            x = x + self.embed_block_positions(block_positions)
        else:
            assert block_positions is None, "this model's positions have one dimension"
        if self.embed_norm is not None:
            x = self.embed_norm(x)
        return F.dropout(x, self.config.dropout, self.training)

    def _scaled(self, hidden: torch.Tensor) -> torch.Tensor:
        scale = self.config.score_scale
        return hidden if scale == 1.0 else hidden * scale

    def _penalty(
        self,
        context: AttentionContext,
        labels: torch.Tensor,
        document_ids: torch.Tensor | None,
    ) -> torch.Tensor | float:
        """What uneven use of experts by all positions but padding costs, as a sum over the labels
        that count; 0 when measuring. It is no part of how well the model predicts."""
        record = context.router_record
        if record is None or not record.scores or not self.training:
            return 0.0
        is_counted = None if document_ids is None else document_ids >= 0
        loss = load_balancing_loss(
            record.scores,
            self.config.num_active_experts,
            is_counted,
            self.sum_over_processes,
        )
        return self.config.balance_loss_weight * loss * (labels >= 0).sum()

    def _attention_context(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor,
        document_ids: torch.Tensor | None,
        cache: KeyValueCache | None,
        is_prefix: torch.Tensor | None,
        slots: SlotPass | None = None,
    ) -> AttentionContext:
        num_past = cache.length if cache is not None else 0
        num_keys = num_past + tokens.shape[1]
        places = None  # of the queries, where they are not simply the last ones
        mix: Mixing = attend
        if slots is not None:
            num_keys, places, mix = slots.num_keys, slots.places, slots.mix
        if self.row_part is not None:
            assert cache is None and slots is None, "a part of a row has no cache"
            num_keys = tokens.shape[1] * self.row_part.num_parts
            places = self.row_part.query_places(tokens.shape[1], tokens.device)
            document_ids, is_prefix = self._whole(document_ids), self._whole(is_prefix)
            mix = partial(self.row_part.attend, sees_ahead=is_prefix is not None)
        keys = torch.arange(num_keys, device=tokens.device)
        queries = keys[num_past:] if places is None else places
        allowed = self._allowed(tokens, num_past, document_ids, is_prefix, places)
        bias = self._score_bias(queries, keys)
        window = self.config.sliding_window
        is_windowed = window is not None and num_keys > window
        causal = None
        if allowed is None and (bias is not None or is_windowed):
            causal = causal_mask(num_keys, tokens.device, queries)
        if bias is not None and allowed is None:
            allowed = causal
        windowed = None
        if window is not None and is_windowed:
            seen = allowed if allowed is not None else causal
            assert seen is not None, "a windowed layer has a mask"
            windowed = sliding_window_mask(
                seen, queries, keys, window, is_bidirectional=is_prefix is not None
            )
        dtype = self._attention_dtype()
        mask = _add(allowed, bias, dtype)
        is_mixture = self.config.mlp == "mixture"
        return AttentionContext(
            mask=mask,
            is_causal=num_past == 0 and is_prefix is None,
            document_ids=document_ids if self.row_part is None else None,
            is_mask_implied=bias is None and is_prefix is None,
            window_mask=mask if windowed is None else _add(windowed, bias, dtype),
            rotary=rotary_angles_of(self.config, positions),
            cache=cache if slots is None else slots,
            router_record=RouterRecord() if is_mixture else None,
            mix=mix,
        )

    def _whole(self, values: torch.Tensor | None) -> torch.Tensor | None:
        """What belongs to the positions of whole rows, (B, T) to (B, S)."""
        if values is None or self.row_part is None:
            return values
        return self.row_part.gather(values)

    def _attention_dtype(self) -> torch.dtype:
        """The dtype of scores; a part of a model that has no embedding knows it from elsewhere."""
        return compute_dtype(self.embed.weight)

    def _allowed(
        self,
        tokens: torch.Tensor,
        num_past: int,
        document_ids: torch.Tensor | None,
        is_prefix: torch.Tensor | None,
        places: torch.Tensor | None,
    ) -> torch.Tensor | None:
        """Which keys each query may see; None where that is all before it, itself included."""
        if is_prefix is not None:
            assert num_past == 0, "a prefix is read in one pass"
            if document_ids is None:
                document_ids = torch.zeros_like(is_prefix, dtype=torch.int64)
            return prefix_document_mask(document_ids, is_prefix, places)
        if document_ids is not None:
            assert num_past == 0, "a cache holds one document per row"
            return causal_document_mask(document_ids, places)
        if num_past > 0 and tokens.shape[1] > 1:
            return causal_offset_mask(tokens.shape[1], num_past + tokens.shape[1], tokens.device)
        return None

    def _score_bias(self, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor | None:
        """What the places of queries (T,) and keys (S,) in the row add to the scores, (1, N, T, S);
        None where positions enter elsewhere."""
        if self.config.positions == "alibi":
            return alibi_bias(queries[None, :], keys[None, :], self.config.num_heads)
        if self.relative_bias is not None:
            bias: torch.Tensor = self.relative_bias(queries, keys)
            return bias
        return None


def _add(
    allowed: torch.Tensor | None, bias: torch.Tensor | None, dtype: torch.dtype
) -> torch.Tensor | None:
    """A mask and a bias as one thing that is added to the scores."""
    if allowed is None:
        return None
    mask = additive_mask(allowed, dtype)
    return mask if bias is None else mask + bias.to(dtype)
