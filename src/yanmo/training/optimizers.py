"""The optimiser of a run: which parameter follows which rule, and its state by name.

`build_optimizer` sorts a model's parameters by what they are part of; every group carries its peak
rate in `peak_lr`, and the loop sets `lr` from the schedule. The rules are in `update_rules`. States
are tensors, spread over processes as their parameters are, and saved by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn

from yanmo.training.optimizer_config import MuonConfig, OptimizerConfig
from yanmo.training.update_rules import adafactor, adam, lion, muon, penalty, sgd
from yanmo.training.update_rules.parts import Members, State, gather_members, spread_like

_Begin = Callable[[torch.Tensor, Mapping[str, Any]], State]
_Update = Callable[[Mapping[str, Any], Members], None]
RateFactor = Callable[[str], float]
"""From a parameter's name to what its learning rate is multiplied by."""
_RULES: dict[str, tuple[_Begin, _Update]] = {
    "sgd": (sgd.begin, sgd.update),
    "adam": (adam.begin, adam.update_adam),
    "adamw": (adam.begin, adam.update_adamw),
    "adafactor": (adafactor.begin, adafactor.update),
    "lion": (lion.begin, lion.update),
    "muon": (muon.begin, muon.update),
}


class MixedOptimizer(torch.optim.Optimizer):
    """Several update rules in one optimiser; a group's `kind` says which, its other entries how.

    A group may carry `l1` and `l2`, penalties on its weights.
    """

    def __init__(self, groups: Iterable[dict[str, Any]]) -> None:
        super().__init__(list(groups), {})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        assert closure is None, "this optimiser takes no closure"
        for group in self.param_groups:
            begin, update = _RULES[group["kind"]]
            # Not every parameter has a gradient in every step: an expert may be chosen by none.
            by_count: dict[int, list[torch.Tensor]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    count = self._count_step(parameter, begin, group)
                    by_count.setdefault(count, []).append(parameter)
            for count, parameters in by_count.items():
                states = [self.state[parameter] for parameter in parameters]
                members = gather_members(parameters, states, count)
                penalty.add_gradient(group, members)
                update(group, members)
                penalty.shrink(group, members)

    def _count_step(self, parameter: torch.Tensor, begin: _Begin, group: Mapping[str, Any]) -> int:
        state: State = self.state[parameter]
        if not state:
            state["step"] = torch.zeros((), dtype=torch.int64)
            state.update(begin(parameter, group))
        state["step"] += 1
        return int(state["step"].item())


def build_optimizer(
    model: nn.Module,
    config: OptimizerConfig,
    *,
    l1_penalty: float = 0.0,
    l2_penalty: float = 0.0,
    rate_factor: RateFactor | None = None,
) -> MixedOptimizer:
    """The optimiser that `config` describes, over the parameters of `model` that take a gradient.

    Decay and penalties fall on matrices; not on norms, biases, embeddings and the output. Every
    parameter's peak rate is multiplied by what `rate_factor` says of its name.
    """
    matrices, others, undecayed = _sort_parameters(model)
    decaying = {"weight_decay": config.weight_decay, "l1": l1_penalty, "l2": l2_penalty}
    plain = {"weight_decay": 0.0, "l1": 0.0, "l2": 0.0}
    if isinstance(config, MuonConfig):
        numbers = {"beta1": config.beta1, "beta2": config.beta2, "eps": config.eps}
        rest = {"kind": "adamw", "peak_lr": config.adamw_learning_rate, **numbers}
        matrix = {
            "kind": "muon",
            "peak_lr": config.learning_rate,
            "momentum": config.momentum,
            "newton_schulz_steps": config.newton_schulz_steps,
        }
    else:
        numbers = config.model_dump(exclude={"name", "learning_rate", "weight_decay"})
        rest = {"kind": config.name, "peak_lr": config.learning_rate, **numbers}
        matrix = rest
    groups = [
        matrix | decaying | {"params": matrices},
        rest | decaying | {"params": others},
        rest | plain | {"params": undecayed},
    ]
    if rate_factor is not None:
        names = {parameter: name for name, parameter in model.named_parameters()}
        groups = [part for group in groups for part in _split_by_rate(group, names, rate_factor)]
    return MixedOptimizer({**group, "lr": group["peak_lr"]} for group in groups if group["params"])


def _split_by_rate(
    group: Mapping[str, Any], names: Mapping[nn.Parameter, str], rate_factor: RateFactor
) -> list[dict[str, Any]]:
    """The group as one for each factor, the largest factor first."""
    by_factor: dict[float, list[nn.Parameter]] = {}
    for parameter in group["params"]:
        by_factor.setdefault(rate_factor(names[parameter]), []).append(parameter)
    return [
        {**group, "peak_lr": group["peak_lr"] * factor, "params": parameters}
        for factor, parameters in sorted(by_factor.items(), key=lambda item: -item[0])
    ]


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


@torch.no_grad()
def load_optimizer_tensors(
    model: nn.Module, optimizer: torch.optim.Optimizer, tensors: Mapping[str, torch.Tensor]
) -> None:
    """Put back what `optimizer_tensors` gave. A whole tensor of the shape of a parameter that is
    spread over processes is spread as the parameter is."""
    parameters = dict(model.named_parameters())
    for full_name, tensor in tensors.items():
        name, _, key = full_name.rpartition(".")
        parameter = parameters[name]
        device = torch.device("cpu") if key == "step" else parameter.device
        value = tensor.to(device)
        if value.shape == parameter.shape:
            value = spread_like(value, parameter.detach())
        optimizer.state[parameter][key] = value


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
        if not parameter.requires_grad:  # frozen: an adapter or a head learns beside it
            continue
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
