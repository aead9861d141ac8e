"""Small computations of a language model with all their numbers, as `yanmo math` prints them.

Each takes an example that articles about language models give, often with wrong numbers, and
computes it with the layers that the models here are made of.
"""

NAMES = (
    "embedding",
    "softmax",
    "attention",
    "heads",
    "positions",
    "block",
    "feed_forward",
    "network",
    "cross_entropy",
    "first_loss",
)
"""The examples in reading order; `catalogue` has them, and loads torch."""
