"""Learning rates that fall from the head down to the embedding (Howard & Ruder 2018, section 3.2).

In: the names of a model's parameters. Out: a factor for each. Lower layers know more of language in
general, and are to change less.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_BLOCK = re.compile(r"(?:^|\.)blocks\.(\d+)\.")
_HEADS = ("heads.", "classifier.")


def rate_factors(
    num_layers: int, layer_decay: float, head_rate_factor: float = 1.0
) -> Callable[[str], float]:
    """A function from a parameter's name to its factor.

    The highest of `num_layers` layers, and everything behind it, has 1; a layer below another has
    `layer_decay` of its rate; embeddings are one layer below the lowest. Heads have
    `head_rate_factor`.
    """

    def factor(name: str) -> float:
        if name.startswith(_HEADS):
            return head_rate_factor
        block = _BLOCK.search(name)
        if block is not None:
            return layer_decay ** (num_layers - 1 - int(block[1]))
        return layer_decay**num_layers if ".embed" in f".{name}" else 1.0

    return factor
