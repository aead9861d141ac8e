"""Causal convolution: equal to torch's, blind to the future and to other documents."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from yanmo.nn.causal_convolution import (
    CausalConvolution,
    GatedConvolution,
    WindowCache,
    causal_window,
)
from yanmo.nn.norm import build_norm

DOCUMENTS = torch.tensor([[0, 0, 0, 1, 1, 1, 1, 1, 2], [0, 0, 0, 0, 0, 0, 0, -1, -1]])
SHAPES = [(1, 1), (2, 1), (3, 1), (3, 2), (4, 3), (2, 8), (5, 4)]


def draw(*shape: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def build(kernel_size: int, dilation: int) -> CausalConvolution:
    torch.manual_seed(0)
    return CausalConvolution(
        d_input=4, d_output=6, kernel_size=kernel_size, dilation=dilation
    ).double()


def build_block(dilation: int = 2, dropout: float = 0.0) -> GatedConvolution:
    torch.manual_seed(0)
    return GatedConvolution(
        d_model=4,
        d_ff=5,
        kernel_size=3,
        dilation=dilation,
        norm=build_norm("layer_norm", 4, 1e-5),
        dropout=dropout,
    ).double()


@pytest.mark.parametrize(("kernel_size", "dilation"), SHAPES)
def test_a_row_equals_torch_with_zeros_on_the_left(kernel_size: int, dilation: int) -> None:
    layer = build(kernel_size, dilation)
    x = draw(2, 9, 4)
    weight = layer.proj.weight.view(6, kernel_size, 4).transpose(1, 2)
    padded = F.pad(x.transpose(1, 2), (layer.reach, 0))
    expected = F.conv1d(padded, weight, layer.proj.bias, dilation=dilation).transpose(1, 2)
    torch.testing.assert_close(layer(x), expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize(("kernel_size", "dilation"), SHAPES)
def test_documents_in_a_row_equal_each_alone(kernel_size: int, dilation: int) -> None:
    layer = build(kernel_size, dilation)
    x = draw(2, 9, 4)
    packed = layer(x, DOCUMENTS)
    for row, begin, end in ((0, 0, 3), (0, 3, 8), (0, 8, 9), (1, 0, 7)):
        alone = layer(x[row : row + 1, begin:end])
        torch.testing.assert_close(packed[row, begin:end], alone[0], atol=1e-12, rtol=0)


@pytest.mark.parametrize(("kernel_size", "dilation"), SHAPES)
@pytest.mark.parametrize("pieces", [(1,) * 9, (4, 1, 4), (8, 1)])
def test_going_on_from_the_window_equals_the_whole(
    kernel_size: int, dilation: int, pieces: tuple[int, ...]
) -> None:
    layer = build(kernel_size, dilation)
    x = draw(2, 9, 4)
    cache = WindowCache()
    parts = []
    for part in x.split(pieces, dim=1):
        parts.append(layer(part, past=cache.extend(0, part, layer.reach)))
        cache.advance(part.shape[1])
    assert cache.length == 9
    torch.testing.assert_close(torch.cat(parts, 1), layer(x), atol=1e-12, rtol=0)


def test_what_is_not_there_is_filled() -> None:
    x = torch.arange(1.0, 5.0).view(1, 4, 1)
    documents = torch.tensor([[0, 0, 0, 1]])
    fill = torch.tensor([-1.0])
    window = causal_window(x, 3, document_ids=documents, fill=fill).squeeze(-1)
    assert window[0].tolist() == [[-1, -1, 1], [-1, 1, 2], [1, 2, 3], [-1, -1, 4]]
    dilated = causal_window(x, 2, dilation=2).squeeze(-1)
    assert dilated[0].tolist() == [[0, 1], [0, 2], [1, 3], [2, 4]]


def test_a_later_position_changes_nothing_before_it() -> None:
    block = build_block()
    x = draw(1, 9, 4)
    before = block(x)
    for changed in range(1, 9):
        other = x.clone()
        other[0, changed] += 1.0
        after = block(other)
        assert torch.equal(after[:, :changed], before[:, :changed])
        assert not torch.equal(after[:, changed], before[:, changed])


def test_the_block_follows_its_equation() -> None:
    block = build_block()
    x = draw(2, 9, 4)
    convolved = block.conv(block.norm(x))
    gated = convolved[..., :5] * torch.sigmoid(convolved[..., 5:])
    expected = x + gated @ block.down_proj.weight.T + block.down_proj.bias
    torch.testing.assert_close(block(x), expected, atol=1e-12, rtol=0)


def test_gradients_equal_finite_differences() -> None:
    block = build_block()
    parameters = dict(block.named_parameters())

    def run(x: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        named = dict(zip(parameters, values, strict=True))
        return torch.func.functional_call(block, named, (x, DOCUMENTS))

    inputs = (draw(2, 9, 4).requires_grad_(), *parameters.values())
    assert torch.autograd.gradcheck(run, inputs)


def test_the_fill_gets_a_gradient() -> None:
    fill = draw(3, seed=5).requires_grad_()
    x = draw(2, 9, 3).requires_grad_()

    def run(x: torch.Tensor, fill: torch.Tensor) -> torch.Tensor:
        return causal_window(x, 4, document_ids=DOCUMENTS, fill=fill)

    assert torch.autograd.gradcheck(run, (x, fill))


def test_windows_forget_everything_or_nothing() -> None:
    cache = WindowCache()
    x = draw(1, 3, 4)
    assert cache.extend(0, x, 2).shape == (1, 0, 4)
    cache.advance(3)
    cache.truncate(3)
    assert torch.equal(cache.extend(0, x, 2), x[:, 1:])
    with pytest.raises(AssertionError, match="cannot go to 1"):
        cache.truncate(1)
    cache.truncate(0)
    assert cache.length == 0
    assert cache.extend(0, x, 2).shape == (1, 0, 4)


def test_dropout_acts_in_training_only() -> None:
    block = build_block(dropout=0.5)
    x = draw(1, 9, 4)
    assert not torch.equal(block(x), block(x))
    block.eval()
    assert torch.equal(block(x), block(x))
