"""Feed-forward layers worked by hand."""

from __future__ import annotations

import math

import pytest
import torch

from yanmo.nn.mlp import MLP, Activation, GatedMLP, activate


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_the_gated_layer_worked_by_hand() -> None:
    mlp = GatedMLP(d_model=2, d_ff=3, activation="silu", has_bias=False)
    gate = [[1.0, 0.0], [0.0, -1.0], [0.5, 0.5]]
    up = [[2.0, 0.0], [1.0, 1.0], [0.0, 3.0]]
    down = [[1.0, -1.0, 0.5], [0.0, 2.0, 1.0]]
    with torch.no_grad():
        mlp.gate_proj.weight.copy_(torch.tensor(gate))
        mlp.up_proj.weight.copy_(torch.tensor(up))
        mlp.down_proj.weight.copy_(torch.tensor(down))
    # x = (1, 2): gates 1, -2 and 1.5; ups 2, 3 and 6.
    inner = [1 * sigmoid(1) * 2, -2 * sigmoid(-2) * 3, 1.5 * sigmoid(1.5) * 6]
    expected = [inner[0] - inner[1] + 0.5 * inner[2], 2 * inner[1] + inner[2]]
    out = mlp(torch.tensor([[[1.0, 2.0]]]))
    assert out[0, 0].tolist() == pytest.approx(expected, abs=1e-6)


def test_the_plain_layer_worked_by_hand() -> None:
    mlp = MLP(d_model=1, d_ff=2, activation="relu", has_bias=True)
    with torch.no_grad():
        mlp.up_proj.weight.copy_(torch.tensor([[2.0], [-1.0]]))
        mlp.up_proj.bias.copy_(torch.tensor([1.0, 0.5]))
        mlp.down_proj.weight.copy_(torch.tensor([[3.0, 4.0]]))
        mlp.down_proj.bias.copy_(torch.tensor([-1.0]))
    # x = 2: relu(5) = 5 and relu(-1.5) = 0.
    assert mlp(torch.tensor([[[2.0]]])).item() == pytest.approx(3 * 5 + 4 * 0 - 1)


@pytest.mark.parametrize("x", [-3.0, -0.5, 0.0, 0.7, 2.5])
def test_activations_equal_their_formulas(x: float) -> None:
    root = math.sqrt(2 / math.pi)
    expected: dict[Activation, float] = {
        "silu": x * sigmoid(x),
        "relu": max(x, 0.0),
        "gelu": x * 0.5 * (1 + math.erf(x / math.sqrt(2))),
        "gelu_tanh": 0.5 * x * (1 + math.tanh(root * (x + 0.044715 * x**3))),
    }
    for kind, value in expected.items():
        assert activate(torch.tensor(x), kind).item() == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("mlp_class", [MLP, GatedMLP])
@pytest.mark.parametrize("activation", ["silu", "gelu", "gelu_tanh"])
def test_the_gradient_of_a_layer_is_right(
    mlp_class: type[MLP] | type[GatedMLP], activation: Activation
) -> None:
    torch.manual_seed(0)
    mlp = mlp_class(d_model=3, d_ff=4, activation=activation, has_bias=True).double()
    names = [name for name, _ in mlp.named_parameters()]

    def run(x: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(mlp, dict(zip(names, parameters, strict=True)), (x,))

    x = torch.randn(1, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(run, (x, *mlp.parameters()))


def test_the_compiled_gelu_equals_torch_s_forward_and_backward() -> None:
    points = torch.linspace(-12.0, 12.0, 401, dtype=torch.float64)
    compiled = torch.compile(lambda x: activate(x, "gelu_tanh"), backend="aot_eager")
    outputs, gradients = [], []
    for function in (compiled, lambda x: activate(x, "gelu_tanh")):
        x = points.clone().requires_grad_()
        y = function(x)
        outputs.append(y.detach())
        gradients.append(torch.autograd.grad(y.sum(), x)[0])
    torch.testing.assert_close(*outputs, atol=1e-14, rtol=1e-12)
    torch.testing.assert_close(*gradients, atol=1e-13, rtol=1e-12)
