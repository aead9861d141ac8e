"""How many weights a model has.

In: parameters, or other tensors. Out: how many numbers they hold.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch


def count_weights(weights: Iterable[torch.Tensor], *, only_trained: bool = False) -> int:
    """The numbers that `weights` hold; `Module.parameters()` gives a tied weight once.

    Args:
        weights: on any device, the meta device too; a DTensor counts as a whole.
        only_trained: leave out what takes no gradient.
    """
    return sum(one.numel() for one in weights if one.requires_grad or not only_trained)
