"""The error that ends a run which has left the rails: which step, which layer, which numbers.

The layer is found by looking at the model itself: its weights, what each layer gives for the
failing batch, and the gradients. In a run of several processes each looks at its own part, and all
of them name the same layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn

from yanmo.core.errors import RunError
from yanmo.core.messages import t
from yanmo.parallel.ranks import Ranks

_WEIGHT, _OUTPUT, _GRADIENT, _LARGEST = range(4)
"""How much a finding says, the most telling first."""


def check_validation(
    model: nn.Module,
    *,
    step: int,
    loss: float,
    rerun: Callable[[], object],
    ranks: Ranks | None = None,
) -> None:
    """Stop the run where the validation loss, the same on every process, is not finite.

    Raises:
        RunError: with the step and the layer.
    """
    if not math.isfinite(loss):
        what = t("the validation loss is not a finite number")
        raise divergence(what, f"{loss}", step, find_layer(model, rerun, ranks))


def divergence(
    what: str,
    numbers: str,
    step: int,
    layer: str,
    *,
    num_skipped: int = 0,
    is_spike: bool = False,
) -> RunError:
    """The error of a run that must stop, `num_skipped` steps after the last good one; where it was
    a spike and no more, the rule may be too strict."""
    if num_skipped > 1:
        numbers += t("; {count} steps in a row", count=num_skipped)
    hint = t(
        "Lower the learning rate (pretrain.optimizer) or lengthen the warm-up"
        " (pretrain.schedule.warmup_steps), then run again."
    )
    if is_spike:
        hint = t(
            "If this text is like that, raise pretrain.guards.max_sigmas and run again: the run"
            " goes on from its last checkpoint. Otherwise lower the learning rate."
        )
    return RunError(
        what,
        where=t("step {step}, layer {layer}", step=step, layer=layer),
        why=numbers,
        hint=hint,
    )


def has_bad_weights(model: nn.Module, ranks: Ranks | None = None) -> bool:
    """Whether a weight is not finite on any process: no skipped step can mend that."""
    is_bad = any(not _is_finite(parameter) for parameter in model.parameters())
    return (ranks or Ranks.alone()).any(is_bad)


def find_layer(model: nn.Module, rerun: Callable[[], object], ranks: Ranks | None = None) -> str:
    """The first layer whose weights are not finite, else whose output is not, else whose gradient
    is not, else the one whose output is the largest.

    Args:
        model: with the gradients of the failing step.
        rerun: computes the failing loss again; called on every process.
        ranks: the processes that hold the model, all of which call this.
    """
    ranks = ranks or Ranks.alone()
    found = ranks.gather_json(_look_at(model, rerun))
    # The most telling kind of finding decides, then the lowest rank, but the largest output wins.
    best = None if found is None else min(found, key=lambda one: (one[0], -one[1]))
    layer: str = ranks.broadcast_json(None if best is None else best[2])
    return layer


def _look_at(model: nn.Module, rerun: Callable[[], object]) -> tuple[int, float, str]:
    """Kind of finding, size of the output where that is the kind, name of the layer."""
    outputs = _output_sizes(model, rerun)
    for name, parameter in model.named_parameters():
        if not _is_finite(parameter):
            return _WEIGHT, 0.0, name
    for name, size in outputs:
        if not math.isfinite(size):
            return _OUTPUT, 0.0, name
    for name, parameter in model.named_parameters():
        if parameter.grad is not None and not _is_finite(parameter.grad):
            return _GRADIENT, 0.0, name
    inner = [(size, name) for name, size in outputs if name != "lm_head"]
    if not inner:  # a model without layers of its own, or a part of one that was not called
        return _LARGEST, 0.0, "lm_head" if outputs else "?"
    size, name = max(inner, key=lambda one: one[0])
    return _LARGEST, size, name


def _output_sizes(model: nn.Module, rerun: Callable[[], object]) -> list[tuple[str, float]]:
    """The innermost layers in the order in which they are called, with their largest output."""
    found: list[tuple[str, float]] = []

    def look(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, torch.Tensor) and output.numel():
                found.append((name, float(_own_part(output.detach()).abs().max().item())))

        return hook

    leaves = [
        (name, module) for name, module in model.named_modules() if not list(module.children())
    ]
    handles = [module.register_forward_hook(look(name)) for name, module in leaves]
    try:
        with torch.no_grad():
            rerun()
    finally:
        for handle in handles:
            handle.remove()
    return found


def _is_finite(tensor: torch.Tensor) -> bool:
    return bool(torch.isfinite(_own_part(tensor.detach())).all())


def _own_part(tensor: torch.Tensor) -> torch.Tensor:
    """What of a tensor is on this process: all of it, unless the model is sharded."""
    to_local = getattr(tensor, "to_local", None)
    part: torch.Tensor = tensor if to_local is None else to_local()
    return part
