"""Recurrent encoder-decoders: a source is read into states, a target is written from them.

Without attention all that the decoder knows of the source is the encoder's last state (Sutskever
et al. 2014), the bottleneck that made attention necessary; it is here as the historic baseline.
With attention it looks at every state: before each step (Bahdanau et al. 2015), or after it (Luong
et al. 2015). Knows one device and no data. `U` is the width of the state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.models.initialization import initialize
from yanmo.models.language_model import LanguageModel
from yanmo.models.output import ModelOutput
from yanmo.models.recurrent_config import RecurrentSeq2SeqConfig
from yanmo.models.recurrent_initialization import recurrent_value
from yanmo.nn.recurrent import Recurrent, RecurrentEncoder, RecurrentState, State
from yanmo.nn.recurrent_attention import AdditiveAttention, MultiplicativeAttention

EMBEDDING_STD = 0.05
"""The first scores are then near zero. With embeddings that enter with unit variance, as in the
language models, copying was learned worse at the same rates (docs/log.md)."""


class RecurrentSeq2Seq(LanguageModel):
    """A conditional language model of two recurrent stacks; one embedding serves both.

    Args:
        config: the full shape.
    """

    kind: Literal["seq2seq"] = "seq2seq"
    config: RecurrentSeq2SeqConfig

    def __init__(self, config: RecurrentSeq2SeqConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.encoder = RecurrentEncoder(
            cell=config.cell,
            d_input=config.d_model,
            d_hidden=config.d_hidden,
            num_layers=config.num_layers,
            dropout=config.dropout,
            is_bidirectional=config.is_bidirectional,
        )
        self.decoder = Recurrent(
            cell=config.cell,
            d_input=config.d_decoder_input,
            d_hidden=config.d_hidden,
            num_layers=config.num_layers,
            dropout=config.dropout,
        )
        self.cross_attn = _build_attention(config)
        d_combined = config.d_hidden * (1 if config.attention == "none" else 2)
        self.hidden_proj = (
            nn.Linear(d_combined, config.d_model, bias=False)
            if d_combined != config.d_model or config.attention != "none"
            else None
        )
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.tie_weights()

    def init_weights(self, seed: int) -> None:
        """Fill every parameter from a seed of its own; see `recurrent_value`."""
        has_forget_gate = self.config.cell == "lstm"
        rule = recurrent_value(EMBEDDING_STD, has_forget_gate=has_forget_gate)
        initialize(self, seed, rule)

    def build_cache(self, batch_size: int, max_seq_len: int | None = None) -> RecurrentState:
        """A cache for the decoder, which begins from the source's encoding at its first call."""
        assert max_seq_len is None or max_seq_len >= 1, "a sequence has at least one position"
        return RecurrentState(self.decoder.zero_state(batch_size, self.embed.weight))

    def encode(
        self, source_tokens: torch.Tensor, source_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """All that the decoder may know of a source, as one tensor whose rows can be chosen.

        Args:
            source_tokens: (B, S) ids.
            source_mask: (B, S), True where a source token is real, padding at the end; all when
                None.

        Returns:
            (B, S + P, U): the states of the source, zeros on padding, and behind them the P vectors
            of the state in which the decoder begins: one a layer, of an LSTM L hidden states and L
            cells.
        """
        x = self._enter(source_tokens)  # (B, S, D)
        states, last = self.encoder(x, source_mask)  # (B, S, U)
        first = torch.cat(last).transpose(0, 1)  # (B, P, U)
        return torch.cat((states, first.to(states.dtype)), dim=1)

    def forward(
        self,
        tokens: torch.Tensor,
        source_tokens: torch.Tensor | None = None,
        source_mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        memory: torch.Tensor | None = None,
        cache: RecurrentState | None = None,
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
            cache: the decoder's state after earlier positions; this pass moves it on.
            label_smoothing: see `linear_cross_entropy`.
        """
        if memory is None:
            assert source_tokens is not None, "there is neither a source nor an encoding of one"
            memory = self.encode(source_tokens, source_mask)
        states, state = self._unpack(memory)
        if cache is not None and cache.length > 0:
            state = cache.tensors
        x = self._enter(tokens)  # (B, T, D)
        hidden, state = self._decode(x, state, states, source_mask)  # (B, T, D)
        if cache is not None:
            cache.advance(state, tokens.shape[1])
        return replace(self.predict(hidden, labels, label_smoothing), memory=memory)

    def _enter(self, tokens: torch.Tensor) -> torch.Tensor:
        """Embeddings (B, T, D) of `tokens` (B, T)."""
        return F.dropout(self.embed(tokens), self.config.dropout, self.training)

    def _unpack(self, memory: torch.Tensor) -> tuple[torch.Tensor, State]:
        """The states of the source (B, S, U), and the decoder's first state."""
        num_layers = self.config.num_layers
        num_vectors = num_layers * self.decoder.num_states
        first = memory[:, -num_vectors:].transpose(0, 1)  # (P, B, U)
        return memory[:, :-num_vectors], first.chunk(self.decoder.num_states)

    def _decode(
        self,
        x: torch.Tensor,
        state: State,
        states: torch.Tensor,
        source_mask: torch.Tensor | None,
    ) -> tuple[torch.Tensor, State]:
        """Decoder inputs (B, T, D) to the vectors (B, T, D) from which tokens are predicted."""
        attend = self.cross_attn
        if isinstance(attend, AdditiveAttention):
            hidden, state = self._decode_stepwise(attend, x, state, states, source_mask)
        else:
            hidden, state = self.decoder(x, None, state)  # (B, T, U)
            if attend is not None:
                context = attend(hidden, attend.keys(states), states, source_mask)
                hidden = torch.cat((context, hidden), dim=-1)  # (B, T, 2U)
        hidden = F.dropout(hidden, self.config.dropout, self.training)
        if self.hidden_proj is not None:
            hidden = self.hidden_proj(hidden)
        # tanh(W [c; h]) (Luong et al. 2015, eq. 5) makes one vector of context and state.
        return (torch.tanh(hidden) if attend is not None else hidden), state

    def _decode_stepwise(
        self,
        attend: AdditiveAttention,
        x: torch.Tensor,
        state: State,
        states: torch.Tensor,
        source_mask: torch.Tensor | None,
    ) -> tuple[torch.Tensor, State]:
        """Step i looks with the state of step i - 1 and reads the context beside its token, which
        is why the steps cannot be taken together. Gives contexts and states, (B, T, 2U)."""
        keys = attend.keys(states)
        joined = []
        for step in x.chunk(x.shape[1], dim=1):  # (B, 1, D)
            query = state[0][-1][:, None]  # (B, 1, U), the top layer
            context = attend(query, keys, states, source_mask)
            hidden, state = self.decoder(torch.cat((step, context), dim=-1), None, state)
            joined.append(torch.cat((context, hidden), dim=-1))
        return torch.cat(joined, dim=1), state


def _build_attention(
    config: RecurrentSeq2SeqConfig,
) -> AdditiveAttention | MultiplicativeAttention | None:
    if config.attention == "additive":
        return AdditiveAttention(config.d_hidden)
    return (
        MultiplicativeAttention(config.d_hidden) if config.attention == "multiplicative" else None
    )
