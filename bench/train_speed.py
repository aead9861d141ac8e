"""Tokens per second of a training step: yanmo beside Hugging Face transformers on one shape.

Both train a GPT-2 of the same shape on the same random tokens with AdamW: yanmo through its own
training step, transformers' GPT2LMHeadModel in a plain loop. Steps are taken in turn (ours, theirs,
ours, ...), so that a machine whose speed drifts favours nobody; medians and the ratio pair by pair
are printed.

    python bench/train_speed.py --layers 6 --width 256 --context 256 --batch 16 --steps 12
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from yanmo.core.device import choose_device, computes_bfloat16, device_name
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.parallel.execution import SingleProcess
from yanmo.training.config import AdamWConfig, PretrainConfig, ScheduleConfig
from yanmo.training.objectives.causal import CausalObjective
from yanmo.training.optimizers import build_optimizer
from yanmo.training.step import NumpyBatch, TrainingStep

VOCAB_SIZE = 8192
LEARNING_RATE = 1e-3


def build_ours(
    args: argparse.Namespace, device: torch.device, dtype: torch.dtype
) -> Callable[[int, NumpyBatch], float]:
    """yanmo's step, as a function of the step number and a batch, giving the loss."""
    section = ModelConfig(
        family="gpt2",
        depth=args.layers,
        d_model=args.width,
        num_heads=args.width // 64,
        max_seq_len=args.context,
    )
    model = build_model(derive_model(section, VOCAB_SIZE).config, device, seed=0)
    config = PretrainConfig(
        steps=10_000,
        batch_rows=args.batch,
        optimizer=AdamWConfig(learning_rate=LEARNING_RATE),
        schedule=ScheduleConfig(warmup_steps=1),
    )
    step = TrainingStep(
        SingleProcess(model),
        CausalObjective(),
        build_optimizer(model, config.optimizer),
        config,
        device=device,
        dtype=dtype,
    )
    return lambda index, batch: step.run(index, [batch]).loss


def build_theirs(
    args: argparse.Namespace, device: torch.device, dtype: torch.dtype
) -> Callable[[int, NumpyBatch], float]:
    """A plain loop over transformers' model, with clipping and AdamW as most people write it."""
    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=VOCAB_SIZE,
            n_positions=args.context,
            n_embd=args.width,
            n_layer=args.layers,
            n_head=args.width // 64,
            attn_pdrop=0.0,
            embd_pdrop=0.0,
            resid_pdrop=0.0,
            use_cache=False,
        )
    ).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.95))

    def step(_index: int, batch: NumpyBatch) -> float:
        tokens = torch.from_numpy(batch["tokens"]).to(device)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32):
            loss = model(input_ids=tokens, labels=tokens).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return float(loss.item())

    return step


def random_batch(args: argparse.Namespace, generator: np.random.Generator) -> NumpyBatch:
    """Random tokens as one document a row; labels shifted by one."""
    tokens = generator.integers(0, VOCAB_SIZE, (args.batch, args.context))
    return {
        "tokens": tokens,
        "labels": np.roll(tokens, -1, axis=1),
        "positions": np.tile(np.arange(args.context), (args.batch, 1)),
        "document_ids": np.zeros(tokens.shape, dtype=np.int32),
    }


def compare(args: argparse.Namespace, device: torch.device, dtype: torch.dtype) -> None:
    """Take steps in turn and print tokens per second and the ratio."""
    torch.manual_seed(0)
    contenders = {"yanmo": build_ours(args, device, dtype), "HF": build_theirs(args, device, dtype)}
    generator = np.random.default_rng(0)
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    for index in range(args.steps + 2):
        batch = random_batch(args, generator)
        for name, step in contenders.items():
            began_at = time.perf_counter()
            step(index, batch)
            if index >= 2:  # the first steps allocate and warm up
                speeds[name].append(args.batch * args.context / (time.perf_counter() - began_at))
    ours, theirs = speeds["yanmo"], speeds["HF"]
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(
        f"{str(dtype).removeprefix('torch.'):9} yanmo {statistics.median(ours):>9,.0f} tokens/s"
        f"   transformers {statistics.median(theirs):>9,.0f} tokens/s   ratio {ratio:.2f}"
    )


def main() -> None:
    """Compare in float32, and in bfloat16 where the processor computes in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=10)
    args = parser.parse_args()
    device = choose_device("auto")
    print(f"{device_name(device)}: {args.layers} layers x {args.width}, context {args.context},"
          f" batch {args.batch}, torch {torch.__version__}")  # fmt: skip
    compare(args, device, torch.float32)
    if computes_bfloat16(device):
        compare(args, device, torch.bfloat16)
    else:
        print("bfloat16  not computed by this processor, only emulated: left out")


if __name__ == "__main__":
    main()
