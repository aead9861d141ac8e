"""The encoder-decoder Transformer: an encoder reads the source both ways, a decoder writes the
target from left to right and attends to what the encoder made of the source (Vaswani et al. 2017).

One embedding serves source, target and, where tied, the output. Knows one device and no data.
"""

from __future__ import annotations

from dataclasses import replace

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
from yanmo.nn.attention import AttentionContext
from yanmo.nn.cache import KeyValueCache, MemoryCache
from yanmo.nn.mask import additive_mask, causal_offset_mask, padding_mask


class Stack(nn.Module):
    """The blocks of one side, with its positions and its final norm.

    Args:
        config: the full shape.
        is_decoder: whether positions see only what is before them, and the encoder's states.
    """

    def __init__(self, config: TransformerConfig, *, is_decoder: bool) -> None:
        super().__init__()
        self.config = config
        num_layers = config.num_decoder_layers if is_decoder else config.num_layers
        self.embed_positions = build_position_table(config)
        self.embed_norm = build_embedding_norm(config)
        self.relative_bias = build_relative_bias(config, is_bidirectional=not is_decoder)
        self.blocks = build_blocks(config, num_layers, has_cross_attention=is_decoder)
        self.final_norm = build_final_norm(config)

    def forward(
        self, embedded: torch.Tensor, positions: torch.Tensor, context: AttentionContext
    ) -> torch.Tensor:
        """Token embeddings (B, T, D) at `positions` (B, T) to the final states (B, T, D)."""
        x = add_positions(embedded, positions, self.embed_positions, self.config)
        if self.embed_norm is not None:
            x = self.embed_norm(x)
        x = F.dropout(x, self.config.dropout, self.training)
        for layer, block in enumerate(self.blocks):
            x = block(x, context, layer)
        return self.final_norm(x) if self.final_norm is not None else x

    def score_bias(self, num_queries: int, num_keys: int) -> torch.Tensor | None:
        """What relative positions add to the scores, (1, N, T, S), for queries that are the last of
        the keys; None where positions are not relative."""
        if self.relative_bias is None:
            return None
        keys = torch.arange(num_keys, device=self.relative_bias.weight.device)
        return self.relative_bias(keys[num_keys - num_queries :], keys)  # type: ignore[no-any-return]


class DecoderCache:
    """What a decoder keeps while it writes: its own keys and values, and those of the encoder."""

    def __init__(self, own: KeyValueCache) -> None:
        self.own = own
        self.memory = MemoryCache()

    @property
    def length(self) -> int:
        """Positions written so far."""
        return self.own.length

    def truncate(self, length: int) -> None:
        """Forget everything from position `length` on; at 0 the encoder's states as well, so that
        another source may follow."""
        self.own.truncate(length)
        if length == 0:
            self.memory = MemoryCache()

    def select(self, rows: torch.Tensor) -> None:
        """Hold the rows with the numbers `rows` (R,) from now on, in that order."""
        self.own.select(rows)
        self.memory.select(rows)


class EncoderDecoder(LanguageModel):
    """A conditional language model: target tokens given a source.

    Args:
        config: the full shape.
    """

    kind = "seq2seq"

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config: TransformerConfig = config
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.encoder = Stack(config, is_decoder=False)
        self.decoder = Stack(config, is_decoder=True)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=config.has_head_bias)
        self.tie_weights()

    def init_weights(self, seed: int) -> None:
        """Fill every parameter; see `models.initialization`."""
        depth = max(self.config.num_layers, self.config.num_decoder_layers)
        initialize(self, seed, transformer_init(self.config, depth))

    def build_cache(self, batch_size: int, max_seq_len: int | None = None) -> DecoderCache:
        """An empty cache for the decoder, on the model's device and in its dtype."""
        return DecoderCache(
            KeyValueCache(
                num_layers=self.config.num_decoder_layers,
                batch_size=batch_size,
                num_kv_heads=self.config.num_kv_heads,
                max_seq_len=max_seq_len or self.config.max_seq_len,
                head_dim=self.config.head_dim,
                device=self.embed.weight.device,
                dtype=self.embed.weight.dtype,
            )
        )

    def encode(
        self, source_tokens: torch.Tensor, source_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The encoder's states (B, S, D) of `source_tokens` (B, S), of which `source_mask` (B, S)
        says which are real; all when None."""
        num_positions = source_tokens.shape[1]
        positions = self._positions(source_tokens, 0)
        dtype = compute_dtype(self.embed.weight)
        mask = None
        if source_mask is not None:
            mask = additive_mask(padding_mask(source_mask), dtype)
        bias = self.encoder.score_bias(num_positions, num_positions)
        if bias is not None:
            mask = bias.to(dtype) if mask is None else mask + bias.to(dtype)
        context = AttentionContext(mask=mask, rotary=rotary_angles_of(self.config, positions))
        return self.encoder(self.embed(source_tokens), positions, context)  # type: ignore[no-any-return]

    def forward(
        self,
        tokens: torch.Tensor,
        source_tokens: torch.Tensor | None = None,
        source_mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        memory: torch.Tensor | None = None,
        cache: DecoderCache | None = None,
        label_smoothing: float = 0.0,
    ) -> ModelOutput:
        """Score the next target token at every position, or sum the loss against `labels`.

        Args:
            tokens: (B, T) the decoder's inputs: the target shifted right by one.
            source_tokens: (B, S) ids; not needed where `memory` is given.
            source_mask: (B, S), True where a source token is real; all when None.
            labels: (B, T) target ids, -100 where none counts; the output then carries `loss_sum`
                and no logits. Padding of the target stands at its end, where nothing sees it.
            memory: what `encode` gave for the source.
            cache: what the decoder kept of earlier positions; this pass adds its own.
            label_smoothing: see `linear_cross_entropy`.
        """
        if memory is None:
            assert source_tokens is not None, "there is neither a source nor an encoding of one"
            memory = self.encode(source_tokens, source_mask)
        num_past = cache.length if cache is not None else 0
        positions = self._positions(tokens, num_past)
        context = self._decoder_context(tokens, positions, memory, source_mask, cache)
        hidden = self.decoder(self.embed(tokens), positions, context)
        if cache is not None:
            cache.own.advance(tokens.shape[1])
        states = hidden * self.config.score_scale if self.config.score_scale != 1.0 else hidden
        return replace(self.predict(states, labels, label_smoothing), hidden=hidden, memory=memory)

    def _decoder_context(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor,
        memory: torch.Tensor,
        source_mask: torch.Tensor | None,
        cache: DecoderCache | None,
    ) -> AttentionContext:
        dtype = compute_dtype(self.embed.weight)
        num_queries = tokens.shape[1]
        num_past = cache.length if cache is not None else 0
        num_keys = num_past + num_queries
        bias = self.decoder.score_bias(num_queries, num_keys)
        mask = None
        if bias is not None or (num_past > 0 and num_queries > 1):
            mask = additive_mask(causal_offset_mask(num_queries, num_keys, tokens.device), dtype)
            mask = mask if bias is None else mask + bias.to(dtype)
        memory_mask = None
        if source_mask is not None:
            memory_mask = additive_mask(padding_mask(source_mask), dtype)
        return AttentionContext(
            mask=mask,
            is_causal=mask is None and num_past == 0,
            rotary=rotary_angles_of(self.config, positions),
            cache=cache.own if cache is not None else None,
            memory=memory,
            memory_mask=memory_mask,
            memory_cache=cache.memory if cache is not None else None,
        )

    def _positions(self, tokens: torch.Tensor, num_past: int) -> torch.Tensor:
        positions = torch.arange(num_past, num_past + tokens.shape[1], device=tokens.device)
        return positions[None, :].expand(tokens.shape)  # (B, T)
