"""What is computed again is not kept, and changes neither the loss nor the gradient."""

from __future__ import annotations

import pytest
import torch
from tests.parallel.parity_case import make_batch, shape_of, sum_loss
from torch import nn

from yanmo.models.build import build_model
from yanmo.nn.block import Block
from yanmo.parallel.recomputation import recompute_activations

KINDS = ("none", "selective", "full")


def kept_bytes_and_gradients(
    kind: str, shape_name: str
) -> tuple[int, float, dict[str, torch.Tensor]]:
    """Bytes that autograd keeps for the backward pass, the loss, and gradients."""
    shape = shape_of(shape_name)
    model = build_model(shape, torch.device("cpu"), seed=0)
    assert isinstance(model, nn.Module)
    names = [name for name, _ in model.named_parameters()]
    recompute_activations(model, kind)  # type: ignore[arg-type]
    assert [name for name, _ in model.named_parameters()] == names
    kept: dict[int, int] = {}
    parameters = {p.untyped_storage().data_ptr() for p in model.parameters()}

    def keep(x: torch.Tensor) -> torch.Tensor:
        storage = x.untyped_storage()
        if storage.data_ptr() not in parameters:
            kept[storage.data_ptr()] = storage.nbytes()
        return x

    torch.manual_seed(1)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        loss_sum, _ = sum_loss(model, make_batch(shape, 0, is_packed=False))
        num_bytes = sum(kept.values())
    loss_sum.backward()
    gradients = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    return num_bytes, float(loss_sum.detach()), gradients


@pytest.mark.parametrize("shape", ["qwen3", "mixture", "dropout"])
def test_less_is_kept_and_nothing_changes(shape: str) -> None:
    found = {kind: kept_bytes_and_gradients(kind, shape) for kind in KINDS}
    assert found["full"][0] < 0.6 * found["none"][0]
    for kind in ("selective", "full"):
        assert found[kind][1] == found["none"][1]
        assert found[kind][2].keys() == found["none"][2].keys()
        for name, gradient in found["none"][2].items():
            torch.testing.assert_close(found[kind][2][name], gradient, rtol=1e-6, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_block_is_compiled_with_what_it_computes_again(kind: str) -> None:
    shape = shape_of("qwen3")
    model = build_model(shape, torch.device("cpu"), seed=0)
    batch = make_batch(shape, 0, is_packed=False)
    wanted, _ = sum_loss(model, batch)
    recompute_activations(model, kind)  # type: ignore[arg-type]
    torch._dynamo.utils.counters.clear()
    for module in model.modules():
        if isinstance(module, Block):
            module.compile(backend="aot_eager")
    found, _ = sum_loss(model, batch)
    found.backward()
    torch.testing.assert_close(found, wanted)
    counters = torch._dynamo.utils.counters
    assert counters["stats"]["unique_graphs"] == 1 and not counters["graph_break"]
