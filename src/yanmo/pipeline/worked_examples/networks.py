"""Worked examples of layers: the embedding, the feed-forward layer, the block, a small network.

Nothing comes in; examples with all their numbers go out.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from yanmo.core.messages import t
from yanmo.nn.attention_steps import stable_softmax
from yanmo.nn.mlp import MLP
from yanmo.nn.norm import build_norm
from yanmo.pipeline.worked_examples.example import WorkedExample, step


def embedding() -> WorkedExample:
    """The row of a table, and the one-hot vector times the table."""
    table = torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], dtype=torch.float64)
    token = torch.tensor(1)
    one_hot = F.one_hot(token, 3).double()
    return WorkedExample(
        t("an embedding is a row of a table"),
        [
            step(t("A table for 3 tokens of width 2: V x d, one row a token."), W=table),
            step(t("Token 1 as a one-hot vector."), x=one_hot),
            step(t("Times the table: row 1."), xW=one_hot @ table),
            step(t("Looking the row up is the same, without multiplying."), row=table[token]),
        ],
        t(
            "W x with tokens in the rows of W: the shapes do not fit. A row belongs to a token; a "
            "column is one feature of all tokens."
        ),
    )


def feed_forward() -> WorkedExample:
    """Five positions through the same two layers."""
    x = [[1.0, -2.0], [0.5, -0.5], [-3.0, 2.0], [0.0, 0.0], [2.0, 1.0]]
    inputs = torch.tensor(x, dtype=torch.float64)
    layer = MLP(d_model=2, d_ff=2, activation="relu", has_bias=True).double()
    with torch.no_grad():
        layer.up_proj.weight.copy_(torch.eye(2))
        layer.down_proj.weight.fill_(1.0)
        layer.up_proj.bias.fill_(1.0)
        layer.down_proj.bias.fill_(1.0)
        hidden = layer.up_proj(inputs)
    return WorkedExample(
        t("the feed-forward layer, at each position alone"),
        [
            step(t("Five positions of width 2."), X=inputs),
            step(t("W1 is 1, b1 is 1: X W1 + b1."), Z=hidden),
            step(t("ReLU: max(x + 1, 0)."), H=hidden.relu()),
            step(t("W2 is all ones, b2 is 1: H W2 + b2."), FFN=layer(inputs)),
        ],
        t(
            "max(x, 0), which forgets b1: the first position would come to 2 and not to 3. And a "
            "5 x 1 column of tokens does not multiply a 2 x 2 matrix: X is 5 x 2."
        ),
    )


def block() -> WorkedExample:
    """A pre-norm block around one token, whose attention returns what it is given."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)
    norm = build_norm("layer_norm", 4, 0.0).double()
    normed = norm(x)
    middle = x + normed
    again = norm(middle)
    return WorkedExample(
        t("a pre-norm block: what each branch finds is added"),
        [
            step(t("One token."), x=x),
            step(t("Layer norm: minus the mean 2.5, over the deviation."), LN=normed),
            step(
                t("A single token attends to itself; with projections of 1 that is LN x."), a=normed
            ),
            step(t("Added to x."), x1=middle),
            step(t("The second norm."), LN1=again),
            step(
                t("The feed-forward branch, here a ReLU, is added too."), x2=middle + again.relu()
            ),
            step(t("What the wrong formula would give."), wrong=middle.relu()),
        ],
        t(
            "MLP(X + LN(attention(X))): the norm stands after attention and not before, there is "
            "one norm for two branches, and nothing is added to what the MLP returns."
        ),
    )


def network() -> WorkedExample:
    """A network of widths 2, 3, 2 that sees "Hello" and is asked for "World"."""
    first = torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], dtype=torch.float64)
    second = torch.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], dtype=torch.float64)
    x = torch.tensor([1.0, 0.0], dtype=torch.float64)
    hidden = (first @ x).relu()
    scores = second @ hidden
    probabilities = stable_softmax(scores)
    slope = probabilities - torch.tensor([0.0, 1.0], dtype=torch.float64)
    moved = nn.Parameter(second - 0.1 * torch.outer(slope, hidden), requires_grad=False)
    return WorkedExample(
        t("a feed-forward language model of two words"),
        [
            step(t('The word "Hello"; the word to predict is "World", the second.'), x=x),
            step(t("Hidden layer of three: W_h is 3 x 2, ReLU(W_h x)."), W_h=first, h=hidden),
            step(t("Output of two: W_k is 2 x 3, z = W_k h."), W_k=second, z=scores),
            step(t("The softmax makes probabilities of the scores."), p=probabilities),
            step(t("Cross-entropy: -ln p of the true word."), loss=-probabilities[1].log()),
            step(t("Its slope by the scores: p minus one-hot."), dz=slope),
            step(t("By W_k: dz times h, a 2 x 3 matrix."), dW_k=torch.outer(slope, hidden)),
            step(
                t("W_k minus 0.1 of it; the loss is smaller."),
                W_k=moved,
                loss=-stable_softmax(moved @ hidden)[1].log(),
            ),
        ],
        t(
            "W_k of 2 x 2 after three hidden units; the cross-entropy of scores that no softmax "
            "has made probabilities; two words at once where the network has room for one."
        ),
    )
