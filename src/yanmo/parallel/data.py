"""Processes that read different rows: sharded weights (FSDP2), copies of shards (HSDP), plain
copies (DDP).

A model on the meta device, perhaps already cut along the tensor axis, goes in; afterwards every
parameter is a DTensor that holds this process's shard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.nn.parallel import DistributedDataParallel

from yanmo.models.encoder import Encoder
from yanmo.nn.block import Block
from yanmo.parallel.mesh import Mesh

Sync = Callable[[bool], None]
"""Called before each micro-batch: whether it is the last of its step, after which gradients are
averaged."""


def has_data_parallel(mesh: Mesh) -> bool:
    """Whether several processes average gradients."""
    config = mesh.config
    num_copies = config.num_copies if config.local_sgd is None else 1
    return num_copies * config.shard * config.context > 1


def shard_model(model: nn.Module, mesh: Mesh, dtype: torch.dtype) -> None:
    """Spread the parameters of `model` over the shard and context axes, in place (FSDP2: Zhao et
    al. 2023; ZeRO-3: Rajbhandari et al. 2020); the replicate axis has copies of the shards.

    Every block is gathered on its own, whatever is outside of blocks together with the whole.

    Args:
        model: on the meta device.
        mesh: of all processes.
        dtype: of gathered weights and matrix products; gradients are reduced in float32 at least.
    """
    options: dict[str, Any] = {
        "mesh": _data_axes(mesh),
        "reshard_after_forward": mesh.config.reshard_after_forward,
    }
    if dtype == torch.bfloat16:
        options["mp_policy"] = MixedPrecisionPolicy(
            param_dtype=torch.bfloat16, reduce_dtype=torch.float32, cast_forward_inputs=False
        )
    for module in model.modules():
        if isinstance(module, Block):
            fully_shard(module, **options)
    fully_shard(model, **options)


def sharded_sync(model: nn.Module) -> Sync:
    """Before all but the last micro-batch, FSDP is told to keep its gradients to itself."""
    assert isinstance(model, FSDPModule)

    def sync(is_last: bool) -> None:
        model.set_requires_gradient_sync(is_last)
        model.set_is_last_backward(is_last)

    return sync


def reshard(model: nn.Module) -> None:
    """Give back weights that a pass without a backward pass has left gathered: the optimiser would
    not reach them."""
    for module in model.modules():
        if isinstance(module, FSDPModule):
            module.reshard()


def copy_model(model: nn.Module, mesh: Mesh) -> DistributedDataParallel:
    """`model`, which is alike on all processes, as it is called so that gradients are averaged (Li
    et al. 2020)."""
    if isinstance(model, Encoder) and not model.config.has_next_sentence:
        # A pooler that no loss reads has no gradient, for which DDP would wait for ever.
        ignored = [name for name, _ in model.named_parameters() if name.startswith("pooler.")]
        DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(model, ignored)  # type: ignore[no-untyped-call]
    return DistributedDataParallel(
        model,
        process_group=mesh.axis("replicate").get_group(),
        init_sync=False,  # every process made the same values
        gradient_as_bucket_view=True,
    )


def copied_sync(model: DistributedDataParallel) -> Sync:
    """Before all but the last micro-batch, DDP is told to keep its gradients to itself."""

    def sync(is_last: bool) -> None:
        model.require_backward_grad_sync = is_last

    return sync


def _data_axes(mesh: Mesh) -> DeviceMesh:
    """The axis of shards, or those of copies and shards; ranks that share rows have a shard each
    too."""
    axes = [mesh.axis("shard")]
    if mesh.config.context > 1:
        axes = [mesh.axis("shard", "context")._flatten("shard_context")]
    if mesh.config.num_copies > 1 and mesh.config.local_sgd is None:
        axes.insert(0, mesh.axis("replicate"))
    return axes[0] if len(axes) == 1 else DeviceMesh._concatenate(axes)
