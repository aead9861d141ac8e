"""The worked examples under the names that the command line knows them by, in reading order."""

from __future__ import annotations

from collections.abc import Callable

from yanmo.pipeline.worked_examples import attention, losses, networks
from yanmo.pipeline.worked_examples.example import WorkedExample

EXAMPLES: dict[str, Callable[[], WorkedExample]] = {
    "embedding": networks.embedding,
    "softmax": attention.softmax,
    "attention": attention.five_tokens,
    "heads": attention.two_heads,
    "positions": attention.positions,
    "block": networks.block,
    "feed_forward": networks.feed_forward,
    "network": networks.network,
    "cross_entropy": losses.cross_entropy,
    "first_loss": losses.first_loss,
}
