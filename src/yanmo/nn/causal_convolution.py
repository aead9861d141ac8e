"""Convolution over time that looks back only, and never into another document.

In: vectors (B, T, D) and which document each position belongs to. Out: for every position a
function of it and of a few positions before it. Time is kept: T vectors in, T vectors out. Knows
no tokens and no loss.
"""

from __future__ import annotations

import torch
from torch import nn


def causal_window(
    x: torch.Tensor,
    num_taps: int,
    *,
    dilation: int = 1,
    document_ids: torch.Tensor | None = None,
    past: torch.Tensor | None = None,
    fill: torch.Tensor | None = None,
) -> torch.Tensor:
    """Each position beside the positions `dilation`, 2 * `dilation` ... before it, oldest first.

    Args:
        x: (B, T, D).
        num_taps: positions in a window, the current one among them.
        document_ids: (B, T); what belongs to another document counts as not there.
        past: (B, S, D), what came before `x` in the same document; nothing when left out. Not
            together with `document_ids`.
        fill: (D,), stands for what is not there; zeros when left out.

    Returns:
        (B, T, num_taps, D); [:, :, -1] is `x` itself.
    """
    assert past is None or document_ids is None, "what came before belongs to one document"
    batch_size, num_positions, width = x.shape
    reach = (num_taps - 1) * dilation
    before = x[:, :0] if past is None else past[:, max(0, past.shape[1] - reach) :]
    absent = x.new_zeros(width) if fill is None else fill.to(x.dtype)
    padding = absent.expand(batch_size, reach - before.shape[1], width)
    padded = torch.cat((padding, before, x), dim=1)  # (B, reach + T, D)
    taps = []
    for back in range(reach, -1, -dilation):
        tap = padded[:, reach - back : reach - back + num_positions]  # (B, T, D)
        if document_ids is not None and back > 0:
            tap = torch.where(_is_same_document(document_ids, back)[..., None], tap, absent)
        taps.append(tap)
    return torch.stack(taps, dim=2)  # (B, T, taps, D)


def _is_same_document(document_ids: torch.Tensor, back: int) -> torch.Tensor:
    """(B, T): whether the position `back` places earlier is there and in the same document."""
    is_same = torch.zeros_like(document_ids, dtype=torch.bool)
    is_same[:, back:] = document_ids[:, back:] == document_ids[:, : max(0, is_same.shape[1] - back)]
    return is_same


class CausalConvolution(nn.Module):
    """Convolution with zeros on the left, `y[t] = b + sum_j W_j x[t - j * dilation]`.

    The taps are laid side by side and multiplied as one matrix. `proj.weight` viewed as
    (d_output, kernel_size, d_input) with its last two dimensions swapped is the weight of
    `torch.nn.Conv1d`.

    Args:
        d_input: channels in.
        d_output: channels out.
        kernel_size: taps, the current position among them.
        dilation: distance between taps (van den Oord et al. 2016, section 2.1).
    """

    def __init__(self, *, d_input: int, d_output: int, kernel_size: int, dilation: int = 1) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.proj = nn.Linear(kernel_size * d_input, d_output)

    @property
    def reach(self) -> int:
        """How many positions back the oldest tap lies."""
        return (self.kernel_size - 1) * self.dilation

    def forward(
        self,
        x: torch.Tensor,
        document_ids: torch.Tensor | None = None,
        past: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """(B, T, d_input) to (B, T, d_output); see `causal_window` for the rest."""
        window = causal_window(
            x, self.kernel_size, dilation=self.dilation, document_ids=document_ids, past=past
        )
        convolved: torch.Tensor = self.proj(window.flatten(2))  # (B, T, taps * D) in
        return convolved


class GatedConvolution(nn.Module):
    """A residual block of a gated causal convolution, `x + V (A * sigmoid(B))`.

    A and B are convolutions of `norm(x)` (gated linear unit, Dauphin et al. 2017, eq. 1), V maps
    back to the width of the stream. Theirs is normalised by weight; ours has a norm before.

    Args:
        d_model: width D of the stream.
        d_ff: width F of the gated unit.
        kernel_size: taps of the convolution.
        dilation: distance between taps.
        norm: norm before the convolution.
        dropout: probability of dropping an element of the branch.
    """

    def __init__(
        self,
        *,
        d_model: int,
        d_ff: int,
        kernel_size: int,
        dilation: int,
        norm: nn.Module,
        dropout: float,
    ) -> None:
        super().__init__()
        self.norm = norm
        self.conv = CausalConvolution(
            d_input=d_model, d_output=2 * d_ff, kernel_size=kernel_size, dilation=dilation
        )
        self.down_proj = nn.Linear(d_ff, d_model)
        self.dropout = dropout

    def forward(
        self,
        x: torch.Tensor,
        document_ids: torch.Tensor | None = None,
        cache: WindowCache | None = None,
        layer: int = 0,
    ) -> torch.Tensor:
        """(B, T, D) to (B, T, D); with a cache, going on from what it holds of `layer`."""
        normed = self.norm(x)
        past = cache.extend(layer, normed, self.conv.reach) if cache is not None else None
        gated = nn.functional.glu(self.conv(normed, document_ids, past), dim=-1)  # (B, T, F)
        branch = self.down_proj(gated)
        return x + nn.functional.dropout(branch, self.dropout, self.training)


class WindowCache:
    """The last few inputs of each layer: all that a model with windows needs to go on.

    `length` is the number of positions read. A forward pass hands over its inputs layer by layer
    with `extend` and makes them count with `advance` at its end.
    """

    def __init__(self) -> None:
        self._kept: dict[int, torch.Tensor] = {}
        self.length = 0

    def extend(self, layer: int, x: torch.Tensor, reach: int) -> torch.Tensor:
        """What came before `x` (B, T, D) in `layer`, `reach` positions at most: (B, S, D)."""
        past = self._kept.get(layer)
        if past is None:
            past = x[:, :0]
        joined = torch.cat((past, x), dim=1)
        self._kept[layer] = joined[:, max(0, joined.shape[1] - reach) :]
        return past

    def advance(self, num_positions: int) -> None:
        """Count `num_positions` positions that every layer has now seen."""
        self.length += num_positions

    def truncate(self, length: int) -> None:
        """Forget everything (`length` 0), or nothing: what left the windows cannot come back."""
        assert length in (0, self.length), f"a window of {self.length} cannot go to {length}"
        if length < self.length:
            self._kept.clear()
            self.length = 0

    def select(self, rows: torch.Tensor) -> None:
        """Hold the rows with the numbers `rows` (R,) from now on, in that order."""
        for layer, kept in self._kept.items():
            self._kept[layer] = kept.index_select(0, rows)
