"""torch.compile as an option that never costs a run: where it fails, training goes on without.

A model and one batch come in, the model as it is to be called comes out. Compiled code is kept in
the user's cache folder, so that only the first run of a shape waits for the compiler. Several
processes compile block by block, before their model is spread; their meshes are not known here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast

import torch
from torch import nn

from yanmo.core.console import Console
from yanmo.core.messages import t
from yanmo.models.language_model import LanguageModel
from yanmo.models.transformer_parts import blocks_of
from yanmo.parallel.execution import Execution, SingleProcess
from yanmo.parallel.ranks import Ranks
from yanmo.training.config import TrainingConfig
from yanmo.training.objectives.objective import Batch, Objective

Compilation = Literal["compiled", "not_asked_for", "not_worth_it", "failed"]
"""Whether a model is compiled: because the recipe says so, or `auto` found it worth its time; or
not, because compiling would take longer than it saves, or failed."""

_FLOPS_PER_S = {"cpu": 5e10, "cuda": 1e14}
"""What a CPU thread and a GPU do in a second of training, as a rule of thumb; the decision must be
the same when a run is resumed, so nothing is measured for it."""
_SAVED_FRAC = 0.1
"""Part of a step that compiled code saves at the least, where it was measured (docs/log.md)."""
_COMPILE_S = 20.0
_COMPILE_S_PER_BLOCK = 4.0


def wants_compiled(
    model: nn.Module, config: TrainingConfig, device: torch.device, console: Console
) -> bool:
    """Whether the run compiles: as the recipe says, or where it says `auto`, as the length of the
    run and the size of the model do, which is told to the user."""
    if config.compile != "auto":
        return config.compile
    saved_s, compile_s = estimate_saving(model, config, device)
    figures = {"saved": saved_s, "cost": compile_s}
    if saved_s > compile_s:
        console.note(
            t("compile = auto: yes, about {saved:,.0f} s to win for {cost:.0f} s", **figures)
        )
        return True
    console.note(
        t("compile = auto: no, about {saved:,.0f} s to win, {cost:.0f} s to compile", **figures)
    )
    return False


def estimate_saving(
    model: nn.Module, config: TrainingConfig, device: torch.device
) -> tuple[float, float]:
    """Seconds that compiled code would save over the whole run, and seconds to compile it the first
    time. Rules of thumb, the same on every start of a run; nothing is saved where FLOPs are not
    known."""
    compile_s = _COMPILE_S + _COMPILE_S_PER_BLOCK * len(blocks_of(model))
    if not isinstance(model, LanguageModel) or device.type not in _FLOPS_PER_S:
        return 0.0, compile_s
    num_tokens = config.steps * config.batch_rows * model.config.max_seq_len
    flops_per_s = _FLOPS_PER_S[device.type]
    if device.type == "cpu":
        flops_per_s *= torch.get_num_threads()
    return _SAVED_FRAC * num_tokens * model.flops_per_token() / flops_per_s, compile_s


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
    folder = keep_compiled_code()
    console.note(t("compiling the model; later runs find the code in {path}", path=folder))
    try:
        compiled = cast(
            nn.Module,
            torch.compile(
                model, dynamic=False if has_fixed_shape else None, options=_compiler_options()
            ),
        )
        loss_sum, _ = objective.loss(compiled, sample)
        torch.autograd.backward(loss_sum)
    except Exception as error:  # whatever a missing or broken compiler raises
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        console.warn(t("torch.compile failed, going on without it: {reason}", reason=reason))
        compiled = model
    model.zero_grad(set_to_none=True)
    return compiled


def block_compiler(
    model: nn.Module,
    config: TrainingConfig,
    device: torch.device,
    ranks: Ranks,
    console: Console,
) -> Callable[[nn.Module], None] | None:
    """What compiles the blocks of a model that is spread over `ranks`; None where the recipe does
    not want it, or some process has no compiler.

    Args:
        model: of the run's shape; its values are not looked at.
    """
    if not wants_compiled(model, config, device, console):
        return None
    if ranks.any(not has_compiler(device, console)):
        return None
    return compile_block


def compilation_of(
    execution: Execution, config: TrainingConfig, device: torch.device
) -> Compilation:
    """Whether the model of `execution` is compiled, and why not where it is not."""
    blocks = execution.model.modules()
    has_compiled_blocks = any(block._compiled_call_impl is not None for block in blocks)
    if has_compiled_blocks or (isinstance(execution, SingleProcess) and execution.is_compiled):
        return "compiled"
    if config.compile is False:
        return "not_asked_for"
    saved_s, compile_s = estimate_saving(execution.model, config, device)
    is_not_worth_it = config.compile == "auto" and saved_s <= compile_s
    return "not_worth_it" if is_not_worth_it else "failed"


def compile_block(block: nn.Module) -> None:
    """Compile one block in place, for models whose blocks are wrapped one by one. Blocks of one
    kind share their code."""
    keep_compiled_code()
    block.compile(options=_compiler_options())


def has_compiler(device: torch.device, console: Console) -> bool:
    """Whether anything can be compiled for `device`, tried out on a sum; a warning where not."""
    keep_compiled_code()
    try:
        torch.compile(lambda x: (x + 1.0).sin(), dynamic=False)(torch.zeros(8, device=device))
    except Exception as error:  # whatever a missing or broken compiler raises
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        console.warn(t("torch.compile failed, going on without it: {reason}", reason=reason))
        return False
    return True


def keep_compiled_code() -> Path:
    """The folder in which torch keeps compiled code from run to run.

    That of TORCHINDUCTOR_CACHE_DIR where it is set, else one in the user's cache, since torch's own
    is lost when the machine starts anew; torch's own where no other can be made.
    """
    named = os.environ.get("TORCHINDUCTOR_CACHE_DIR")
    if named:
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(home).expanduser() / "yanmo" / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        from torch._inductor.runtime.cache_dir_utils import default_cache_dir

        return Path(default_cache_dir())
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder)
    return folder


def _compiler_options() -> dict[str, Any]:
    from yanmo.training.compiled_products import (
        ProductsForProcessors,
    )  # brings the whole compiler with it

    return {"post_grad_custom_post_pass": ProductsForProcessors()}
