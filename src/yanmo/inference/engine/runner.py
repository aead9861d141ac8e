"""Who computes a step: the model over a fixed pool of cache slots, whatever it is made of.

In: for some slots the next tokens. Out: scores of what follows them. Runners exist for the
Transformer through torch, for the Transformer in C (`inference.native`), and for every other causal
model. Knows no requests and draws nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch


@dataclass(frozen=True)
class SlotWork:
    """What one slot reads in a step.

    Attributes:
        slot: its number.
        start: positions of the slot that stay as they are; whatever it held behind them is
            forgotten.
        ids: tokens that are read behind them, one at least.
        num_scored: of how many of the last of these tokens the scores are wanted: 0 in the middle
            of a prompt, 1 to go on from it, more for speculation and for scoring a prompt.
    """

    slot: int
    start: int
    ids: Sequence[int]
    num_scored: int = 1


class Runner(Protocol):
    """A model and its pool of cache slots.

    Attributes:
        num_slots: slots there are.
        slot_tokens: positions of each.
        vocab_size: width V of the scores.
        weight_bytes: memory that the weights take, without the cache.
    """

    num_slots: int
    slot_tokens: int
    vocab_size: int
    weight_bytes: int

    def run(self, work: Sequence[SlotWork]) -> torch.Tensor:
        """Read `work`, of which no two have one slot; scores (R, V) in float32 on the CPU, R being
        the sum of all `num_scored`, in the order of `work` and of positions."""

    def copy(self, source: int, target: int, num_tokens: int) -> None:
        """Make the first `num_tokens` positions of slot `target` those of slot `source`."""


def weight_bytes_of(model: torch.nn.Module) -> int:
    """Memory that the parameters and buffers of `model` take; what is tied counts once."""
    tensors = [*model.parameters(), *model.buffers()]
    places = {tensor.data_ptr(): tensor.numel() * tensor.element_size() for tensor in tensors}
    return sum(places.values())
