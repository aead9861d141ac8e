"""What enters and leaves the blocks of a stack: kept, replaced, or left out altogether.

In: blocks. Out: context managers; afterwards the model is as it was. Knows no question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import torch
from torch import nn

from yanmo.nn.attention import Attention
from yanmo.nn.block import Block

Edit = Callable[[torch.Tensor], torch.Tensor]


@contextmanager
def kept_states(blocks: Sequence[Block]) -> Iterator[list[torch.Tensor]]:
    """Inside the block, what enters the first of `blocks` and what leaves each of them is added to
    the list: L + 1 states (B, T, D) for each pass."""
    states: list[torch.Tensor] = []

    def enter(_module: nn.Module, args: tuple[Any, ...]) -> None:
        states.append(args[0].detach())

    def leave(_module: nn.Module, _args: Any, output: torch.Tensor) -> None:
        states.append(output.detach())

    handles = [blocks[0].register_forward_pre_hook(enter)]
    handles += [block.register_forward_hook(leave) for block in blocks]
    try:
        yield states
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def skipped(blocks: Sequence[Block]) -> Iterator[None]:
    """Inside the block, `blocks` hand on what they are given."""
    for block in blocks:
        block.__dict__["forward"] = lambda x, _context, _layer: x
    try:
        yield
    finally:
        for block in blocks:
            del block.__dict__["forward"]


@contextmanager
def edited_state(blocks: Sequence[Block], layer: int, edit: Edit) -> Iterator[None]:
    """Inside the block, the state behind `layer` blocks goes through `edit`; 0 is before them."""

    def enter(_module: nn.Module, args: tuple[Any, ...]) -> Any:
        return edit(args[0]), *args[1:]

    def leave(_module: nn.Module, _args: Any, output: torch.Tensor) -> torch.Tensor:
        return edit(output)

    if layer == 0:
        handle = blocks[0].register_forward_pre_hook(enter)
    else:
        handle = blocks[layer - 1].register_forward_hook(leave)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def edited_heads(attention: Attention, edit: Edit) -> Iterator[None]:
    """Inside the block, what the heads of one layer give, (B, T, N, H), goes through `edit` before
    it is joined."""

    def enter(_module: nn.Module, args: tuple[Any, ...]) -> Any:
        (joined,) = args
        heads = joined.view(*joined.shape[:-1], attention.num_heads, attention.head_dim)
        return (edit(heads).flatten(-2),)

    handle = attention.o_proj.register_forward_pre_hook(enter)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def kept_heads(layers: Sequence[Attention]) -> Iterator[list[torch.Tensor]]:
    """Inside the block, what the heads of each layer give, (B, T, N, H), is added to the list."""
    store: list[torch.Tensor] = []

    def keep(heads: torch.Tensor) -> torch.Tensor:
        store.append(heads.detach())
        return heads

    with ExitStack() as stack:
        for layer in layers:
            stack.enter_context(edited_heads(layer, keep))
        yield store


@contextmanager
def kept_outputs(modules: Sequence[nn.Module]) -> Iterator[list[torch.Tensor]]:
    """Inside the block, what each module gives is added to the list."""
    store: list[torch.Tensor] = []

    def leave(_module: nn.Module, _args: Any, output: Any) -> None:
        store.append(cast(torch.Tensor, output).detach())

    handles = [module.register_forward_hook(leave) for module in modules]
    try:
        yield store
    finally:
        for handle in handles:
            handle.remove()
