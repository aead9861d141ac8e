"""What a layer must be told when it holds only a part of each row's positions.

A model that is alone has no such part and never asks. One that shares its rows with others is given
a `RowPart`, which says where its positions stand in the row and who mixes them with the others'.
How values travel is not known here.
"""

from __future__ import annotations

from typing import Protocol

import torch


class RowPart(Protocol):
    """A part of the positions of every row; S positions a row, T of them here.

    Attributes:
        num_parts: parts that a row has; S = T * num_parts.
    """

    num_parts: int

    def places(self, num_positions: int, device: torch.device) -> torch.Tensor:
        """Where the T positions that are here stand in the row, (T,)."""

    def query_places(self, num_positions: int, device: torch.device) -> torch.Tensor:
        """Where the positions stand whose queries this part mixes, for which masks are made; T or
        more of them, in the order in which `attend` wants the rows of its mask."""

    def gather(self, values: torch.Tensor) -> torch.Tensor:
        """Numbers or booleans (B, T) of this part to those of the row, (B, S), in its order;
        without a gradient."""

    def attend(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        *,
        mask: torch.Tensor | None,
        is_causal: bool,
        dropout: float,
        scale: float | None,
        sees_ahead: bool,
    ) -> torch.Tensor:
        """As `attention_backends.attend`, of queries (B, N, T, H) over the keys of all parts.

        Args:
            query: (B, N, T, H).
            key: (B, K, T, H).
            value: (B, K, T, H).
            mask: (B or 1, 1 or N, number of query places, S).
            is_causal: no position sees one behind it; `mask` says so too.
            dropout: probability of dropping an attention weight.
            scale: what scores are multiplied by.
            sees_ahead: whether `mask` lets a query see a key that stands behind it.
        """
