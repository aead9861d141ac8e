"""A mixture of experts in place of one feed-forward layer, routed as in Qwen3-MoE.

Hidden states come in and go out; each position is computed by the few experts that its router
score chose, and none is dropped, whatever the others chose. `load_balancing_loss` is what keeps the
experts in equal use; the layer itself keeps nothing between calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from yanmo.nn.mlp import Activation, GatedMLP


class MixtureOfExperts(nn.Module):
    """Top-k routed gated experts (Shazeer et al. 2017, sec. 2; Qwen3 technical report, sec. 2).

    `y = sum over the k chosen experts of p_e(x) * expert_e(x)`, where p is the softmax of the
    router's scores over all experts.

    Args:
        d_model: width D of the input and the output.
        d_expert: width F of one expert.
        num_experts: experts to choose from, E.
        num_active: experts that each position uses, k.
        activation: activation of the experts.
        has_normalized_weights: whether the weights of the chosen experts are made to sum to one.
    """

    def __init__(
        self,
        d_model: int,
        d_expert: int,
        num_experts: int,
        num_active: int,
        activation: Activation,
        has_normalized_weights: bool,
    ) -> None:
        super().__init__()
        assert 0 < num_active <= num_experts, f"{num_active} of {num_experts} experts are active"
        self.num_experts = num_experts
        self.num_active = num_active
        self.has_normalized_weights = has_normalized_weights
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = nn.ModuleList(
            GatedMLP(d_model=d_model, d_ff=d_expert, activation=activation, has_bias=False)
            for _ in range(num_experts)
        )

    def forward(self, x: torch.Tensor, record: list[torch.Tensor] | None = None) -> torch.Tensor:
        """(B, T, D) to (B, T, D).

        Args:
            x: hidden states.
            record: where given, the router's scores (B * T, E) are appended to it, for
                `load_balancing_loss`.
        """
        tokens = x.flatten(0, -2)  # (B * T, D)
        scores = self.router(tokens)  # (B * T, E)
        if record is not None:
            record.append(scores)
        weights, chosen = self.route(scores)  # (B * T, k) each
        return self.compute(tokens, weights, chosen).view(x.shape)

    def route(self, scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The router's scores (tokens, E) to the weights of the chosen experts and which they are,
        (tokens, k) each."""
        probabilities = _softmax(scores)
        weights, chosen = probabilities.topk(self.num_active, dim=-1)
        if self.has_normalized_weights:
            weights = weights / weights.sum(-1, keepdim=True)
        return weights.to(scores.dtype), chosen

    def compute(
        self, tokens: torch.Tensor, weights: torch.Tensor, chosen: torch.Tensor
    ) -> torch.Tensor:
        """Each expert over the positions that chose it, its rows gathered into one product."""
        # Sorted by expert, so that the rows of one expert are one slice; the sort is stable, hence
        # the order of the sums, and with it the result, is the same on every run.
        expert_of_row, order = chosen.flatten().sort(stable=True)  # (B * T * k,)
        token_of_row = order // self.num_active
        weight_of_row = weights.flatten()[order].unsqueeze(-1)  # (B * T * k, 1)
        counts = torch.bincount(expert_of_row, minlength=self.num_experts).tolist()
        groups = torch.split(tokens[token_of_row], counts)
        # In training an expert that nobody chose runs over no rows: its gradient is zero and not
        # missing, so that the optimiser treats all experts alike on every step.
        runs_all = torch.is_grad_enabled() or not len(tokens)
        outputs = [
            expert(group)
            for expert, group in zip(self.experts, groups, strict=True)
            if runs_all or len(group)
        ]
        weighted = torch.cat(outputs) * weight_of_row  # (B * T * k, D)
        return torch.zeros_like(tokens, dtype=weighted.dtype).index_add(0, token_of_row, weighted)


def load_balancing_loss(
    router_logits: Sequence[torch.Tensor],
    num_active: int,
    is_counted: torch.Tensor | None = None,
    total: Callable[[torch.Tensor], torch.Tensor] | None = None,
) -> torch.Tensor:
    """The loss that is least where all experts are used alike (Fedus et al. 2021, eq. 4 to 6).

    `E * sum over e of f_e * P_e`, with f_e the choices of expert e per position and P_e its mean
    probability, both taken over the positions of all layers together, as transformers does. Equal
    use gives `num_active`. Choices have no gradient; probabilities do.

    Args:
        router_logits: the scores (tokens, E) that each layer recorded.
        num_active: experts that each position uses, k.
        is_counted: (tokens,) or (B, T) boolean, False at positions that do not count (padding), or
            None where all do.
        total: sums a tensor over processes that share the batch, or None where one has all of it.

    Returns:
        A scalar, float32 (float64 for float64 scores).
    """
    assert router_logits, "no layer recorded its router's scores"
    num_experts = router_logits[0].shape[-1]
    num_choices = torch.zeros((), device=router_logits[0].device)
    probability_sum = num_choices
    num_counted = num_choices
    for scores in router_logits:
        probabilities = _softmax(scores)  # (tokens, E)
        chosen = probabilities.topk(num_active, dim=-1).indices  # (tokens, k)
        is_chosen = torch.zeros_like(probabilities).scatter_(1, chosen, 1.0)
        counted = torch.ones_like(probabilities[:, :1])
        if is_counted is not None:
            counted = is_counted.reshape(-1, 1).to(probabilities.dtype)
        num_choices = num_choices + (is_chosen * counted).sum(0)  # (E,)
        probability_sum = probability_sum + (probabilities * counted).sum(0)  # (E,)
        num_counted = num_counted + counted.sum()
    if total is not None:
        sums = torch.cat((num_choices, probability_sum, num_counted[None]))
        sizes = [num_experts, num_experts, 1]
        num_choices, probability_sum, counts = torch.split(total(sums), sizes)
        num_counted = counts.squeeze(0)
    num_counted = num_counted.clamp(min=1)  # 0 and not 0 / 0 where all is padding
    return num_experts * ((num_choices / num_counted) * (probability_sum / num_counted)).sum()


def _softmax(scores: torch.Tensor) -> torch.Tensor:
    """Probabilities of the experts, in float32 at least: bfloat16 would make ties."""
    return scores.softmax(-1, dtype=torch.promote_types(scores.dtype, torch.float32))
