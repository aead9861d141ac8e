"""Optimisers: AdamW for everything, or Muon for the matrices of the blocks and AdamW for the rest.

`build_optimizer` sorts a model's parameters by what they are part of; every group carries its peak
rate in `peak_lr`, and the loop sets `lr` from the schedule. States are plain tensors, saved by
name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from yanmo.training.config import AdamWConfig, MuonConfig

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic iteration (Jordan et al. 2024)."""


class MixedOptimizer(torch.optim.Optimizer):
    """AdamW and Muon in one optimiser; a group's `kind` says which.

    AdamW (Loshchilov & Hutter 2019, algorithm 2) with bias correction. Muon (Jordan et al. 2024):
    Nesterov momentum, orthogonalised by Newton-Schulz, scaled by sqrt(max(1, rows / columns)).
    Matrices of one shape are orthogonalised together.
    """

    def __init__(self, groups: Iterable[dict[str, Any]]) -> None:
        super().__init__(list(groups), {})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        assert closure is None, "this optimiser takes no closure"
        for group in self.param_groups:
            if group["kind"] == "muon":
                self._step_muon(group)
            else:
                self._step_adamw(group)

    def _step_adamw(self, group: dict[str, Any]) -> None:
        # Not every parameter has a gradient in every step: an expert may have been chosen by none.
        by_count: dict[int, list[torch.Tensor]] = {}
        for parameter in group["params"]:
            if parameter.grad is not None:
                state = self._state_of(parameter, ("exp_avg", "exp_avg_sq"))
                state["step"] += 1
                by_count.setdefault(int(state["step"].item()), []).append(parameter)
        for count, parameters in by_count.items():
            self._update_adamw(group, parameters, count)

    def _update_adamw(
        self, group: dict[str, Any], parameters: list[torch.Tensor], count: int
    ) -> None:
        """Step number `count` of all of `parameters`."""
        states = [self.state[parameter] for parameter in parameters]
        gradients = [p.grad for p in parameters if p.grad is not None]
        means = [state["exp_avg"] for state in states]
        squares = [state["exp_avg_sq"] for state in states]
        torch._foreach_mul_(parameters, 1.0 - group["lr"] * group["weight_decay"])
        torch._foreach_lerp_(means, gradients, 1.0 - group["beta1"])
        torch._foreach_mul_(squares, group["beta2"])
        torch._foreach_addcmul_(squares, gradients, gradients, 1.0 - group["beta2"])
        denominators = torch._foreach_sqrt(squares)
        torch._foreach_div_(denominators, (1.0 - group["beta2"] ** count) ** 0.5)
        torch._foreach_add_(denominators, group["eps"])
        step_size = group["lr"] / (1.0 - group["beta1"] ** count)
        torch._foreach_addcdiv_(parameters, means, denominators, -step_size)

    def _step_muon(self, group: dict[str, Any]) -> None:
        by_shape: dict[torch.Size, list[torch.Tensor]] = {}
        for parameter in group["params"]:
            if parameter.grad is not None:
                by_shape.setdefault(parameter.shape, []).append(parameter)
        for shape, parameters in by_shape.items():
            gradients = [p.grad for p in parameters if p.grad is not None]
            buffers = [self._state_of(p, ("momentum",))["momentum"] for p in parameters]
            torch._foreach_lerp_(buffers, gradients, 1.0 - group["momentum"])
            updates = torch._foreach_lerp(gradients, buffers, group["momentum"])
            directions = orthogonalize(torch.stack(updates), group["newton_schulz_steps"])
            torch._foreach_mul_(parameters, 1.0 - group["lr"] * group["weight_decay"])
            scale = max(1.0, shape[0] / shape[1]) ** 0.5
            torch._foreach_add_(parameters, list(directions.unbind()), alpha=-group["lr"] * scale)

    def _state_of(self, parameter: torch.Tensor, names: tuple[str, ...]) -> dict[str, torch.Tensor]:
        state: dict[str, torch.Tensor] = self.state[parameter]
        if not state:
            state["step"] = torch.zeros((), dtype=torch.int64)
            for name in names:
                state[name] = torch.zeros_like(parameter)
        return state


def orthogonalize(matrices: torch.Tensor, num_steps: int) -> torch.Tensor:
    """Nearest semi-orthogonal matrices, approximately, by a Newton-Schulz iteration.

    Args:
        matrices: (M, R, C).
        num_steps: iterations; singular values end between about 0.7 and 1.2.
    """
    a, b, c = _NEWTON_SCHULZ
    is_tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if is_tall else matrices  # (M, R, C) with R <= C
    # On GPUs the iteration is stable in bfloat16; a CPU may only emulate that.
    x = x.bfloat16() if x.is_cuda else x.float()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(num_steps):
        gram = x @ x.mT  # (M, R, R)
        x = a * x + (b * gram + c * gram @ gram) @ x
    oriented: torch.Tensor = x.mT if is_tall else x
    return oriented.to(matrices.dtype)


def build_optimizer(model: nn.Module, config: MuonConfig | AdamWConfig) -> MixedOptimizer:
    """The optimiser that `config` describes, over the parameters of `model`."""
    matrices, others, undecayed = _sort_parameters(model)
    adamw = {"kind": "adamw", "beta1": config.beta1, "beta2": config.beta2, "eps": config.eps}
    if isinstance(config, MuonConfig):
        muon = {
            "kind": "muon",
            "peak_lr": config.learning_rate,
            "momentum": config.momentum,
            "newton_schulz_steps": config.newton_schulz_steps,
        }
        rate = config.adamw_learning_rate
        matrix_group = muon
    else:
        rate = config.learning_rate
        matrix_group = adamw | {"peak_lr": rate}
    decay = config.weight_decay
    groups = [
        matrix_group | {"params": matrices, "weight_decay": decay},
        adamw | {"params": others, "peak_lr": rate, "weight_decay": decay},
        adamw | {"params": undecayed, "peak_lr": rate, "weight_decay": 0.0},
    ]
    return MixedOptimizer({**group, "lr": group["peak_lr"]} for group in groups if group["params"])


def set_learning_rate(optimizer: torch.optim.Optimizer, factor: float) -> float:
    """Set every group's rate to `factor` of its peak; return the first group's."""
    for group in optimizer.param_groups:
        group["lr"] = factor * group["peak_lr"]
    return float(optimizer.param_groups[0]["lr"])


def optimizer_tensors(
    model: nn.Module, optimizer: torch.optim.Optimizer
) -> dict[str, torch.Tensor]:
    """The optimiser's state as named tensors: `PARAMETER.STATE`."""
    return {
        f"{name}.{key}": value
        for name, parameter in model.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def load_optimizer_tensors(
    model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]
) -> None:
    """Put back what `optimizer_tensors` gave."""
    parameters = dict(model.named_parameters())
    for full_name, tensor in tensors.items():
        name, _, key = full_name.rpartition(".")
        parameter = parameters[name]
        device = torch.device("cpu") if key == "step" else parameter.device
        optimizer.state[parameter][key] = tensor.to(device)


def _sort_parameters(
    model: nn.Module,
) -> tuple[list[nn.Parameter], list[nn.Parameter], list[nn.Parameter]]:
    """Matrices of linear layers inside blocks, which Muon may take; other weights that decay:
    recurrent weights, convolutions, routers, and heads between blocks and output; and what does not
    decay: vectors, tables that are looked up (embeddings, positions, relative biases), and the
    output projection, which is often the embedding.

    A router's rows are compared with each other, and recurrent weights are several matrices in one:
    orthogonal updates are not for them.
    """
    matrices, others, undecayed = [], [], []
    for name, parameter in model.named_parameters():
        owner_name, _, own_name = name.rpartition(".")
        owner = model.get_submodule(owner_name)
        parts = owner_name.split(".")
        is_table = isinstance(owner, nn.Embedding) or parts[-1] == "relative_bias"
        if parameter.ndim < 2 or is_table or name.startswith(("embed", "lm_head")):
            undecayed.append(parameter)
        elif (
            isinstance(owner, nn.Linear)
            and own_name == "weight"
            and "blocks" in parts
            and parts[-1] != "router"
        ):
            matrices.append(parameter)
        else:
            others.append(parameter)
    return matrices, others, undecayed
