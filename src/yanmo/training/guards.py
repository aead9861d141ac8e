"""When a run must stop: a number that is not finite, or a loss that has left the rails.

The error names the step and the layer, found by looking at the model itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn

from yanmo.core.errors import RunError
from yanmo.core.messages import t

MAX_LOSS_RATIO = 2.0
"""A loss this many times the first one is far worse than knowing nothing."""


def check_health(
    model: nn.Module,
    *,
    step: int,
    loss: float,
    grad_norm: float,
    first_loss: float,
    rerun: Callable[[], object],
) -> None:
    """Stop the run where the loss or the gradient is not finite, or the loss has exploded.

    Called before the update, so the weights are those of the last good step.

    Args:
        first_loss: loss of the run's first step, nats per target.
        rerun: computes the failing loss again, so that each layer's output can be looked at.

    Raises:
        RunError: with the step and the layer.
    """
    if not (math.isfinite(loss) and math.isfinite(grad_norm)):
        what = t("the loss or its gradient is not a finite number")
    elif loss > MAX_LOSS_RATIO * first_loss:
        what = t("the loss has exploded")
    else:
        return
    numbers = t(
        "loss {loss:.4g}, gradient norm {norm:.4g}, loss of the first step {first:.4g}",
        loss=loss,
        norm=grad_norm,
        first=first_loss,
    )
    raise _divergence(what, numbers, step, _find_layer(model, rerun))


def check_validation(
    model: nn.Module, *, step: int, loss: float, rerun: Callable[[], object]
) -> None:
    """Stop the run where the validation loss is not finite.

    Raises:
        RunError: with the step and the layer.
    """
    if not math.isfinite(loss):
        what = t("the validation loss is not a finite number")
        raise _divergence(what, f"{loss}", step, _find_layer(model, rerun))


def _divergence(what: str, numbers: str, step: int, layer: str) -> RunError:
    return RunError(
        what,
        where=t("step {step}, layer {layer}", step=step, layer=layer),
        why=numbers,
        hint=t(
            "Lower the learning rate (pretrain.optimizer) or lengthen the warm-up"
            " (pretrain.schedule.warmup_steps), then run again."
        ),
    )


def _find_layer(model: nn.Module, rerun: Callable[[], object]) -> str:
    """The first layer whose output is not finite, else the one whose output is the largest."""
    first_bad: list[str] = []
    magnitudes: dict[str, float] = {}

    def look(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, torch.Tensor):
                largest = float(output.detach().abs().max().item())
                magnitudes[name] = largest
                if not math.isfinite(largest):
                    first_bad.append(name)

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
    for name, parameter in model.named_parameters():
        if not bool(torch.isfinite(parameter).all()):
            return name
    if first_bad:
        return first_bad[0]
    for name, parameter in model.named_parameters():
        if parameter.grad is not None and not bool(torch.isfinite(parameter.grad).all()):
            return name
    inner = {name: size for name, size in magnitudes.items() if name != "lm_head"}
    return max(inner, key=inner.__getitem__)
