"""Initial weights of recurrent models, by a parameter's name and shape."""

from __future__ import annotations

import math

import torch
from torch import nn

from yanmo.models.initialization import InitialValue

INITIAL_SCORE_STD = 0.5
"""Bound of what the first scores deviate by, since no element of a state exceeds one."""


def embedding_scale(d_model: int) -> float:
    """Factor on embeddings as they enter, which brings them to unit variance.

    Tables begin with a deviation of 0.5 / sqrt(D), which the output needs; entering as they are,
    they would leave a state near zero for hundreds of steps (as in Vaswani et al. 2017, section
    3.4; figures in docs/log.md).
    """
    return math.sqrt(d_model) / INITIAL_SCORE_STD


STATE_FACTOR = {"lstm": 4.0, "gru": 2.0, "rnn": 1.0}
"""Factor on what enters from the state of the layer below, by cell. A new state is small: half of a
tanh in a GRU, half of a tanh of half of one in an LSTM. Unscaled, a stack passes nothing on for
hundreds of steps (figures in docs/log.md)."""


def recurrent_value(
    embedding_std: float, *, has_forget_gate: bool, state_factor: float = 1.0
) -> InitialValue:
    """The rule for recurrent layers and what stands around them.

    Recurrent matrices are orthogonal gate by gate, so that a state neither dies nor explodes over
    time (Saxe et al. 2014); other matrices get a normal of variance 1 / fan-in, embeddings and the
    output projection `embedding_std`. Biases are zero, but those of an LSTM's forget gate are one,
    so that it begins by remembering (Jozefowicz et al. 2015, section 5).

    Args:
        embedding_std: deviation of embeddings and of the output projection.
        has_forget_gate: whether the cells are those of an LSTM.
        state_factor: on the input matrices of every layer but the first.
    """

    def value(name: str, parameter: nn.Parameter, generator: torch.Generator) -> torch.Tensor:
        last_name = name.rpartition(".")[2]
        if last_name.startswith("weight_hh"):
            return _orthogonal_gates(parameter, generator)
        if last_name.startswith("bias") or parameter.ndim == 1:
            bias = torch.zeros(parameter.shape)
            if has_forget_gate and last_name.startswith("bias_ih"):
                width = parameter.shape[0] // 4  # gates stand in the order input, forget, cell, out
                bias[width : 2 * width] = 1.0
            return bias
        std = embedding_std
        if not name.startswith(("embed", "lm_head")):
            std = 1.0 / math.sqrt(parameter.shape[1])
            if last_name.startswith("weight_ih") and last_name != "weight_ih_l0":
                std *= state_factor
        return torch.empty(parameter.shape).normal_(0.0, std, generator=generator)

    return value


def _orthogonal_gates(parameter: nn.Parameter, generator: torch.Generator) -> torch.Tensor:
    width = parameter.shape[1]
    gates = torch.empty(parameter.shape[0] // width, width, width)  # (G, U, U)
    for gate in gates:
        nn.init.orthogonal_(gate, generator=generator)
    return gates.flatten(0, 1)  # (G * U, U)
