"""The decoder-only Transformer of every family here: embedding, blocks, final norm, output.

Built on the meta device, then `to_empty` and `init_weights(seed)`. Knows one device and no data.
"""

from __future__ import annotations

import hashlib
import math

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.models.output import ModelOutput
from yanmo.models.transformer_config import TransformerConfig
from yanmo.nn.attention import Attention, AttentionContext
from yanmo.nn.block import Block
from yanmo.nn.cache import KeyValueCache
from yanmo.nn.cross_entropy import linear_cross_entropy
from yanmo.nn.mask import additive_mask, causal_document_mask, causal_offset_mask
from yanmo.nn.mlp import MLP, GatedMLP
from yanmo.nn.norm import build_norm
from yanmo.nn.rotary import rotary_angles

EMBEDDING_STD = 0.02


class Decoder(nn.Module):
    """A causal language model over token ids.

    Args:
        config: the full shape.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.embed_positions = (
            nn.Embedding(config.max_seq_len, config.d_model)
            if config.positions == "learned"
            else None
        )
        self.blocks = nn.ModuleList(_build_block(config) for _ in range(config.num_layers))
        self.final_norm = build_norm(config.norm, config.d_model, config.norm_eps)
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.tie_weights()

    def tie_weights(self) -> None:
        """Make the output projection share the embedding's weight, where the shape says so."""
        if self.config.tie_embeddings:
            self.lm_head.weight = self.embed.weight

    def init_weights(self, seed: int) -> None:
        """Fill every parameter from a seed of its own, so that its values do not depend on others.

        Matrices get a normal of variance 1 / fan-in; those that write into the residual stream are
        scaled down by sqrt(2 L) (Radford et al. 2019, section 2.3); embeddings get 0.02.
        """
        for name, parameter in self.named_parameters():
            digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
            generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], "little"))
            value = _initial_value(name, parameter, self.config.num_layers, generator)
            with torch.no_grad():
                parameter.copy_(value)

    def num_params(self) -> int:
        """Parameters, tied weights counted once."""
        return sum(parameter.numel() for parameter in self.parameters())

    def flops_per_token(self, seq_len: int | None = None) -> int:
        """Training FLOPs for one token; see `TransformerConfig.flops_per_token`."""
        return self.config.flops_per_token(seq_len)

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

    def forward(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor | None = None,
        document_ids: torch.Tensor | None = None,
        cache: KeyValueCache | None = None,
        labels: torch.Tensor | None = None,
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
        """
        num_past = cache.length if cache is not None else 0
        if positions is None:
            positions = torch.arange(num_past, num_past + tokens.shape[1], device=tokens.device)
            positions = positions[None, :].expand(tokens.shape)  # (B, T)
        context = self._attention_context(tokens, positions, document_ids, cache)
        x = self.embed(tokens)  # (B, T, D)
        if self.embed_positions is not None:
            x = x + self.embed_positions(positions)
        x = F.dropout(x, self.config.dropout, self.training)
        for layer, block in enumerate(self.blocks):
            x = block(x, context, layer)
        if cache is not None:
            cache.advance(tokens.shape[1])
        hidden = self.final_norm(x)
        if labels is not None:
            loss_sum = linear_cross_entropy(hidden, self.lm_head.weight, labels)
            return ModelOutput(hidden=hidden, loss_sum=loss_sum)
        return ModelOutput(hidden=hidden, scores=self.lm_head(hidden))

    def _attention_context(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor,
        document_ids: torch.Tensor | None,
        cache: KeyValueCache | None,
    ) -> AttentionContext:
        num_queries = tokens.shape[1]
        num_past = cache.length if cache is not None else 0
        mask = None
        if document_ids is not None:
            assert cache is None, "a cache holds one document per row"
            mask = causal_document_mask(document_ids)
        elif num_past > 0 and num_queries > 1:
            mask = causal_offset_mask(num_queries, num_past + num_queries, tokens.device)
        if mask is not None:
            mask = additive_mask(mask, self._compute_dtype())
        rotary = None
        if self.config.rope_theta is not None:
            rotary = rotary_angles(positions, self.config.head_dim, self.config.rope_theta)
        is_causal = document_ids is None and num_past == 0
        return AttentionContext(mask=mask, is_causal=is_causal, rotary=rotary, cache=cache)

    def _compute_dtype(self) -> torch.dtype:
        weight = self.embed.weight
        if torch.is_autocast_enabled(weight.device.type):
            return torch.get_autocast_dtype(weight.device.type)
        return weight.dtype


def build_decoder(config: TransformerConfig, device: torch.device, seed: int | None) -> Decoder:
    """A decoder on `device` in float32; initialised from `seed`, or left empty when it is None."""
    with torch.device("meta"):
        model = Decoder(config)
    model.to_empty(device=device)
    model.tie_weights()
    if seed is not None:
        model.init_weights(seed)
    return model


def _build_block(config: TransformerConfig) -> Block:
    attn = Attention(
        d_model=config.d_model,
        num_heads=config.num_heads,
        num_kv_heads=config.num_kv_heads,
        head_dim=config.head_dim,
        has_bias=config.has_bias,
        norm_eps=config.norm_eps if config.has_qk_norm else None,
        dropout=config.dropout,
    )
    mlp_class = GatedMLP if config.mlp == "gated" else MLP
    mlp = mlp_class(
        d_model=config.d_model,
        d_ff=config.d_ff,
        activation=config.activation,
        has_bias=config.has_bias,
    )
    return Block(
        attn=attn,
        mlp=mlp,
        attn_norm=build_norm(config.norm, config.d_model, config.norm_eps),
        mlp_norm=build_norm(config.norm, config.d_model, config.norm_eps),
        dropout=config.dropout,
    )


def _initial_value(
    name: str, parameter: nn.Parameter, num_layers: int, generator: torch.Generator
) -> torch.Tensor:
    if name.endswith("bias"):
        return torch.zeros(parameter.shape)
    if parameter.ndim == 1:
        return torch.ones(parameter.shape)
    std = EMBEDDING_STD
    if not name.startswith(("embed", "lm_head")):
        std = 1.0 / math.sqrt(parameter.shape[1])
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            std /= math.sqrt(2 * num_layers)
    return torch.empty(parameter.shape).normal_(0.0, std, generator=generator)
