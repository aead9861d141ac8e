"""A change to graphs that torch.compile makes: sums are taken out of matrix products on a CPU.

A graph comes in and is changed in place. A CPU's product with a sum begins by copying what is to be
added over the whole result, and then reads it again; apart, the sum becomes part of the
element-wise code that follows.
"""

from __future__ import annotations

from typing import Any

import torch
from torch._inductor.custom_graph_pass import CustomGraphPass, get_hash_for_files


class BiasesApart(CustomGraphPass):
    """`addmm(sum, a, b)` becomes `sum + mm(a, b)`, where it is computed in float32 or float64 on a
    CPU. In bfloat16 the CPU's library adds while it writes, and stays as it is."""

    def __call__(self, graph: torch.fx.graph.Graph) -> None:
        """Change `graph` in place."""
        for node in graph.find_nodes(op="call_function", target=torch.ops.aten.addmm.default):
            if _is_copied(node):
                _take_apart(graph, node)

    def uuid(self) -> Any:
        """What marks code that was compiled with this change: the text of this file."""
        return get_hash_for_files((__file__,))


def _is_copied(node: torch.fx.Node) -> bool:
    value = node.meta["val"]
    has_factors = any(factor != 1 for factor in node.kwargs.values())
    is_plain = value.device.type == "cpu" and value.dtype in (torch.float32, torch.float64)
    return is_plain and not has_factors


def _take_apart(graph: torch.fx.graph.Graph, node: torch.fx.Node) -> None:
    added, left, right = node.args
    with graph.inserting_before(node):
        product = graph.call_function(torch.ops.aten.mm.default, (left, right))
        whole = graph.call_function(torch.ops.aten.add.Tensor, (product, added))
    for new in (product, whole):
        new.meta.update(node.meta)
    node.replace_all_uses_with(whole)
    graph.erase_node(node)
