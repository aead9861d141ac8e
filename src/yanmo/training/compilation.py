"""torch.compile as an option that never costs a run: where it fails, training goes on without."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from yanmo.core.console import Console
from yanmo.core.messages import t
from yanmo.training.objectives.objective import Batch, Objective


def compile_model(
    model: nn.Module,
    objective: Objective,
    sample: Batch,
    console: Console,
    *,
    has_fixed_shape: bool,
) -> nn.Module:
    """`model` compiled, proven by one forward and backward pass on `sample`; else `model` itself.

    The gradients that the trial leaves are cleared. Where batches differ in shape
    (`has_fixed_shape` is False), shapes that change become variables of the compiled code.
    """
    console.note(t("compiling the model; the first run takes a minute ..."))
    try:
        compiled = cast(nn.Module, torch.compile(model, dynamic=False if has_fixed_shape else None))
        loss_sum, _ = objective.loss(compiled, sample)
        torch.autograd.backward(loss_sum)
    except Exception as error:  # whatever a missing or broken compiler raises
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        console.warn(t("torch.compile failed, going on without it: {reason}", reason=reason))
        compiled = model
    model.zero_grad(set_to_none=True)
    return compiled
