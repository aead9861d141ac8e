"""What a recipe costs before it is run: parameters, FLOPs, memory, disk, and time from a probe.

The number of tokens comes from the token folder where it exists, else from the recipe's own
numbers; each figure says how it was come by.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from yanmo.core.manifest import read_manifest
from yanmo.core.messages import t
from yanmo.core.text_width import pad_right
from yanmo.models.shape import ModelShape
from yanmo.models.transformer_config import TransformerConfig
from yanmo.pipeline.model_shape import derive_shape
from yanmo.pipeline.recipe import Recipe
from yanmo.training.config import MuonConfig, PretrainConfig
from yanmo.training.progress import format_duration

PROBE_STEPS = 4
LOSS_BLOCK_BYTES = 3 * 8 * 2**20
"""Three copies of a block of scores: `nn.cross_entropy` works on 8 MiB at a time on a CPU."""
_STATES_PER_WIDTH = 64
"""Numbers that a recurrent or convolutional model keeps for each token and channel, roughly."""
BASE_MEMORY_BYTES = 450 * 2**20
"""Resident size of Python with torch and the other libraries loaded, before any model."""


@dataclass(frozen=True)
class Plan:
    """The estimate. Bytes and seconds; `probe_*` are None where nothing was timed.

    `activation_bytes` is what one micro-batch keeps for the backward pass.
    """

    num_params: int
    num_params_non_embedding: int
    flops_per_token: int
    train_tokens: int
    corpus_tokens: int | None
    total_flops: float
    weights_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    activation_bytes: int
    memory_bytes: int
    disk_bytes: int
    probe_tokens_per_s: float | None
    train_s: float | None
    device: str | None
    notes: tuple[str, ...]


def estimate_plan(recipe: Recipe, run_dir: Path, *, has_probe: bool) -> Plan:
    """Estimate `recipe`; with `has_probe`, build the model and time a few steps on this machine."""
    from yanmo.models.build import count_embedding_params, count_params

    derived = derive_shape(recipe, recipe.tokenizer.vocab_size)
    shape, config = derived.config, recipe.pretrain
    num_params = count_params(shape)
    train_tokens = config.steps * config.batch_rows * shape.max_seq_len
    weights = 4 * num_params
    matrices = num_params - count_embedding_params(shape)
    is_muon = isinstance(config.optimizer, MuonConfig)
    moments = 4 * (2 * num_params - (matrices if is_muon else 0))
    rows = config.micro_batch_rows or config.batch_rows
    activations = activation_bytes(shape, rows)
    manifest = read_manifest(run_dir / "tokens")
    checkpoint = weights + moments
    tokens_per_s, device = _probe(shape, config) if has_probe else (None, None)
    return Plan(
        num_params=num_params,
        num_params_non_embedding=matrices,
        flops_per_token=shape.flops_per_token(),
        train_tokens=train_tokens,
        corpus_tokens=int(manifest.counts["trained"]) if manifest else None,
        total_flops=float(shape.flops_per_token()) * train_tokens,
        weights_bytes=weights,
        gradients_bytes=weights,
        optimizer_bytes=moments,
        activation_bytes=activations,
        memory_bytes=BASE_MEMORY_BYTES + 2 * weights + moments + activations,
        disk_bytes=(config.keep_checkpoints + 1) * checkpoint + weights,
        probe_tokens_per_s=tokens_per_s,
        train_s=train_tokens / tokens_per_s if tokens_per_s else None,
        device=device,
        notes=derived.notes,
    )


def activation_bytes(shape: ModelShape, rows: int) -> int:
    """Bytes that the backward pass of `rows` rows needs, in float32.

    Counted tensor by tensor: what each block keeps for its gradient, the final hidden states, and
    the blocks of scores that the fused loss works on, which are bounded whatever the vocabulary.
    Of models that are no Transformers: their states and gates, to the nearest factor of two.
    """
    tokens = rows * shape.max_seq_len
    if not isinstance(shape, TransformerConfig):
        return 4 * tokens * (_STATES_PER_WIDTH * shape.d_model) + LOSS_BLOCK_BYTES
    heads = shape.num_heads * shape.head_dim
    kept_by_attention = 6 * shape.d_model + 8 * heads
    active = max(1, shape.num_active_experts)
    kept_by_mlp = 4 * shape.d_model + (3 if shape.mlp == "plain" else 5) * shape.d_ff * active
    layers = shape.num_layers + shape.num_decoder_layers
    kept = layers * (kept_by_attention + kept_by_mlp) + 4 * shape.d_model
    return 4 * tokens * kept + LOSS_BLOCK_BYTES


def format_plan(plan: Plan) -> str:
    """The estimate as lines for a terminal."""
    lines = [
        *(f"  model.{note}" for note in plan.notes),
        _row(
            t("parameters"),
            f"{plan.num_params:,}",
            t("{count:,} without embeddings", count=plan.num_params_non_embedding),
        ),
        _row(
            t("FLOPs"),
            f"{plan.total_flops:.2e}",
            t("{count:,} a token, forward and backward", count=plan.flops_per_token),
        ),
        _row(t("tokens"), f"{plan.train_tokens:,}", _epochs(plan)),
        _row(
            t("memory"),
            _mib(plan.memory_bytes),
            t(
                "weights {w}, gradients {g}, optimiser {o}, activations {a}, libraries {b}",
                w=_mib(plan.weights_bytes),
                g=_mib(plan.gradients_bytes),
                o=_mib(plan.optimizer_bytes),
                a=_mib(plan.activation_bytes),
                b=_mib(BASE_MEMORY_BYTES),
            ),
        ),
        _row(t("disk"), _mib(plan.disk_bytes), t("checkpoints and the model folder")),
    ]
    if plan.train_s is not None and plan.probe_tokens_per_s is not None:
        lines.append(
            _row(
                t("time"),
                format_duration(plan.train_s),
                t(
                    "{speed:,.0f} tokens/s in a probe of {steps} steps on {device}",
                    speed=plan.probe_tokens_per_s,
                    steps=PROBE_STEPS,
                    device=plan.device,
                ),
            )
        )
    return "\n".join(lines)


def _probe(shape: ModelShape, config: PretrainConfig) -> tuple[float, str]:
    """Tokens per second of real optimiser steps on random tokens, and the device's name."""
    from yanmo.core.device import choose_device, choose_dtype, device_name
    from yanmo.models.build import build_model
    from yanmo.parallel.execution import SingleProcess
    from yanmo.training.objective_choice import objective_of
    from yanmo.training.objectives.build import build_probe
    from yanmo.training.optimizers import build_optimizer
    from yanmo.training.step import TrainingStep

    rows = config.micro_batch_rows or config.batch_rows
    objective, batch = build_probe(
        objective_of(shape.family, config),
        config,
        vocab_size=shape.vocab_size,
        num_rows=rows,
        num_tokens=shape.max_seq_len,
    )
    device = choose_device(config.device)
    model = build_model(shape, device, config.seed)
    step = TrainingStep(
        SingleProcess(model),
        objective,
        build_optimizer(model, config.optimizer),
        config,
        device=device,
        dtype=choose_dtype(config.precision, device),
    )
    batches = [batch] * (config.batch_rows // rows)
    durations = []
    for index in range(PROBE_STEPS + 1):
        began_at = time.perf_counter()
        step.run(index, batches)
        durations.append(time.perf_counter() - began_at)
    median_s = sorted(durations[1:])[PROBE_STEPS // 2]  # the first step also warms up
    return config.batch_rows * shape.max_seq_len / median_s, device_name(device)


def _epochs(plan: Plan) -> str:
    if plan.corpus_tokens is None:
        return t("the corpus has not been encoded yet")
    return t(
        "{epochs:.1f} times through the train split", epochs=plan.train_tokens / plan.corpus_tokens
    )


def _row(name: str, value: str, note: str) -> str:
    return f"{pad_right(name, 12)} {value:>16}  {note}"


def _mib(size: float) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 10 * 2**30 else f"{size / 2**20:,.0f} MiB"
