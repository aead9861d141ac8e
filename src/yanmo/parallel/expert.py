"""Mixtures of experts shared by the processes of the tensor axis.

Either every process has some channels of every expert, or whole experts of its own, to which the
others send the tokens that chose them (Lepikhin et al. 2021, section 3.2: all-to-all); no token is
dropped. The router's scores are recorded for all tokens on every process, so that the balancing
loss is the one that a single process would compute.
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import DeviceMesh

from yanmo.models.decoder import Decoder
from yanmo.nn.mixture import MixtureOfExperts
from yanmo.parallel.collectives import exchange, share, sum_statistics
from yanmo.parallel.mesh import Mesh
from yanmo.parallel.residual import Residual


def keep_own_experts(mixture: MixtureOfExperts, axis: DeviceMesh) -> None:
    """Drop the experts of other processes; the names of those that stay do not change."""
    num_own = mixture.num_experts // axis.size()
    assert num_own * axis.size() == mixture.num_experts, "every process has as many experts"
    first = axis.get_local_rank() * num_own
    own = {str(e): mixture.experts[e] for e in range(first, first + num_own)}
    mixture.experts = nn.ModuleDict(own)  # type: ignore[assignment]


def mix_cut_experts(
    mixture: MixtureOfExperts,
    residual: Residual,
    x: torch.Tensor,
    record: list[torch.Tensor] | None = None,
) -> torch.Tensor:
    """The layer's forward pass where every process has some channels of every expert."""
    rows = residual.whole(x)  # (B, T, D)
    tokens = rows.flatten(0, -2)
    scores = mixture.router(tokens)  # (B * T, E), alike on all processes
    if record is not None:
        record.append(scores)
    # What an expert gives here is a summand: so is the gradient of its weight, and of its input.
    weights, chosen = mixture.route(share(scores, residual.group))
    mixed = mixture.compute(share(tokens, residual.group), weights, chosen)
    return residual.leave(mixed.view(rows.shape))


def mix_own_experts(
    mixture: MixtureOfExperts,
    residual: Residual,
    x: torch.Tensor,
    record: list[torch.Tensor] | None = None,
) -> torch.Tensor:
    """The layer's forward pass where every process has whole experts: each routes its own part of
    the positions."""
    part = residual.part(x)  # (B, T / processes, D)
    tokens = part.flatten(0, -2)
    scores = mixture.router(tokens)  # (tokens, E)
    if record is not None:
        of_rows = residual.join(scores.view(*part.shape[:-1], -1))  # (B, T, E)
        record.append(of_rows.flatten(0, -2))
    weights, chosen = mixture.route(scores)  # (tokens, k) each
    expert_of_row, order = chosen.flatten().sort(stable=True)  # (tokens * k,)
    token_of_row = order // mixture.num_active
    weight_of_row = weights.flatten()[order].unsqueeze(-1)
    counts = torch.bincount(expert_of_row, minlength=mixture.num_experts)  # (E,)
    computed = _compute_elsewhere(mixture, tokens[token_of_row], counts, residual.group)
    weighted = computed * weight_of_row
    mixed = torch.zeros_like(tokens, dtype=weighted.dtype).index_add(0, token_of_row, weighted)
    return residual.from_part(mixed.view(part.shape))


def _compute_elsewhere(
    mixture: MixtureOfExperts,
    rows: torch.Tensor,
    counts: torch.Tensor,
    group: dist.ProcessGroup,
) -> torch.Tensor:
    """Every row (n, D) through its expert, wherever that is.

    Args:
        mixture: with the own experts.
        rows: sorted by expert.
        counts: (E,) rows of each expert.
        group: the processes, each with as many experts, in their order.
    """
    size = group.size()
    of_senders = torch.empty_like(counts)  # (processes, own experts), flat
    dist.all_to_all_single(of_senders, counts, group=group)
    in_counts: list[int] = counts.view(size, -1).sum(1).tolist()
    by_sender = of_senders.view(size, -1)
    out_counts: list[int] = by_sender.sum(1).tolist()
    received = exchange(rows, out_counts, in_counts, group)
    # Received are blocks of senders, sorted by expert in each; experts want blocks of their own.
    own = torch.arange(by_sender.shape[1], device=rows.device).repeat(size)
    expert_of_row = own.repeat_interleave(of_senders)
    order = expert_of_row.argsort(stable=True)
    groups = torch.split(received[order], by_sender.sum(0).tolist())
    experts = mixture.experts.values()  # type: ignore[operator]
    # Also over no rows: an expert that nobody chose has a zero gradient, and not none.
    outputs = [expert(group) for expert, group in zip(experts, groups, strict=True)]
    computed = torch.cat(outputs)
    sent = computed.new_zeros(computed.shape).index_copy(0, order, computed)
    return exchange(sent, in_counts, out_counts, group)


def balance_over_data(model: nn.Module, mesh: Mesh) -> None:
    """Have the balancing loss of a mixture count the tokens of all rows and positions, as those of
    one batch; ranks that read the same rows have the same scores."""
    if not isinstance(model, Decoder) or model.config.mlp != "mixture":
        return
    axes = ("shard", "context") if mesh.config.local_sgd else ("replicate", "shard", "context")
    groups = [
        mesh.axis(name).get_group()
        for name in axes
        if mesh.devices is not None and mesh.devices[name].size() > 1
    ]

    def total(statistics: torch.Tensor) -> torch.Tensor:
        for group in groups:
            statistics = sum_statistics(statistics, group)
        return statistics

    if groups:
        model.sum_over_processes = total
