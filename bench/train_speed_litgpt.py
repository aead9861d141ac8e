"""litgpt's training step, in a process that its own interpreter can run (see `train_speed.py`).

Its model, the initial weights, the loss and the optimiser of its `pretrain.py`, in the same order:
forward, `chunked_cross_entropy`, backward, clipping at 1, AdamW. A GPT-2 as far as litgpt has one:
layer norms, biases, GELU, tied ends; places are turned (a quarter of each head, its default), since
it has no learned ones. Only the standard library, torch, numpy and litgpt are imported.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from train_speed_setting import (
    BETAS,
    LEARNING_RATE,
    SHAPES,
    VOCAB_SIZE,
    WEIGHT_DECAY,
    Contender,
    Setting,
    answer_stream,
    serve,
)


def litgpt(setting: Setting) -> Contender:
    """The contender."""
    if setting.clone is not None:
        sys.path.insert(0, str(setting.clone))
    import lightning
    from litgpt.config import Config
    from litgpt.model import GPT
    from litgpt.pretrain import initialize_weights
    from litgpt.utils import chunked_cross_entropy, instantiate_torch_optimizer

    shape, device = setting.shape, setting.device
    config = Config(
        block_size=shape.context,
        n_layer=shape.layers,
        n_embd=shape.width,
        n_head=shape.heads,
        vocab_size=VOCAB_SIZE,
        padded_vocab_size=VOCAB_SIZE,
        parallel_residual=False,
        gelu_approximate="tanh",
        attn_bias=True,
    )
    torch.manual_seed(0)
    fabric = lightning.Fabric(accelerator=device.type, devices=1)
    with device:
        model = GPT(config)
    initialize_weights(fabric, model, n_layer=config.n_layer, n_embd=config.n_embd)
    model.transformer.wte.weight = model.lm_head.weight
    model.train()
    numbers: dict[str, Any] = {"lr": LEARNING_RATE, "weight_decay": WEIGHT_DECAY, "betas": BETAS}
    chosen = {"class_path": "torch.optim.AdamW", "init_args": numbers}
    optimizer = instantiate_torch_optimizer(chosen, model.parameters(), fused=device.type == "cuda")
    forward = torch.compile(model) if setting.is_compiled else model
    is_cast = setting.dtype != torch.float32

    def step(rows: np.ndarray[Any, Any]) -> float:
        tokens = torch.from_numpy(rows).to(device)
        cast: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()
        if is_cast:  # what the precision "bf16-mixed" of its Fabric does
            cast = torch.autocast(device.type, setting.dtype)
        with cast:
            scores = forward(tokens[:, :-1].contiguous())
            loss = chunked_cross_entropy(scores, tokens[:, 1:].contiguous())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return float(loss.item())

    return Contender(step, sum(parameter.numel() for parameter in model.parameters()))


def main() -> None:
    """Read what is asked, and take steps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", required=True, choices=SHAPES)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--clone", type=Path)
    parser.add_argument("--is-compiled", action="store_true")
    args = parser.parse_args()
    answers = answer_stream()
    setting = Setting(
        SHAPES[args.shape],
        torch.device(args.device),
        getattr(torch, args.dtype),
        args.is_compiled,
        args.clone,
    )
    serve(litgpt(setting), setting.shape, answers)


if __name__ == "__main__":
    main()
