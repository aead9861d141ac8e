"""Recurrent layers: equal to the equations, and every document on its own wherever it lies."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from yanmo.nn.recurrent import Cell, Recurrent, RecurrentEncoder, RecurrentState

CELLS: tuple[Cell, ...] = ("rnn", "lstm", "gru")
# Rows of three, one and two documents, one of them with padding behind it.
DOCUMENTS = torch.tensor(
    [[0, 0, 1, 1, 1, 1, 2], [0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, -1, -1]], dtype=torch.int32
)


def build(cell: Cell, **fields: Any) -> Recurrent:
    defaults: dict[str, Any] = {"d_input": 5, "d_hidden": 6, "num_layers": 2, "dropout": 0.0}
    torch.manual_seed(0)
    return Recurrent(cell=cell, **(defaults | fields)).double()


def draw(*shape: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def step_by_hand(cell: Cell, layer: nn.RNNBase, x: torch.Tensor) -> torch.Tensor:
    """One layer over x (T, D), written out from the papers' equations: (T, U)."""
    w, r = layer.weight_ih_l0, layer.weight_hh_l0
    b, c = layer.bias_ih_l0, layer.bias_hh_l0
    width = r.shape[1]
    hidden, memory = torch.zeros(width).double(), torch.zeros(width).double()
    states = []
    for vector in x:
        inner, outer = w @ vector + b, r @ hidden + c
        if cell == "rnn":
            hidden = torch.tanh(inner + outer)
        elif cell == "lstm":
            entry, forget, new, leave = (inner + outer).chunk(4)
            memory = torch.sigmoid(forget) * memory + torch.sigmoid(entry) * torch.tanh(new)
            hidden = torch.sigmoid(leave) * torch.tanh(memory)
        else:
            inner_r, inner_z, inner_n = inner.chunk(3)
            outer_r, outer_z, outer_n = outer.chunk(3)
            reset, update = torch.sigmoid(inner_r + outer_r), torch.sigmoid(inner_z + outer_z)
            new = torch.tanh(inner_n + reset * outer_n)
            hidden = (1 - update) * new + update * hidden
        states.append(hidden)
    return torch.stack(states)


@pytest.mark.parametrize("cell", CELLS)
def test_states_follow_the_equations(cell: Cell) -> None:
    layer = build(cell, num_layers=1)
    x = draw(1, 7, 5)
    expected = step_by_hand(cell, layer.layers, x[0])
    for documents in (None, torch.zeros(1, 7, dtype=torch.int32)):
        output, _ = layer(x, documents)
        torch.testing.assert_close(output[0], expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("cell", CELLS)
def test_documents_in_a_row_equal_torch_on_each_alone(cell: Cell) -> None:
    layer = build(cell)
    x = draw(3, 7, 5)
    output, _ = layer(x, DOCUMENTS)
    for row, documents in enumerate(DOCUMENTS.tolist()):
        for number in set(documents) - {-1}:
            begin = documents.index(number)
            end = begin + documents.count(number)
            alone, _ = layer.layers(x[row : row + 1, begin:end])
            torch.testing.assert_close(output[row, begin:end], alone[0], atol=1e-12, rtol=0)
    assert torch.equal(output[2, 5:], torch.zeros(2, 6).double())


@pytest.mark.parametrize("cell", CELLS)
def test_the_last_state_is_that_of_the_last_document(cell: Cell) -> None:
    layer = build(cell)
    x = draw(3, 7, 5)
    _, last = layer(x, DOCUMENTS)
    for row, (begin, end) in enumerate(((6, 7), (0, 7), (3, 5))):
        _, alone = layer(x[row : row + 1, begin:end])
        for part, expected in zip(last, alone, strict=True):
            assert part.shape == (2, 3, 6)
            torch.testing.assert_close(part[:, row : row + 1], expected, atol=1e-12, rtol=0)


def build_encoder(cell: Cell, *, is_bidirectional: bool, **fields: Any) -> RecurrentEncoder:
    defaults: dict[str, Any] = {"d_input": 5, "d_hidden": 6, "num_layers": 2, "dropout": 0.0}
    torch.manual_seed(0)
    encoder = RecurrentEncoder(cell=cell, is_bidirectional=is_bidirectional, **(defaults | fields))
    return encoder.double()


@pytest.mark.parametrize("is_bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_padded_source_equals_the_source_alone(cell: Cell, is_bidirectional: bool) -> None:
    encoder = build_encoder(cell, is_bidirectional=is_bidirectional)
    x = draw(4, 7, 5)
    lengths = [7, 2, 0, 4]
    mask = torch.arange(7) < torch.tensor(lengths)[:, None]
    states, last = encoder(x, mask)
    for row, length in enumerate(lengths):
        assert not states[row, length:].any()
        if length == 0:
            assert not any(part[:, row].any() for part in last)
            continue
        alone, alone_last = encoder(x[row : row + 1, :length])
        torch.testing.assert_close(states[row, :length], alone[0], atol=1e-12, rtol=0)
        for part, expected in zip(last, alone_last, strict=True):
            assert part.shape == (2, 4, 6)
            torch.testing.assert_close(part[:, row : row + 1], expected, atol=1e-12, rtol=0)


def test_both_directions_are_side_by_side_in_the_state() -> None:
    encoder = build_encoder("gru", is_bidirectional=True, num_layers=1)
    output, (last,) = encoder(draw(2, 4, 5))
    assert torch.equal(last[0, :, :3], output[:, -1, :3])  # forward: after the last token
    assert torch.equal(last[0, :, 3:], output[:, 0, 3:])  # backward: after the first


def test_padding_before_a_source_is_refused() -> None:
    encoder = build_encoder("rnn", is_bidirectional=False)
    with pytest.raises(AssertionError, match="at the end"):
        encoder(draw(1, 3, 5), torch.tensor([[False, True, True]]))


@pytest.mark.parametrize("is_bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_of_an_encoder_equal_finite_differences(
    cell: Cell, is_bidirectional: bool
) -> None:
    encoder = build_encoder(cell, d_input=3, d_hidden=4, is_bidirectional=is_bidirectional)
    mask = torch.arange(4) < torch.tensor([4, 2])[:, None]
    parameters = dict(encoder.named_parameters())

    def run(x: torch.Tensor, *values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        named = dict(zip(parameters, values, strict=True))
        states, last = torch.func.functional_call(encoder, named, (x, mask))
        return states, *last

    inputs = (draw(2, 4, 3).requires_grad_(), *parameters.values())
    assert torch.autograd.gradcheck(run, inputs, fast_mode=True)


@pytest.mark.parametrize("cell", CELLS)
def test_a_carried_state_makes_two_rows_one(cell: Cell) -> None:
    layer = build(cell)
    x = draw(2, 8, 5)
    documents = torch.tensor([[0, 0, 1, 1, 1, 1, 1, 2], [0, 0, 0, 0, 1, 1, 1, 1]])
    whole, last = layer(x, documents)
    first, state = layer(x[:, :4], documents[:, :4])
    # Row 0 is cut inside a document, row 1 between two.
    carries = torch.tensor([True, False])
    second, end = layer(x[:, 4:], documents[:, 4:], state, carries)
    torch.testing.assert_close(torch.cat((first, second), 1), whole, atol=1e-12, rtol=0)
    for part, expected in zip(end, last, strict=True):
        torch.testing.assert_close(part, expected, atol=1e-12, rtol=0)


def test_only_the_first_document_of_a_row_goes_on_from_the_state() -> None:
    layer = build("lstm")
    x = draw(3, 7, 5)
    state = (draw(2, 3, 6, seed=2), draw(2, 3, 6, seed=3))
    with_state, _ = layer(x, DOCUMENTS, state)
    without, _ = layer(x, DOCUMENTS)
    is_first = DOCUMENTS == 0
    assert (with_state - without).abs().amax(-1)[is_first].min() > 1e-4
    assert torch.equal(with_state[~is_first], without[~is_first])


def test_a_row_of_padding_keeps_its_state() -> None:
    layer = build("lstm")
    state = (draw(2, 2, 6, seed=2), draw(2, 2, 6, seed=3))
    x = draw(2, 3, 5)
    output, last = layer(x, torch.tensor([[-1, -1, -1], [0, 0, 0]]), state)
    assert not output[0].any()
    assert torch.equal(last[0][:, 0], state[0][:, 0])
    assert not torch.equal(last[0][:, 1], state[0][:, 1])
    output, last = layer(x, torch.full((2, 3), -1), state)
    assert not output.any()
    assert torch.equal(last[1], state[1])


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_equal_finite_differences(cell: Cell) -> None:
    layer = build(cell, d_input=3, d_hidden=4)
    x = draw(3, 7, 3).requires_grad_()
    state = tuple(draw(2, 3, 4, seed=s).requires_grad_() for s in range(layer.num_states))
    carries = torch.tensor([True, False, True])
    parameters = dict(layer.named_parameters())

    def run(*values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        named = dict(zip(parameters, values[1 + len(state) :], strict=True))
        inputs = (values[0], DOCUMENTS, values[1 : 1 + len(state)], carries)
        output, last = torch.func.functional_call(layer, named, inputs)
        return output, *last

    assert torch.autograd.gradcheck(run, (x, *state, *parameters.values()), fast_mode=True)


def test_dropout_lies_between_layers_and_only_in_training() -> None:
    x = draw(2, 9, 5)
    deep, shallow = build("gru", dropout=0.5), build("gru", dropout=0.5, num_layers=1)
    assert not torch.equal(deep(x)[0], deep(x)[0])
    assert torch.equal(shallow(x)[0], shallow(x)[0])
    deep.eval()
    assert torch.equal(deep(x)[0], deep(x)[0])


def test_the_state_is_sized_from_the_batch() -> None:
    layer = build("lstm", num_layers=3)
    for batch_size in (4, 1):
        output, state = layer(draw(batch_size, 7, 5))
        assert output.shape == (batch_size, 7, 6)
        assert [part.shape for part in state] == [(3, batch_size, 6)] * 2


def test_a_state_forgets_everything_or_nothing() -> None:
    layer = build("lstm")
    cache = RecurrentState(layer.zero_state(1, draw(1)))
    _, state = layer(draw(1, 3, 5))
    cache.advance(state, 3)
    cache.truncate(3)
    assert cache.length == 3 and cache.tensors is state
    with pytest.raises(AssertionError, match="cannot go to 2"):
        cache.truncate(2)
    cache.truncate(0)
    assert cache.length == 0 and not cache.tensors[0].any()
