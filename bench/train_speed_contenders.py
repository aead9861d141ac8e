"""One training step of each library that `train_speed.py` compares, on the same shape.

Every builder gives a `Contender`, whose step on a batch (rows of token ids, one longer than the
context) is the whole of it: forward, backward, clipping at 1, AdamW. What is random does not matter
here: all do the same work. litgpt, which may need an interpreter of its own, is in
`train_speed_litgpt.py`.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from train_speed_setting import (
    BETAS,
    LEARNING_RATE,
    VOCAB_SIZE,
    WEIGHT_DECAY,
    Contender,
    Setting,
    Shape,
)

from yanmo.core.console import Console
from yanmo.models.build import build_model
from yanmo.models.config import ModelConfig
from yanmo.models.presets import derive_model
from yanmo.models.weight_count import count_weights
from yanmo.parallel.execution import SingleProcess
from yanmo.training.allocation import keep_freed_memory
from yanmo.training.compilation import compile_model
from yanmo.training.config import PretrainConfig
from yanmo.training.objectives.causal import CausalObjective
from yanmo.training.optimizer_config import AdamWConfig
from yanmo.training.optimizers import build_optimizer
from yanmo.training.schedule_config import ScheduleConfig
from yanmo.training.step import TrainingStep, autocast, batch_to_device


def yanmo(setting: Setting, family: str = "gpt2") -> Contender:
    """This project's own step, as `yanmo pretrain` runs it."""
    keep_freed_memory(setting.device)
    shape, device = setting.shape, setting.device
    section = ModelConfig(
        family=family,  # type: ignore[arg-type]
        depth=shape.layers,
        d_model=shape.width,
        num_heads=shape.heads,
        max_seq_len=shape.context,
    )
    model = build_model(derive_model(section, VOCAB_SIZE).config, device, seed=0)
    config = PretrainConfig(
        steps=10_000,
        batch_rows=shape.batch,
        optimizer=AdamWConfig(
            learning_rate=LEARNING_RATE, beta1=BETAS[0], beta2=BETAS[1], weight_decay=WEIGHT_DECAY
        ),
        schedule=ScheduleConfig(warmup_steps=1),
    )
    forward: torch.nn.Module = model
    if setting.is_compiled:
        sample = _packed(np.zeros((shape.batch, shape.context + 1), dtype=np.int64))
        with autocast(device, setting.dtype):
            forward = compile_model(
                model,
                CausalObjective(),
                batch_to_device(sample, device),
                Console(sys.stderr),
                has_fixed_shape=True,
            )
    step = TrainingStep(
        SingleProcess(model, forward),
        CausalObjective(),
        build_optimizer(model, config.optimizer),
        config,
        device=device,
        dtype=setting.dtype,
    )
    numbers = iter(range(10_000))

    def run(rows: np.ndarray[Any, Any]) -> float:
        return step.run(next(numbers), [_packed(rows)]).loss

    return Contender(run, count_weights(model.parameters()))


def _packed(rows: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    tokens = np.ascontiguousarray(rows[:, :-1])
    return {
        "tokens": tokens,
        "labels": np.ascontiguousarray(rows[:, 1:]),
        "positions": np.tile(np.arange(tokens.shape[1]), (len(tokens), 1)),
        "document_ids": np.zeros(tokens.shape, dtype=np.int32),
    }


def nanogpt(setting: Setting) -> Contender:
    """nanoGPT's own model.py and optimiser, in the loop of its train.py."""
    assert setting.clone is not None, "nanoGPT needs --nanogpt PATH"
    sys.path.insert(0, str(setting.clone))
    from model import GPT, GPTConfig

    shape, device = setting.shape, setting.device
    torch.manual_seed(0)
    with contextlib.redirect_stdout(sys.stderr):
        model = GPT(
            GPTConfig(
                block_size=shape.context,
                vocab_size=VOCAB_SIZE,
                n_layer=shape.layers,
                n_head=shape.heads,
                n_embd=shape.width,
                dropout=0.0,
                bias=True,
            )
        ).to(device)
        optimizer = model.configure_optimizers(WEIGHT_DECAY, LEARNING_RATE, BETAS, device.type)
    forward = torch.compile(model) if setting.is_compiled else model

    def run(rows: np.ndarray[Any, Any]) -> float:
        tokens = torch.from_numpy(rows).to(device)
        with autocast(device, setting.dtype):
            _, loss = forward(tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return float(loss.item())

    return Contender(run, count_weights(model.parameters()))


def _transformers_model(shape: Shape) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=VOCAB_SIZE,
        n_positions=shape.context,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        attn_pdrop=0.0,
        embd_pdrop=0.0,
        resid_pdrop=0.0,
        use_cache=False,
        bos_token_id=0,
        eos_token_id=0,
    )
    return GPT2LMHeadModel(config)


def transformers(setting: Setting) -> Contender:
    """GPT2LMHeadModel in a plain loop, as most people write it."""
    device = setting.device
    model = _transformers_model(setting.shape).to(device).train()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, betas=BETAS, weight_decay=WEIGHT_DECAY
    )
    forward = torch.compile(model) if setting.is_compiled else model

    def run(rows: np.ndarray[Any, Any]) -> float:
        tokens = torch.from_numpy(rows[:, :-1].copy()).to(device)
        optimizer.zero_grad(set_to_none=True)
        with autocast(device, setting.dtype):
            loss = forward(input_ids=tokens, labels=tokens).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return float(loss.item())

    return Contender(run, count_weights(model.parameters()))


def run_trainer(setting: Setting, turns: Iterator[None], report: Callable[[], None]) -> None:
    """transformers' Trainer, which has a loop of its own: before a step it waits for the next of
    `turns`, and calls `report` after it."""
    from transformers import Trainer, TrainerCallback, TrainingArguments

    class Turns(TrainerCallback):  # type: ignore[misc]
        def on_step_begin(self, *_args: Any, **_kwargs: Any) -> None:
            next(turns)

        def on_step_end(self, *_args: Any, **_kwargs: Any) -> None:
            report()

    shape = setting.shape
    generator = torch.Generator().manual_seed(0)
    rows = torch.randint(0, VOCAB_SIZE, (512 * shape.batch, shape.context), generator=generator)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=shape.batch,
            max_steps=10_000,
            learning_rate=LEARNING_RATE,
            weight_decay=WEIGHT_DECAY,
            adam_beta2=BETAS[1],
            torch_compile=setting.is_compiled,
            bf16=setting.dtype == torch.bfloat16,
            use_cpu=setting.device.type == "cpu",
            logging_strategy="no",
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        dataset = [{"input_ids": row, "labels": row} for row in rows]
        trainer = Trainer(
            _transformers_model(shape), arguments, train_dataset=dataset, callbacks=[Turns()]
        )
        with contextlib.suppress(StopIteration):
            trainer.train()


BUILDERS: dict[str, Callable[[Setting], Contender]] = {
    "yanmo": yanmo,
    "nanoGPT": nanogpt,
    "transformers": transformers,
}
