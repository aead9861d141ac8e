"""Worked examples of attention: the softmax, five tokens, two heads, positions.

Nothing comes in; examples with all their numbers go out.
"""

from __future__ import annotations

import torch

from yanmo.core.messages import t
from yanmo.nn.attention_steps import attend_in_steps, stable_softmax
from yanmo.nn.sinusoidal import sinusoidal_encoding
from yanmo.pipeline.worked_examples.example import WorkedExample, step

TOKENS = [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 1, 0, 0, 0]]
"""Five tokens of width five, one row each."""
PROJECTION = [[1, 0, 1, 0, 1], [0, 1, 0, 1, 0], [1, 0, 1, 0, 1], [0, 1, 0, 1, 0], [1, 0, 1, 0, 1]]
"""One matrix that serves as W_Q, W_K and W_V."""


def softmax() -> WorkedExample:
    """Scores to probabilities, also where `exp` would overflow."""
    scores = torch.tensor([3.0, 0.0, 6.0, 0.0, 3.0], dtype=torch.float64)
    large = scores + 1000
    return WorkedExample(
        t("the softmax, which makes probabilities of any scores"),
        [
            step(t("Scores, any numbers."), x=scores),
            step(t("Each is raised above e: exp(x)."), powers=scores.exp()),
            step(t("Divided by their sum, they add up to 1."), p=stable_softmax(scores)),
            step(t("With 1000 added to each, exp(x) is infinite in every number format."), x=large),
            step(
                t("Take the largest away first: exp(x - max x) over its sum is the same."),
                p=stable_softmax(large),
            ),
        ],
        t(
            "x divided by the sum of x, without exponentials. Here that gives 0.25, 0, 0.5, 0, "
            "0.25: some keys get no weight at all, and negative scores negative probabilities."
        ),
    )


def five_tokens() -> WorkedExample:
    """Self-attention over five tokens from inputs to context vectors."""
    tokens, weight = (torch.tensor(rows, dtype=torch.float64) for rows in (TOKENS, PROJECTION))
    projected = tokens @ weight
    steps = attend_in_steps(projected, projected, projected)
    return WorkedExample(
        t("scaled dot-product attention over five tokens"),
        [
            step(t("Five tokens, one row each, of width 5."), X=tokens),
            step(t("One matrix for queries, keys and values, to keep it short."), W=weight),
            step(
                t("Queries, keys and values: Q = K = V = X W. W mixes what is in one token."),
                Q=projected,
            ),
            step(t("Each query with each key: Q K^T, 5 x 5."), QK=projected @ projected.T),
            step(t("Divided by the square root of the width 5."), S=steps.scores),
            step(t("The softmax of each row: how much a token takes from each."), A=steps.weights),
            step(t("Every row adds up to 1."), sums=steps.weights.sum(1)),
            step(t("A V: one context vector for each token."), C=steps.output),
        ],
        t(
            "W X, which adds up different tokens before attention has said which; Q K^T of five "
            "tokens printed 3 x 3; no square root; one context vector, the sum over all tokens."
        ),
    )


def two_heads() -> WorkedExample:
    """Two heads on the same five tokens, each in half of the width."""
    tokens = torch.tensor(TOKENS, dtype=torch.float64)[:, :4]
    first, second = (attend_in_steps(half, half, half) for half in tokens.chunk(2, dim=1))
    return WorkedExample(
        t("two heads, each over all tokens and half of the width"),
        [
            step(t("Five tokens of width 4."), X=tokens),
            step(
                t("Head 1 has columns 1 and 2 of Q, K and V (here all X): width 4 / 2 = 2."),
                Q1=tokens[:, :2],
            ),
            step(t("Its weights, over all five tokens."), A1=first.weights),
            step(t("Head 2 has columns 3 and 4."), Q2=tokens[:, 2:]),
            step(t("Its weights are its own."), A2=second.weights),
            step(
                t("Both results side by side; W_O, here 1, would mix them."),
                C=torch.cat((first.output, second.output), dim=1),
            ),
        ],
        t(
            "that heads divide the sequence into sub-sequences: every head sees every token. And "
            "two heads with equal weights compute the same twice."
        ),
    )


def positions() -> WorkedExample:
    """The sinusoidal table of four positions."""
    places = torch.arange(4, dtype=torch.float64)
    table = sinusoidal_encoding(places[None], 4, dtype=torch.float64)[0]
    wrong = places.sin() + (places / 100).cos()
    return WorkedExample(
        t("sinusoidal positions"),
        [
            step(
                t("Width 4: two angles a position, p and p / 100."),
                angles=places[:, None] * torch.tensor([1.0, 0.01], dtype=torch.float64),
            ),
            step(t("Sine and cosine of each angle in turn, one row a position."), PE=table),
            step(
                t("The vectors of positions k and k + 1 have the same product for every k."),
                products=(table[:-1] * table[1:]).sum(1),
            ),
            step(t("Sine plus cosine would be one number a position."), wrong=wrong),
        ],
        t(
            "sin(p / a) + cos(p / b), which cannot tell its parts apart again. And BERT does not "
            "use sines: it learns a vector for each position."
        ),
    )
