"""Recurrent language models (Mikolov et al. 2010; Sundermeyer et al. 2012): plain, LSTM and GRU.

In: token ids and which document each belongs to. Out: scores of the next token, or their loss. The
state begins at zero with every document; it may be carried from one row to the next, within one
call by a `RecurrentState`, between training steps by `carry_lanes`.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.models.initialization import initialize
from yanmo.models.language_model import LanguageModel
from yanmo.models.output import ModelOutput
from yanmo.models.recurrent_config import RecurrentConfig
from yanmo.models.recurrent_initialization import (
    STATE_FACTOR,
    embedding_scale,
    recurrent_value,
)
from yanmo.nn.recurrent import Recurrent, RecurrentState, State


class RecurrentModel(LanguageModel):
    """A causal language model whose memory is a state of fixed size.

    Args:
        config: the full shape.
    """

    kind: Literal["causal"] = "causal"
    config: RecurrentConfig

    def __init__(self, config: RecurrentConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.recurrent = Recurrent(
            cell=config.cell,
            d_input=config.d_model,
            d_hidden=config.d_hidden,
            num_layers=config.num_layers,
            dropout=config.dropout,
        )
        self.hidden_proj = (
            nn.Linear(config.d_hidden, config.d_model, bias=False)
            if config.d_hidden != config.d_model
            else None
        )
        self.lm_head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.tie_weights()

    def init_weights(self, seed: int) -> None:
        """Fill every parameter from a seed of its own; see `recurrent_value`."""
        rule = recurrent_value(
            1.0 / embedding_scale(self.config.d_model),
            has_forget_gate=self.config.cell == "lstm",
            state_factor=STATE_FACTOR[self.config.cell],
        )
        initialize(self, seed, rule)

    def build_cache(self, batch_size: int, max_seq_len: int | None = None) -> RecurrentState:
        """A state before the first token; its size does not depend on `max_seq_len`."""
        assert max_seq_len is None or max_seq_len >= 1, "a sequence has at least one position"
        return RecurrentState(self.recurrent.zero_state(batch_size, self.embed.weight))

    def carry_lanes(self, num_lanes: int) -> None:
        """From now on keep a state for each of `num_lanes` lanes from step to step.

        Lane b is row b of every step, where row b goes on in the text in which it stopped one step
        earlier: back-propagation is cut at the row, the state is not (Mikolov et al. 2010; Merity
        et al. 2018, section 5). The states are buffers, which a checkpoint of the training holds
        and a model folder does not.
        """
        state = self.recurrent.zero_state(num_lanes, self.embed.weight.detach())
        for name, part in zip(self._lane_names(), state, strict=True):
            self.register_buffer(name, part, persistent=False)

    def forward(
        self,
        tokens: torch.Tensor,
        positions: torch.Tensor | None = None,
        document_ids: torch.Tensor | None = None,
        cache: RecurrentState | None = None,
        labels: torch.Tensor | None = None,
        label_smoothing: float = 0.0,
        lanes: torch.Tensor | None = None,
        carries: torch.Tensor | None = None,
        has_scores: bool = True,
    ) -> ModelOutput:
        """Score the next token at every position, or sum the loss against `labels`.

        Args:
            tokens: (B, T) ids.
            positions: taken as every model takes them; only the order of the tokens counts here.
            document_ids: (B, T); the state begins anew where the number changes, -1 is padding.
                One document when left out.
            cache: the state after earlier tokens; this pass moves it on.
            labels: (B, T) ids to be predicted, already shifted, -100 where none is; the output
                then carries `loss_sum` and no logits.
            label_smoothing: share of the target's probability that is spread over all entries.
            lanes: (B,), the lane of each row, after `carry_lanes`: its state is where the row
                begins, and while training moves on to where it ends. With `document_ids` only.
            carries: (B,), whether the row's first document goes on from its lane's state.
            has_scores: False gives hidden states alone, where there are no labels.
        """
        assert positions is None or positions.shape == tokens.shape, "one position for each token"
        x = self._enter(tokens)  # (B, T, D)
        state: State | None = None
        if cache is not None:
            assert document_ids is None, "a cache holds one document per row"
            state = cache.tensors
        elif lanes is not None:
            assert document_ids is not None, "rows in lanes name their documents"
            state = tuple(part[:, lanes] for part in self._lane_states())
        hidden, state = self.recurrent(x, document_ids, state, carries)  # (B, T, U)
        if cache is not None:
            cache.advance(state, tokens.shape[1])
        elif lanes is not None and self.training:
            for kept, part in zip(self._lane_states(), state, strict=True):
                kept[:, lanes] = part.detach().to(kept.dtype)
        hidden = F.dropout(hidden, self.config.dropout, self.training)
        if self.hidden_proj is not None:
            hidden = self.hidden_proj(hidden)  # (B, T, D)
        if labels is None and not has_scores:
            return ModelOutput(hidden=hidden)
        return self.predict(hidden, labels, label_smoothing)

    def _enter(self, tokens: torch.Tensor) -> torch.Tensor:
        """Embeddings (B, T, D) of `tokens` (B, T), of unit variance in a new model."""
        x = self.embed(tokens) * embedding_scale(self.config.d_model)
        return F.dropout(x, self.config.dropout, self.training)

    def _lane_names(self) -> tuple[str, ...]:
        return ("carried_state", "carried_cell")[: self.recurrent.num_states]

    def _lane_states(self) -> State:
        assert hasattr(self, "carried_state"), "no lanes are carried: call carry_lanes first"
        return tuple(self.get_buffer(name) for name in self._lane_names())
