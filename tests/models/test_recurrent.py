"""The recurrent language model: its state goes on where it should, and its first weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.models.older_models import RECURRENT, build_causal, draw_tokens
from torch import nn
from torch.nn import functional as F

from yanmo.models.build import build_model
from yanmo.models.recurrent import RecurrentModel
from yanmo.models.recurrent_config import RecurrentFamily, derive_recurrent

# Four rows of six tokens each, in two lanes; documents cross the ends of rows 0 and 2.
DOCUMENTS = torch.tensor(
    [[0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]]
)
every_cell = pytest.mark.parametrize("family", RECURRENT)


def build(family: str, **fields: Any) -> RecurrentModel:
    model = build_causal(family, **fields)
    assert isinstance(model, RecurrentModel)
    return model


@every_cell
def test_two_rows_with_a_carried_state_are_one_long_row(family: str) -> None:
    model = build(family)
    model.carry_lanes(2)
    tokens = draw_tokens(2, 12)
    whole = model(tokens=tokens, document_ids=DOCUMENTS).logits
    lanes = torch.arange(2)
    # Lane 0 is cut inside a document, lane 1 between two.
    parts = []
    for begin, carries in ((0, [False, False]), (6, [True, False])):
        output = model(
            tokens=tokens[:, begin : begin + 6],
            document_ids=DOCUMENTS[:, begin : begin + 6],
            lanes=lanes,
            carries=torch.tensor(carries),
        )
        parts.append(output.logits)
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-5, rtol=0)


@every_cell
def test_lanes_keep_apart_and_may_come_in_parts(family: str) -> None:
    tokens = draw_tokens(4, 12)
    documents = torch.zeros(4, 6, dtype=torch.int32)
    together, apart = build(family), build(family)
    for model, parts in ((together, [[0, 1, 2, 3]]), (apart, [[2, 3], [0, 1]])):
        model.carry_lanes(4)
        for begin in (0, 6):
            for lanes in map(torch.tensor, parts):
                model(
                    tokens=tokens[lanes, begin : begin + 6],
                    document_ids=documents[lanes],
                    lanes=lanes,
                    carries=torch.full((len(lanes),), begin > 0),
                )
    for name, state in together.named_buffers():
        torch.testing.assert_close(apart.get_buffer(name), state, atol=1e-6, rtol=0)
    # Only what lane 1 read decides the state of lane 1.
    _, alone = together.recurrent(together.embed(tokens[1:2]) * 8.0)
    torch.testing.assert_close(together.carried_state[:, 1:2], alone[0], atol=1e-5, rtol=0)


def test_the_gradient_ends_at_the_row() -> None:
    model = build("lstm")
    model.carry_lanes(1)
    documents, lanes = torch.zeros(1, 6, dtype=torch.int32), torch.arange(1)
    for step in range(3):  # a graph that reached back would have been freed
        output = model(
            tokens=draw_tokens(1, 6, seed=step),
            document_ids=documents,
            labels=draw_tokens(1, 6, seed=9),
            lanes=lanes,
            carries=torch.tensor([step > 0]),
        )
        output.loss_sum.backward()
    assert not any(buffer.requires_grad for buffer in model.buffers())


def test_evaluation_moves_no_lane() -> None:
    model = build("gru")
    model.carry_lanes(2)
    fields = {"document_ids": torch.zeros(2, 6, dtype=torch.int32), "lanes": torch.arange(2)}
    model(tokens=draw_tokens(2, 6), **fields, carries=torch.zeros(2, dtype=torch.bool))
    before = model.carried_state.clone()
    model.eval()
    model(tokens=draw_tokens(2, 6, seed=1), **fields, carries=torch.ones(2, dtype=torch.bool))
    assert torch.equal(model.carried_state, before)


@every_cell
def test_lanes_are_in_checkpoints_and_not_in_model_folders(family: str) -> None:
    model = build(family)
    model.carry_lanes(5)
    shapes = [buffer.shape for buffer in model.buffers()]
    width = model.config.d_hidden
    assert shapes == [(2, 5, width)] * (2 if family == "lstm" else 1)
    assert not any("carried" in name for name in model.state_dict())


def test_lanes_must_be_asked_for() -> None:
    documents = torch.zeros(1, 6, dtype=torch.int32)
    with pytest.raises(AssertionError, match="carry_lanes"):
        build("lstm")(tokens=draw_tokens(1, 6), document_ids=documents, lanes=torch.arange(1))


def test_an_lstm_is_torch_lstm_between_two_tables() -> None:
    model = build("lstm", tie_embeddings=False, d_hidden=24)
    config = model.config
    lstm = nn.LSTM(config.d_model, config.d_hidden, config.num_layers, batch_first=True)
    lstm.load_state_dict(model.recurrent.layers.state_dict())
    tokens = draw_tokens(3, 9)
    hidden, _ = lstm(F.embedding(tokens, model.embed.weight) * 8.0)  # sqrt(16) / 0.5
    assert model.hidden_proj is not None
    expected = hidden @ model.hidden_proj.weight.T @ model.lm_head.weight.T
    torch.testing.assert_close(model(tokens=tokens).logits, expected, atol=1e-6, rtol=0)


def test_an_lstm_begins_by_remembering() -> None:
    layers = build("lstm").recurrent.layers
    width = layers.hidden_size
    for layer in range(2):
        bias = getattr(layers, f"bias_ih_l{layer}") + getattr(layers, f"bias_hh_l{layer}")
        assert torch.equal(bias[width : 2 * width], torch.ones(width))
        assert not bias[:width].any() and not bias[2 * width :].any()


@every_cell
def test_recurrent_matrices_begin_orthogonal(family: str) -> None:
    layers = build(family).recurrent.layers
    width = layers.hidden_size
    for gate in layers.weight_hh_l1.split(width):
        torch.testing.assert_close(gate @ gate.T, torch.eye(width), atol=1e-5, rtol=0)


@every_cell
def test_a_cache_does_not_grow(family: str) -> None:
    model = build(family).eval()
    cache = model.build_cache(2, 1000)
    before = [part.shape for part in cache.tensors]
    for _ in range(3):
        model(tokens=draw_tokens(2, 9), cache=cache)
    assert [part.shape for part in cache.tensors] == before
    assert cache.length == 27


@every_cell
def test_a_new_stack_passes_on_as_much_as_it_is_given(family: RecurrentFamily) -> None:
    """States deviate at the top of three layers as they do at the bottom, or nearly so."""
    shape = derive_recurrent(family, depth=3, vocab_size=512, max_seq_len=64)
    model = build_model(shape, torch.device("cpu"), 0)
    assert isinstance(model, RecurrentModel)
    stack = model.recurrent.layers
    bottom = type(stack)(stack.input_size, stack.hidden_size, batch_first=stack.batch_first)
    bottom.load_state_dict(
        {name: value for name, value in stack.state_dict().items() if name[-1] == "0"}
    )
    entering = torch.randn(8, 64, shape.d_model, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        low, high = bottom(entering)[0].std(), stack(entering)[0].std()
    assert high > 0.8 * low
