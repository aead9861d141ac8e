"""Sums, cuts and unions of tensors over a group of processes, with their gradients.

A tensor is alike on all processes (`replicated`), cut along a dimension, or a summand of what is
meant (`partial`); so is its gradient. Every function names what comes in and what goes out, and its
backward pass is the function that leads back (Shoeybi et al. 2019, section 3; Korthikanti et al.
2022, section 4.2.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed import _functional_collectives as collectives

Group = dist.ProcessGroup
Way = Callable[[torch.Tensor, int, Group], torch.Tensor]

# Newer names first; the older ones warn where both are known.
_gather_tensor = getattr(collectives, "all_gather_single", None) or collectives.all_gather_tensor
_scatter_tensor = (
    getattr(collectives, "reduce_scatter_single", None) or collectives.reduce_scatter_tensor
)


def share(x: torch.Tensor, group: Group) -> torch.Tensor:
    """Replicated to replicated, where each process computes another part from it: partial gradients
    are summed."""
    return _apply(_Share, x, group)


def sum_parts(x: torch.Tensor, group: Group) -> torch.Tensor:
    """Partial to replicated; the gradient is alike on all processes already."""
    return _apply(_SumParts, x, group)


def sum_statistics(x: torch.Tensor, group: Group) -> torch.Tensor:
    """Partial to replicated, where each process makes another loss of it: gradients are summed."""
    return _apply(_SumParts, _apply(_Share, x, group), group)


def cut(x: torch.Tensor, dim: int, group: Group) -> torch.Tensor:
    """Replicated to cut along `dim`; the gradient is put together again."""
    return _apply(_Along, x, dim, group, _own_part, _all_gather)


def join(x: torch.Tensor, dim: int, group: Group) -> torch.Tensor:
    """Cut along `dim` to replicated; of the gradient, alike on all, the own part is taken."""
    return _apply(_Along, x, dim, group, _all_gather, _own_part)


def join_and_share(x: torch.Tensor, dim: int, group: Group) -> torch.Tensor:
    """Cut along `dim` to replicated, where each process computes another part from it: partial
    gradients are summed and cut."""
    return _apply(_Along, x, dim, group, _all_gather, _reduce_scatter)


def sum_and_cut(x: torch.Tensor, dim: int, group: Group) -> torch.Tensor:
    """Partial to cut along `dim`; the gradient is put together again."""
    return _apply(_Along, x, dim, group, _reduce_scatter, _all_gather)


def exchange(
    x: torch.Tensor, out_counts: list[int], in_counts: list[int], group: Group
) -> torch.Tensor:
    """Rows (n, ...) to the processes that they belong to; the gradient comes back the same way.

    Args:
        x: rows in the order of the processes that get them.
        out_counts: rows that come from each process.
        in_counts: rows that go to each process.
        group: the processes.
    """
    return _apply(_Exchange, x, out_counts, in_counts, group)


def _apply(function: type[torch.autograd.Function], *arguments: Any) -> torch.Tensor:
    result: torch.Tensor = function.apply(*arguments)  # type: ignore[no-untyped-call]
    return result


def _all_reduce(x: torch.Tensor, group: Group) -> torch.Tensor:
    return _wait(collectives.all_reduce(x.contiguous(), "sum", group))


def _all_gather(x: torch.Tensor, dim: int, group: Group) -> torch.Tensor:
    return _wait(_gather_tensor(x.contiguous(), dim, group))


def _reduce_scatter(x: torch.Tensor, dim: int, group: Group) -> torch.Tensor:
    return _wait(_scatter_tensor(x.contiguous(), "sum", dim, group))


def _own_part(x: torch.Tensor, dim: int, group: Group) -> torch.Tensor:
    assert x.shape[dim] % group.size() == 0, f"{x.shape[dim]} cannot be cut in {group.size()}"
    return x.chunk(group.size(), dim)[group.rank()].contiguous()


def _wait(x: torch.Tensor) -> torch.Tensor:
    done: torch.Tensor = collectives.wait_tensor(x)  # type: ignore[no-untyped-call]
    return done


class _Share(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, group: Group) -> torch.Tensor:
        ctx.group = group
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        return _all_reduce(grad, ctx.group), None


class _SumParts(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, group: Group) -> torch.Tensor:
        ctx.dtype = x.dtype
        return _all_reduce(x, group)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        return grad.to(ctx.dtype), None


class _Along(torch.autograd.Function):
    """One way along a dimension for a tensor, another one back for its gradient."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, dim: int, group: Group, there: Way, back: Way
    ) -> torch.Tensor:
        ctx.dim, ctx.group, ctx.back = dim, group, back
        return there(x, dim, group)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None, None, None]:
        return ctx.back(grad, ctx.dim, ctx.group), None, None, None, None


class _Exchange(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, out_counts: list[int], in_counts: list[int], group: Group
    ) -> torch.Tensor:
        ctx.out_counts, ctx.in_counts, ctx.group = out_counts, in_counts, group
        return _wait(collectives.all_to_all_single(x.contiguous(), out_counts, in_counts, group))

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        returned = collectives.all_to_all_single(
            grad.contiguous(), ctx.in_counts, ctx.out_counts, ctx.group
        )
        return _wait(returned), None, None, None
