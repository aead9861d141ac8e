"""A model over a mesh, in the one order in which the ways of sharing it go together.

Stages of a pipeline; layers along the tensor axis; what is computed again in the backward pass;
compiled blocks; shards or copies; and only then values, so that no process ever holds more than its
own part. A shape comes in, an `Execution` goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

import torch
from torch import nn

from yanmo.models.build import lay_out
from yanmo.models.language_model import LanguageModel
from yanmo.models.local_part import assign
from yanmo.models.shape import ModelShape
from yanmo.models.transformer_parts import blocks_of
from yanmo.parallel.context import apply_context_parallel, cut_positions
from yanmo.parallel.data import (
    copied_sync,
    copy_model,
    has_data_parallel,
    shard_model,
    sharded_sync,
)
from yanmo.parallel.execution import Execution, SingleProcess
from yanmo.parallel.expert import balance_over_data
from yanmo.parallel.gradients import gradient_scale
from yanmo.parallel.mesh import Mesh
from yanmo.parallel.recomputation import recompute_activations
from yanmo.parallel.sharded import ShardedExecution
from yanmo.parallel.tensor import share_layers

CompileBlock = Callable[[nn.Module], None]
"""Compiles a block in place."""


def apply_parallelism(
    shape: ModelShape,
    mesh: Mesh,
    *,
    device: torch.device,
    seed: int | None = None,
    weights: Mapping[str, torch.Tensor] | None = None,
    dtype: torch.dtype = torch.float32,
    compute_dtype: torch.dtype | None = None,
    compile_block: CompileBlock | None = None,
) -> Execution:
    """The model of `shape`, spread over `mesh` as its configuration says.

    The values do not depend on the mesh: each parameter has a seed of its own.

    Args:
        shape: of the whole model; `parallel.check.check_parallel` has accepted it.
        mesh: of all processes, each of which calls this.
        device: of this process.
        seed: of initial weights; or
        weights: the whole model's parameters by name, of which each process keeps its part; or
            neither, which leaves all empty.
        dtype: of the parameters.
        compute_dtype: of gathered weights where weights are sharded; `dtype` when None.
        compile_block: given where blocks are compiled.
    """
    assert seed is None or weights is None, "either a seed or weights"
    spread = _Spread(mesh, compute_dtype or dtype, compile_block)

    def build(model: LanguageModel) -> LanguageModel:
        model.to(dtype)
        spread.apply(model)
        model.to_empty(device=device)
        model.tie_weights()
        _fill(model, seed, weights)
        return model

    if mesh.config.pipeline > 1:
        is_gathered = has_data_parallel(mesh) and mesh.config.data_parallel == "fsdp"
        return _build_pipeline(shape, mesh, build, spread.compute_dtype if is_gathered else dtype)
    model = build(lay_out(shape))
    if mesh.ranks.size == 1:
        return SingleProcess(model)
    if mesh.config.data_parallel == "ddp" and mesh.config.local_sgd is None:
        copied = copy_model(model, mesh)
        return ShardedExecution(mesh, model, forward=copied, sync=copied_sync(copied))
    sync = sharded_sync(model) if has_data_parallel(mesh) else None
    place, size = mesh.place("context"), mesh.config.context
    return ShardedExecution(
        mesh, model, sync=sync, cut_batch=partial(cut_positions, place=place, size=size)
    )


class _Spread:
    """What is done to a model, or to a stage of one, while it is on the meta device."""

    def __init__(
        self, mesh: Mesh, compute_dtype: torch.dtype, compile_block: CompileBlock | None
    ) -> None:
        self.mesh = mesh
        self.compute_dtype = compute_dtype
        self.compile_block = compile_block

    def apply(self, model: LanguageModel) -> None:
        """Tensor axis, recomputation, compilation, shards: in this order."""
        config = self.mesh.config
        if config.tensor > 1:
            share_layers(
                model,
                self.mesh.axis("tensor"),
                is_sequence_parallel=config.is_sequence_parallel,
                has_expert_parallel=config.has_expert_parallel,
            )
        apply_context_parallel(model, self.mesh)
        balance_over_data(model, self.mesh)
        recompute_activations(model, config.activation_checkpointing)
        if self.compile_block is not None:
            for block in blocks_of(model):
                self.compile_block(block)
        if has_data_parallel(self.mesh) and config.data_parallel == "fsdp":
            shard_model(model, self.mesh, self.compute_dtype)


def _build_pipeline(
    shape: ModelShape, mesh: Mesh, build: Callable[[Any], Any], state_dtype: torch.dtype
) -> Execution:
    from yanmo.models.transformer_config import TransformerConfig
    from yanmo.parallel.pipeline import PipelineExecution
    from yanmo.parallel.pipeline_schedules import num_stages, stages_of
    from yanmo.parallel.pipeline_stages import lay_out_stage

    assert isinstance(shape, TransformerConfig), "only Transformers have stages"
    count = num_stages(mesh.config)
    numbers: Sequence[int] = stages_of(mesh.config, mesh.place("pipeline"))
    stages = [build(lay_out_stage(shape, count, number)) for number in numbers]
    execution = PipelineExecution(mesh, stages, float(gradient_scale(mesh)), state_dtype)
    return cast(Execution, execution)


def _fill(
    model: LanguageModel, seed: int | None, weights: Mapping[str, torch.Tensor] | None
) -> None:
    if seed is not None:
        model.init_weights(seed)
    elif weights is not None:
        for name, parameter in model.named_parameters():
            assign(parameter, weights[name])
