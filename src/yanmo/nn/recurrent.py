"""Recurrent layers: plain, LSTM and GRU cells, over documents in rows and over whole sources.

In: vectors (B, T, D), and which document each position belongs to or which are real. Out: the state
after every position, and the last state of each row. No state passes from one document into
another. `U` is the width of the state. Knows no tokens and no loss.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

Cell = Literal["rnn", "lstm", "gru"]
State = tuple[torch.Tensor, ...]
"""(hidden,), or (hidden, cell) of an LSTM; each (L, B, U)."""

_LAYERS: dict[Cell, type[nn.RNN] | type[nn.LSTM] | type[nn.GRU]] = {
    "rnn": nn.RNN,
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


class Recurrent(nn.Module):
    """A stack of recurrent layers that reads from left to right and can go on where it stopped.

    `rnn`: h = tanh(W x + b + R h' + c) (Elman 1990); `lstm` with a forget gate (Hochreiter and
    Schmidhuber 1997; Gers et al. 2000); `gru` (Cho et al. 2014, eq. 5-8, with the reset gate behind
    the recurrent product, as fused kernels compute it).

    Args:
        cell: kind of cell.
        d_input: width D of the input.
        d_hidden: width U of the state and of the output.
        num_layers: layers, L.
        dropout: probability of dropping an element between two layers (Zaremba et al. 2014).
    """

    def __init__(
        self, *, cell: Cell, d_input: int, d_hidden: int, num_layers: int, dropout: float
    ) -> None:
        super().__init__()
        self.num_layers = num_layers
        self.d_hidden = d_hidden
        self.num_states = 2 if cell == "lstm" else 1
        self.layers = _LAYERS[cell](
            d_input,
            d_hidden,
            num_layers,
            dropout=dropout if num_layers > 1 else 0.0,
            batch_first=True,
        )

    def zero_state(self, batch_size: int, like: torch.Tensor) -> State:
        """A state of zeros for `batch_size` rows, on the device and in the dtype of `like`."""
        shape = (self.num_layers, batch_size, self.d_hidden)
        return tuple(like.new_zeros(shape) for _ in range(self.num_states))

    def forward(
        self,
        x: torch.Tensor,
        document_ids: torch.Tensor | None = None,
        state: State | None = None,
        carries: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, State]:
        """Run over `x` (B, T, D).

        All rows are cut wherever a document of any row begins, and run together from cut to cut.
        (One packed sequence of all documents takes two to nine times as long on a CPU, where its
        gradient is gathered step by step: docs/log.md.)

        Args:
            document_ids: (B, T); the state begins at zero where the number changes; -1 is padding,
                whose output is zero. One document a row when left out.
            state: where the first document of each row begins, (L, B, U) each; zeros when left out.
            carries: (B,), whether a row's first document goes on from `state`; all do when left
                out. Only with `document_ids`.

        Returns:
            (B, T, U), and the state after the last position of each row that is no padding.
        """
        if state is None:
            state = self.zero_state(x.shape[0], x)
        if document_ids is None:
            assert carries is None, "rows without documents all go on from the state"
            return self._run(x, state)
        is_real = document_ids >= 0  # (B, T)
        is_same = document_ids[:, 1:] == document_ids[:, :-1]  # (B, T - 1)
        cuts = [0, *(torch.where(~is_same.all(0))[0] + 1).tolist()]
        lengths = [end - begin for begin, end in zip(cuts, [*cuts[1:], x.shape[1]], strict=True)]
        ends, outputs = state, []
        for begin, part in zip(cuts, torch.split(x, lengths, dim=1), strict=True):
            goes_on = carries if begin == 0 else is_same[:, begin - 1]
            if goes_on is not None:
                state = _keep(goes_on, state, None)
            output, state = self._run(part, state)
            outputs.append(output)
            ends = _keep(is_real[:, begin], state, ends)
        return torch.cat(outputs, dim=1) * is_real[..., None], ends

    def _run(self, x: torch.Tensor, state: State) -> tuple[torch.Tensor, State]:
        parts = tuple(part.to(x.dtype).contiguous() for part in state)
        output, last = self.layers(x, parts if self.num_states == 2 else parts[0])
        return output, (last if self.num_states == 2 else (last,))


def _keep(chosen: torch.Tensor, state: State, other: State | None) -> State:
    """`state` in the rows that are `chosen` (B,), and `other` in the rest; zeros if it is None."""
    if other is None:
        return tuple(part * chosen[:, None] for part in state)
    pairs = zip(state, other, strict=True)
    return tuple(torch.where(chosen[:, None], part, old.to(part.dtype)) for part, old in pairs)


class RecurrentEncoder(nn.Module):
    """A stack of recurrent layers that reads whole sources, from one end or from both.

    Args:
        cell: kind of cell, as in `Recurrent`.
        d_input: width D of the input.
        d_hidden: width U of the state and of the output. Two directions have half of it each, side
            by side, so that it is even there (Schuster and Paliwal 1997).
        num_layers: layers, L.
        dropout: probability of dropping an element between two layers.
        is_bidirectional: read from both ends.
    """

    def __init__(
        self,
        *,
        cell: Cell,
        d_input: int,
        d_hidden: int,
        num_layers: int,
        dropout: float,
        is_bidirectional: bool,
    ) -> None:
        super().__init__()
        self.num_directions = 2 if is_bidirectional else 1
        assert d_hidden % self.num_directions == 0, "two directions share an even width"
        self.layers = _LAYERS[cell](
            d_input,
            d_hidden // self.num_directions,
            num_layers,
            dropout=dropout if num_layers > 1 else 0.0,
            bidirectional=is_bidirectional,
            batch_first=True,
        )

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, State]:
        """Read `x` (B, S, D), of which `mask` (B, S) says which are real; all when left out.

        Padding stands at the end of a row. It is passed over and comes out as zeros.

        Returns:
            (B, S, U), and the state at the end of each source, (L, B, U) each: of two directions,
            after its last token and after its first.
        """
        if mask is None:
            states, last = self.layers(x)
            return states, self._join_directions(last)
        assert bool((mask[:, 1:] <= mask[:, :-1]).all()), "padding stands at the end of a row"
        # A packed sequence has no empty rows: one that is empty is read as one token, then cleared.
        lengths = mask.sum(1).clamp(min=1).cpu()
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        result, last = self.layers(packed)
        states, _ = pad_packed_sequence(result, batch_first=True, total_length=x.shape[1])
        return states * mask[..., None], _keep(mask[:, 0], self._join_directions(last), None)

    def _join_directions(self, last: torch.Tensor | State) -> State:
        parts = (last,) if isinstance(last, torch.Tensor) else last  # (L * directions, B, U / 2)
        if self.num_directions == 1:
            return parts
        return tuple(
            part.reshape(-1, 2, *part.shape[1:]).permute(0, 2, 1, 3).flatten(2) for part in parts
        )


class RecurrentState:
    """What a recurrent model keeps between two calls: its state, and how much it has read.

    The recurrent counterpart of a key-value cache: its size does not grow with `length`, and
    nothing but the whole of it can be forgotten.

    Args:
        tensors: the state before the first token.
    """

    def __init__(self, tensors: State) -> None:
        self._first = tensors
        self.tensors = tensors
        self.length = 0

    def advance(self, tensors: State, num_positions: int) -> None:
        """Put `tensors`, the state `num_positions` further on, in the place of the old one."""
        self.tensors = tensors
        self.length += num_positions

    def truncate(self, length: int) -> None:
        """Forget everything (`length` 0), or nothing: a state cannot be taken back halfway."""
        assert length in (0, self.length), f"a state of {self.length} tokens cannot go to {length}"
        if length < self.length:
            self.tensors = self._first
            self.length = 0

    def select(self, rows: torch.Tensor) -> None:
        """Hold the rows with the numbers `rows` (R,) from now on, in that order."""
        self._first = tuple(part.index_select(1, rows) for part in self._first)
        self.tensors = tuple(part.index_select(1, rows) for part in self.tensors)
