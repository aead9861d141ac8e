"""Changes to graphs that torch.compile makes: sums leave matrix products on a CPU, or enter them.

A graph comes in and is changed in place. A CPU's product with a sum begins by copying what is to be
added over the whole result, and then reads it again; apart, the sum becomes part of the
element-wise code that follows. The gradient of a bias, a sum over rows, is a product with ones:
compiled as a sum, the gradient that it sums would be computed a second time for it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch._inductor.custom_graph_pass import CustomGraphPass, get_hash_for_files

_MM = torch.ops.aten.mm.default
_PLAIN = (torch.float32, torch.float64)


class ProductsForProcessors(CustomGraphPass):
    """`addmm(sum, a, b)` becomes `sum + mm(a, b)`, and a sum over the rows of what a product reads
    too becomes `mm(ones, rows)`, where they are computed in float32 or float64 on a CPU. In
    bfloat16 the CPU's library adds while it writes, and sums would be rounded."""

    def __call__(self, graph: torch.fx.graph.Graph) -> None:
        """Change `graph` in place."""
        for node in graph.find_nodes(op="call_function", target=torch.ops.aten.addmm.default):
            if _is_plain(node) and all(factor == 1 for factor in node.kwargs.values()):
                _take_apart(graph, node)
        sums = torch.ops.aten.sum.dim_IntList
        for node in graph.find_nodes(op="call_function", target=sums):
            if _is_row_sum(node):
                _multiply_by_ones(graph, node)

    def uuid(self) -> Any:
        """What marks code that was compiled with these changes: the text of this file."""
        return get_hash_for_files((__file__,))


def _is_plain(node: torch.fx.Node) -> bool:
    value = node.meta["val"]
    return value.device.type == "cpu" and value.dtype in _PLAIN


def _take_apart(graph: torch.fx.graph.Graph, node: torch.fx.Node) -> None:
    added, left, right = node.args
    with graph.inserting_before(node):
        product = graph.call_function(_MM, (left, right))
        whole = graph.call_function(torch.ops.aten.add.Tensor, (product, added))
    for new in (product, whole):
        new.meta.update(node.meta)
    node.replace_all_uses_with(whole)
    graph.erase_node(node)


def _is_row_sum(node: torch.fx.Node) -> bool:
    rows, dims, *keeps = node.args
    if not isinstance(rows, torch.fx.Node) or dims != [0] or keeps != [True] or node.kwargs:
        return False
    value = rows.meta["val"]
    has_fixed_shape = all(isinstance(size, int) for size in value.shape)
    if not _is_plain(rows) or value.ndim != 2 or not has_fixed_shape:
        return False
    views = [user for user in rows.users if user.target is torch.ops.aten.permute.default]
    readers = [reader for view in views for reader in view.users] + list(rows.users)
    return any(reader.target is _MM for reader in readers)


def _multiply_by_ones(graph: torch.fx.graph.Graph, node: torch.fx.Node) -> None:
    rows = node.args[0]
    assert isinstance(rows, torch.fx.Node), "checked before"
    value = rows.meta["val"]
    with graph.inserting_before(node):
        ones = graph.call_function(
            torch.ops.aten.full.default,
            ([1, value.shape[0]], 1.0),
            {"dtype": value.dtype, "device": value.device, "pin_memory": False},
        )
        product = graph.call_function(_MM, (ones, rows))
    ones.meta["val"] = value.new_empty((1, value.shape[0]))
    product.meta.update(node.meta)
    node.replace_all_uses_with(product)
    graph.erase_node(node)
