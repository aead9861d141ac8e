"""Shapes of all models before the Transformer: counted in closed form, and of one size."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.models.older_models import CAUSAL, build_causal, build_seq2seq

from yanmo.models.build import count_params
from yanmo.models.convolution_config import derive_convolution
from yanmo.models.feed_forward_config import derive_feed_forward
from yanmo.models.recurrent_config import derive_recurrent, derive_recurrent_seq2seq

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
SHAPE: dict[str, Any] = {"vocab_size": 4096, "max_seq_len": 256}


def count_stack(cell: str, d_input: int, width: int, num_layers: int) -> int:
    """G U (d_in + U + 2) for each layer: two matrices and two biases."""
    inputs = [d_input] + [width] * (num_layers - 1)
    return sum(GATES[cell] * width * (size + width + 2) for size in inputs)


def count_causal(family: str, c: Any) -> int:
    """The parameters of a language model of shape `c`, from the formulas of its documentation."""
    total = c.vocab_size * c.d_model * (1 if c.tie_embeddings else 2)
    if family == "cnn":
        layer = c.d_model * 2 * c.d_ff * c.kernel_size + 2 * c.d_ff  # convolution
        layer += c.d_ff * c.d_model + c.d_model + 2 * c.d_model  # the way back, the norm
        return int(total + c.num_layers * layer + 2 * c.d_model)
    if family == "ffn":
        d_context = c.context_tokens * c.d_model
        total += c.vocab_size + c.d_model * (c.context_tokens > 1) + (d_context + 1) * c.d_ff
        total += c.d_ff * c.d_model * (c.d_ff != c.d_model)
        return int(total + d_context * c.d_model * c.has_direct_connections)
    total += count_stack(family, c.d_model, c.d_hidden, c.num_layers)
    return int(total + c.d_hidden * c.d_model * (c.d_hidden != c.d_model))


@pytest.mark.parametrize(("family", "fields"), CAUSAL)
def test_parameters_of_language_models(family: str, fields: dict[str, Any]) -> None:
    model = build_causal(family, **fields)
    counted = sum({id(p): p.numel() for p in model.parameters()}.values())
    assert model.num_params() == counted == count_causal(family, model.config)


@pytest.mark.parametrize("attention", ["none", "additive", "multiplicative"])
@pytest.mark.parametrize("is_bidirectional", [False, True])
@pytest.mark.parametrize("family", ["rnn_seq2seq", "lstm_seq2seq", "gru_seq2seq"])
def test_parameters_of_encoder_decoders(
    family: str, is_bidirectional: bool, attention: str
) -> None:
    model = build_seq2seq(family, is_bidirectional=is_bidirectional, attention=attention)
    config, cell = model.config, family.removesuffix("_seq2seq")
    width, layers = config.d_hidden, config.num_layers
    total = config.vocab_size * config.d_model
    if is_bidirectional:
        # Each direction has half of the width, and reads both halves of the layer below.
        for size in [config.d_model] + [width] * (layers - 1):
            total += 2 * count_stack(cell, size, width // 2, 1)
    else:
        total += count_stack(cell, config.d_model, width, layers)
    d_input = config.d_model + width * (attention == "additive")
    total += count_stack(cell, d_input, width, layers)
    total += {"none": 0, "multiplicative": width**2, "additive": 2 * width**2 + width}[attention]
    if attention == "none":
        total += width * config.d_model * (width != config.d_model)
    else:
        total += 2 * width * config.d_model
    assert model.num_params() == total


@pytest.mark.parametrize("depth", [3, 6, 12, 24])
def test_one_depth_gives_models_of_about_one_size(depth: int) -> None:
    # As many weights as the blocks of a Transformer of that depth: 12 d_model^2 in each.
    blocks = 12 * depth * (64 * depth) ** 2
    embedding = SHAPE["vocab_size"] * 64 * depth
    for cell in ("rnn", "lstm", "gru"):
        config = derive_recurrent(cell, depth=depth, **SHAPE)
        assert count_params(config) - embedding == pytest.approx(blocks, rel=0.1)
        pair = derive_recurrent_seq2seq(
            f"{cell}_seq2seq",  # type: ignore[arg-type]
            depth=depth,
            decoder_start_id=0,
            **SHAPE,
        )
        assert pair.d_hidden == config.d_hidden
        assert config.num_layers == min(depth, 4)
    convolution = derive_convolution(depth=depth, **SHAPE)
    assert count_causal("cnn", convolution) - embedding == pytest.approx(blocks, rel=0.1)
    feed_forward = derive_feed_forward(depth=depth, **SHAPE)
    assert count_causal("ffn", feed_forward) - embedding == pytest.approx(blocks, rel=0.1)


def test_what_is_set_by_hand_stays() -> None:
    config = derive_recurrent("gru", depth=2, d_model=96, num_layers=5, d_hidden=40, **SHAPE)
    assert (config.d_model, config.num_layers, config.d_hidden) == (96, 5, 40)
    convolution = derive_convolution(depth=2, d_ff=7, kernel_size=3, dilation_cycle=1, **SHAPE)
    assert (convolution.d_ff, convolution.kernel_size, convolution.dilation_cycle) == (7, 3, 1)
    feed_forward = derive_feed_forward(depth=2, d_ff=9, context_tokens=4, **SHAPE)
    assert (feed_forward.d_ff, feed_forward.context_tokens) == (9, 4)


def test_shapes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValidationError, match="odd"):
        derive_recurrent_seq2seq("gru_seq2seq", depth=1, d_hidden=7, decoder_start_id=0, **SHAPE)
    with pytest.raises(ValidationError, match="no entry of a vocabulary"):
        derive_recurrent_seq2seq("gru_seq2seq", depth=1, decoder_start_id=4096, **SHAPE)
