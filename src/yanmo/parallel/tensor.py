"""Matrix products, losses and residuals shared by the processes of the tensor axis.

A model goes in and is changed in place, class by class of layer (Shoeybi et al. 2019, section 3):
its parameters become DTensors along the axis, under the same names; its layers compute their own
heads, channels, experts and words on plain tensors. With sequence parallelism what lies between
attention and feed-forward is cut along positions (Korthikanti et al. 2022, section 4.2.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import DTensor, Placement, Replicate, Shard
from torch.nn import functional as F

from yanmo.models.language_model import LanguageModel
from yanmo.nn.attention import Attention, AttentionContext, CrossAttention
from yanmo.nn.block import Block
from yanmo.nn.mixture import MixtureOfExperts
from yanmo.nn.mlp import MLP, GatedMLP
from yanmo.nn.norm import RMSNorm, rms_norm
from yanmo.nn.relative_bias import RelativeBias
from yanmo.parallel.collectives import join, share
from yanmo.parallel.expert import keep_own_experts, mix_cut_experts, mix_own_experts
from yanmo.parallel.gradients import local_tensor
from yanmo.parallel.residual import Residual
from yanmo.parallel.vocabulary import embed_words, sum_cross_entropy


def share_layers(
    model: nn.Module, axis: DeviceMesh, *, is_sequence_parallel: bool, has_expert_parallel: bool
) -> None:
    """Cut the layers of `model` for the processes of `axis`, in place.

    Args:
        model: a Transformer, or a pipeline's stage of one, on any device; of whole parameters with
            values each process keeps its part.
        axis: the tensor axis of the mesh.
        is_sequence_parallel: whether residuals are cut along positions.
        has_expert_parallel: whether a process holds whole experts of a mixture.
    """
    cutter = _Cutter(axis, is_sequence_parallel, has_expert_parallel)
    for parent in list(model.modules()):
        blocks = [child for child in parent.children() if isinstance(child, Block)]
        if blocks:
            cutter.share_stack(blocks)
        if isinstance(parent, LanguageModel):
            cutter.share_ends(parent)
    for module in list(model.modules()):
        cutter.share_rest(module)
    cutter.distribute(model)
    if isinstance(model, LanguageModel):
        model.tie_weights()


class _Cutter:
    """Decides for every parameter how it is cut, and replaces the forward pass of its layer."""

    def __init__(self, axis: DeviceMesh, is_sequence: bool, has_experts: bool) -> None:
        self.axis = axis
        self.group = axis.get_group()
        self.is_sequence = is_sequence
        self.has_experts = has_experts
        self._placements: dict[int, Placement] = {}
        self._own: set[int] = set()
        self._done: set[int] = set()

    def share_stack(self, blocks: list[Block]) -> None:
        """Blocks that follow each other; the first takes whole residuals, the last gives them."""
        residual = Residual(self.group, self.is_sequence)
        for block in blocks:
            self._share_block(block, residual)
        residual.begin_at(blocks[0])
        residual.end_at(blocks[-1])

    def share_ends(self, model: LanguageModel) -> None:
        """The embedding and the output projection, whose words are shared."""
        embed: nn.Module | None = model.embed
        head: nn.Module | None = model.lm_head
        if isinstance(embed, nn.Embedding):
            self._cut(embed, weight=Shard(0))
            self._replace(embed, partial(embed_words, embed, self.group))
        if isinstance(head, nn.Linear):
            self._cut(head, weight=Shard(0), bias=Shard(0))
            self._replace(head, partial(_score_all_words, head, self.group))
            model.output_loss = partial(sum_cross_entropy, head, self.group)  # type: ignore[method-assign]

    def share_rest(self, module: nn.Module) -> None:
        """What every process computes whole, from the same input."""
        if isinstance(module, RelativeBias):
            self._compute_whole(module, is_partial=True)
        else:
            self._compute_whole(module)

    def distribute(self, model: nn.Module) -> None:
        """Make every parameter a DTensor, but for those of whole experts."""
        made: dict[int, nn.Parameter] = {}
        for module in list(model.modules()):
            for name, parameter in list(module._parameters.items()):
                if parameter is None or id(parameter) in self._own or id(parameter) in made:
                    if parameter is not None and id(parameter) in made:
                        setattr(module, name, made[id(parameter)])
                    continue
                placement = self._placements.get(id(parameter), Replicate())
                made[id(parameter)] = _spread(parameter, self.axis, placement)
                setattr(module, name, made[id(parameter)])

    def _share_block(self, block: Block, residual: Residual) -> None:
        self._share_attention(block.attn, residual)
        if block.cross_attn is not None:
            self._share_attention(block.cross_attn, residual)
        mlp = block.mlp
        if isinstance(mlp, MixtureOfExperts):
            self._share_mixture(mlp, residual)
        elif isinstance(mlp, MLP | GatedMLP):
            self._share_feed_forward(mlp)
            self._replace(mlp.down_proj, partial(_project_and_sum, mlp.down_proj, residual))
            inside = mlp.forward
            self._replace(mlp, lambda x, inside=inside: inside(residual.enter(x)))
        for norm in (block.attn_norm, block.cross_attn_norm, block.mlp_norm):
            if norm is not None:
                self._compute_whole(norm, is_partial=self.is_sequence)
        residual.draw_apart(block if self.is_sequence else block.attn)

    def _share_attention(self, attn: Attention, residual: Residual) -> None:
        size, rank = self.axis.size(), self.axis.get_local_rank()
        num_heads = attn.num_heads
        attn.num_heads //= size
        attn.num_kv_heads //= size
        for linear in (attn.q_proj, attn.k_proj, attn.v_proj):
            self._cut(linear, weight=Shard(0), bias=Shard(0))
            self._replace(linear, partial(_project, linear))
        self._cut(attn.o_proj, weight=Shard(1))
        self._replace(attn.o_proj, partial(_project_and_sum, attn.o_proj, residual))
        for norm in (attn.q_norm, attn.k_norm):
            if norm is not None:
                self._compute_whole(norm, is_partial=True)
        heads = slice(rank * attn.num_heads, (rank + 1) * attn.num_heads)
        inside = attn.forward
        is_cross = isinstance(attn, CrossAttention)

        def forward(x: torch.Tensor, context: AttentionContext, layer: int) -> torch.Tensor:
            own = _own_heads(context, heads, num_heads)
            if is_cross and own.memory is not None:
                own = replace(own, memory=share(own.memory, self.group))
            return inside(residual.enter(x), own, layer)

        self._replace(attn, forward)

    def _share_feed_forward(self, mlp: MLP | GatedMLP) -> None:
        """Every process has some of the channels between the products."""
        inputs = [mlp.up_proj] if isinstance(mlp, MLP) else [mlp.gate_proj, mlp.up_proj]
        for linear in inputs:
            self._cut(linear, weight=Shard(0), bias=Shard(0))
            self._replace(linear, partial(_project, linear))
        self._cut(mlp.down_proj, weight=Shard(1))

    def _share_mixture(self, mixture: MixtureOfExperts, residual: Residual) -> None:
        if self.has_experts:
            keep_own_experts(mixture, self.axis)
            self._own.update(id(parameter) for parameter in mixture.experts.parameters())
            self._compute_whole(mixture.router, is_partial=True)
            self._replace(mixture, partial(mix_own_experts, mixture, residual))
            return
        for expert in mixture.experts:
            assert isinstance(expert, GatedMLP)
            self._share_feed_forward(expert)
            self._replace(expert.down_proj, partial(_project, expert.down_proj))
        self._replace(mixture, partial(mix_cut_experts, mixture, residual))

    def _cut(self, module: nn.Module, **placements: Placement) -> None:
        for name, placement in placements.items():
            parameter = module._parameters[name]
            if parameter is not None:
                self._placements[id(parameter)] = placement

    def _replace(self, module: nn.Module, forward: Callable[..., Any]) -> None:
        module.forward = forward
        self._done.add(id(module))

    def _compute_whole(self, module: nn.Module, is_partial: bool = False) -> None:
        """Have `module` compute on plain tensors; `is_partial` where each process gives it another
        input, or reads another part of its output, so that gradients are summed."""
        if id(module) in self._done or not module._parameters:
            return
        if any(id(parameter) in self._own for parameter in module.parameters(recurse=False)):
            return
        group = self.group if is_partial else None
        if isinstance(module, nn.Linear):
            self._replace(module, partial(_project, module, group=group))
        elif isinstance(module, nn.Embedding):
            self._replace(module, partial(_look_up, module))
        elif isinstance(module, RMSNorm):
            self._replace(module, partial(_normalize_rms, module, group))
        elif isinstance(module, nn.LayerNorm):
            self._replace(module, partial(_normalize_layer, module, group))
        elif isinstance(module, RelativeBias):
            self._replace(module, partial(_look_up_bias, module, self.group))
        else:
            raise AssertionError(f"{type(module).__name__} has no plan along the tensor axis")


def _spread(parameter: nn.Parameter, axis: DeviceMesh, placement: Placement) -> nn.Parameter:
    """The part of `parameter` that belongs here, as a DTensor."""
    whole = parameter.detach()
    part = whole
    if isinstance(placement, Shard):
        part = whole.chunk(axis.size(), placement.dim)[axis.get_local_rank()].contiguous()
    spread = DTensor.from_local(
        part, axis, [placement], run_check=False, shape=whole.shape, stride=whole.stride()
    )
    return nn.Parameter(spread, requires_grad=parameter.requires_grad)


def _own_heads(context: AttentionContext, heads: slice, num_heads: int) -> AttentionContext:
    """The context with masks of the own heads, where masks differ from head to head."""
    changes = {
        name: mask[:, heads]
        for name in ("mask", "window_mask")
        if (mask := getattr(context, name)) is not None and mask.shape[1] == num_heads > 1
    }
    return replace(context, **changes) if changes else context


def _weights(module: nn.Module, group: Any) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Plain weight and bias; their gradients are summed over `group` where there is one."""
    found = []
    for name in ("weight", "bias"):
        parameter = module._parameters.get(name)
        plain = None if parameter is None else local_tensor(getattr(module, name))
        found.append(plain if plain is None or group is None else share(plain, group))
    assert found[0] is not None
    return found[0], found[1]


def _project(linear: nn.Linear, x: torch.Tensor, group: Any = None) -> torch.Tensor:
    """(..., D) to the channels that are here."""
    return F.linear(x, *_weights(linear, group))


def _project_and_sum(linear: nn.Linear, residual: Residual, x: torch.Tensor) -> torch.Tensor:
    """From the channels that are here to the residual; the bias is added once, to the sum."""
    out = residual.leave(F.linear(x, local_tensor(linear.weight)))
    bias = linear._parameters.get("bias")
    if bias is None:
        return out
    plain = local_tensor(linear.bias)
    return out + (share(plain, residual.group) if residual.is_cut else plain)


def _score_all_words(head: nn.Linear, group: Any, states: torch.Tensor) -> torch.Tensor:
    """(..., D) to the scores of all words, (..., V)."""
    return join(_project(head, share(states, group)), -1, group)


def _look_up(table: nn.Embedding, ids: torch.Tensor) -> torch.Tensor:
    return F.embedding(ids, local_tensor(table.weight))


def _normalize_rms(norm: RMSNorm, group: Any, x: torch.Tensor) -> torch.Tensor:
    weight, _ = _weights(norm, group)
    return rms_norm(x, weight, norm.eps)


def _normalize_layer(norm: nn.LayerNorm, group: Any, x: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(x, norm.normalized_shape, *_weights(norm, group), norm.eps)


def _look_up_bias(
    bias: RelativeBias, group: Any, query_positions: torch.Tensor, key_positions: torch.Tensor
) -> torch.Tensor:
    buckets = bias.buckets(query_positions, key_positions)
    weight = share(local_tensor(bias.weight), group)
    return F.embedding(buckets, weight).permute(2, 0, 1)[None]  # (1, N, T, S)
