"""Worked examples of losses: two classes by hand, and what a loss at the beginning says.

Nothing comes in; examples with all their numbers go out.
"""

from __future__ import annotations

import torch

from yanmo.core.messages import t
from yanmo.nn.attention_steps import stable_softmax
from yanmo.nn.cross_entropy import linear_cross_entropy
from yanmo.pipeline.worked_examples.example import WorkedExample, step


def cross_entropy() -> WorkedExample:
    """A network of widths 2, 2, 2 and the loss of either class."""
    x = torch.tensor([0.5, 0.6], dtype=torch.float64)
    first = torch.tensor([[0.1, 0.2], [0.3, 0.4]], dtype=torch.float64)
    second = torch.tensor([[0.7, 0.8], [0.9, 1.0]], dtype=torch.float64)
    hidden = (first @ x + x).relu()  # the bias has the same numbers as x
    bias = torch.tensor([0.1, 0.2], dtype=torch.float64)
    scores = second @ hidden + bias
    row = torch.cat((hidden, torch.ones(1, dtype=torch.float64)))[None, None]  # a 1 for the bias
    matrix = torch.cat((second, bias[:, None]), dim=1)
    losses = [linear_cross_entropy(row, matrix, torch.tensor([[target]])) for target in (0, 1)]
    terms = torch.logsumexp(torch.tensor([1.5, 1.7], dtype=torch.float64), 0) - 1.4
    return WorkedExample(
        t("the cross-entropy of two classes"),
        [
            step(t("The input."), x=x),
            step(t("Hidden layer: ReLU(W1 x + b1)."), W1=first, b1=x, h=hidden),
            step(t("Scores: W2 h + b2, without ReLU."), W2=second, b2=bias, z=scores),
            step(t("Probabilities: the softmax of the scores."), p=stable_softmax(scores)),
            step(t("If class 1 is true: -ln p1."), loss=losses[0]),
            step(t("If class 2 is true: -ln p2."), loss=losses[1]),
            step(t("Even -ln(e^1.4 / (e^1.5 + e^1.7)) is positive."), terms=terms),
        ],
        t(
            "h = (0.8, 1.0) and a loss of -0.415. A probability is at most 1, so its logarithm is "
            "never positive and a cross-entropy never negative. And a ReLU on the scores would "
            "make all negative ones equal."
        ),
    )


def first_loss() -> WorkedExample:
    """The loss of a model that knows nothing, by the size of the vocabulary."""
    sizes = torch.tensor([2, 10, 8192, 50257], dtype=torch.float64)
    return WorkedExample(
        t("what the first loss of a training run must be"),
        [
            step(t("A new model finds V tokens equally probable: 1 / V each."), V=sizes),
            step(t("So its loss is ln V, in nats."), loss=sizes.log()),
            step(t("In bits: over ln 2."), bits=sizes.log2()),
            step(t("The perplexity, e to the loss, is V: as if guessing among V."), ppl=sizes),
        ],
        t(
            "a language model whose loss begins at 2.3026. That is ln 10, the loss of a classifier "
            "of ten digits; a model with 8192 tokens begins near 9.01."
        ),
    )
