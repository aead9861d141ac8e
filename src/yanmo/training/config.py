"""The `pretrain` section of a recipe: how long, how big a batch, which optimiser and schedule."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.device import DeviceName, Precision
from yanmo.core.messages import t
from yanmo.training.objective_config import (
    SECTIONS,
    BlankInfillingConfig,
    InfillingConfig,
    MaskedConfig,
    ObjectiveName,
    Seq2SeqConfig,
    SpanCorruptionConfig,
)


class AdamWConfig(Config):
    """AdamW (Loshchilov & Hutter 2019) for every parameter."""

    name: Literal["adamw"] = "adamw"
    """Which optimiser."""
    learning_rate: float = Field(default=1e-3, gt=0.0)
    """Peak learning rate."""
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    """Decay of the mean of gradients."""
    beta2: float = Field(default=0.95, ge=0.0, lt=1.0)
    """Decay of the mean of squared gradients."""
    eps: float = Field(default=1e-8, gt=0.0)
    """Added to the root of the second moment."""
    weight_decay: float = Field(default=0.1, ge=0.0)
    """Decoupled decay of matrices; norms, biases and embeddings are never decayed."""


class MuonConfig(Config):
    """Muon (Jordan et al. 2024) for the linear layers of the blocks, AdamW for everything else."""

    name: Literal["muon"] = "muon"
    """Which optimiser."""
    learning_rate: float = Field(default=0.02, gt=0.0)
    """Peak learning rate of the matrices."""
    momentum: float = Field(default=0.95, ge=0.0, lt=1.0)
    """Nesterov momentum of the matrices."""
    weight_decay: float = Field(default=0.1, ge=0.0)
    """Decoupled decay of matrices; norms, biases and embeddings are never decayed."""
    newton_schulz_steps: int = Field(default=5, ge=1, le=20)
    """Iterations that orthogonalise an update."""
    adamw_learning_rate: float = Field(default=3e-3, gt=0.0)
    """Peak learning rate of the rest: embeddings, norms, biases, recurrent weights, heads."""
    beta1: float = Field(default=0.9, ge=0.0, lt=1.0)
    """AdamW's decay of the mean of gradients."""
    beta2: float = Field(default=0.95, ge=0.0, lt=1.0)
    """AdamW's decay of the mean of squared gradients."""
    eps: float = Field(default=1e-8, gt=0.0)
    """AdamW's addition to the root of the second moment."""


class ScheduleConfig(Config):
    """Learning rate over the run: linear warm-up, then one of three shapes."""

    name: Literal["cosine", "linear", "warmup_stable_decay"] = "warmup_stable_decay"
    """`cosine`, `linear`, or `warmup_stable_decay` (constant, then linear decay at the end)."""
    warmup_steps: int = Field(default=20, ge=0)
    """Steps from zero to the peak."""
    final_frac: float = Field(default=0.0, ge=0.0, le=1.0)
    """Learning rate at the last step, as a fraction of the peak."""
    decay_frac: float = Field(default=0.4, gt=0.0, le=1.0)
    """Fraction of the run that decays; `warmup_stable_decay` only."""


class PretrainConfig(Config):
    """Pre-training from scratch on the token shards."""

    objective: ObjectiveName | None = None
    """What is learned: `causal` (the next token), `masked` (hidden tokens), `span_corruption`
    (spans that were cut out), `blank_infilling` (spans, from a text that is seen whole), `prefix`
    (the next token after a beginning that is seen whole), `infilling` (a middle too) or `seq2seq`
    (a target from a source). What the model's family is made for when unset."""
    masked: MaskedConfig | None = None
    """Numbers of `masked`; its defaults when unset."""
    span_corruption: SpanCorruptionConfig | None = None
    """Numbers of `span_corruption`; its defaults when unset."""
    blank_infilling: BlankInfillingConfig | None = None
    """Numbers of `blank_infilling`; its defaults when unset."""
    infilling: InfillingConfig | None = None
    """Numbers of `infilling`; its defaults when unset."""
    seq2seq: Seq2SeqConfig | None = None
    """Numbers of `seq2seq`; its defaults when unset."""
    steps: int = Field(default=300, ge=1)
    """Optimiser steps."""
    row_order: Literal["shuffled", "contiguous"] = "shuffled"
    """`shuffled`: every pass over the rows is a permutation of its own. `contiguous`: row b of a
    step goes on where row b of the step before stopped, and a recurrent model carries its state
    on (truncated back-propagation through time)."""
    batch_rows: int = Field(default=16, ge=1)
    """Rows of a global batch; a row is `model.max_seq_len` tokens."""
    micro_batch_rows: int | None = Field(default=None, ge=1)
    """Rows that go through the model at once; gradients are accumulated over the batch. The whole
    batch when unset. Changing it changes memory and speed, and the result only by rounding."""
    seed: int = Field(default=0, ge=0)
    """Decides initial weights, data order and dropout."""
    optimizer: Annotated[MuonConfig | AdamWConfig, Field(discriminator="name")] = MuonConfig()
    """The optimiser and its numbers."""
    schedule: ScheduleConfig = ScheduleConfig()
    """The learning rate over the run."""
    max_grad_norm: float | None = Field(default=1.0, gt=0.0)
    """Gradients are scaled down to this norm; None turns clipping off."""
    device: DeviceName = "auto"
    """`cpu`, `cuda`, `mps`, or `auto`: a GPU where there is one."""
    precision: Precision = "auto"
    """`float32`, `bfloat16` (autocast), or `auto`: bfloat16 where the processor computes in it."""
    compile: bool = False
    """Compile the model with torch.compile; where that fails, say so and go on without."""
    validate_every: int = Field(default=50, ge=1)
    """Steps between validations; the last step is always validated."""
    validation_rows: int | None = Field(default=None, ge=1)
    """Rows of the validation split that are used; all of them when unset."""
    checkpoint_every: int = Field(default=50, ge=1)
    """Steps between checkpoints; the last step is always saved."""
    keep_checkpoints: int = Field(default=2, ge=1)
    """Checkpoints kept; older ones are removed once a newer one is safe."""
    sample_every: int | None = Field(default=50, ge=1)
    """Steps between samples of text; None writes none."""
    sample_prompts: list[str] | None = None
    """Prompts that are continued; the empty one starts a document. When unset, the beginnings of
    two held-out documents and the empty prompt."""
    sample_tokens: int = Field(default=60, ge=1)
    """Length of a sample, in tokens."""

    @model_validator(mode="after")
    def _check_sections(self) -> Self:
        for section in SECTIONS:
            is_given = getattr(self, section) is not None
            if is_given and self.objective not in (None, section):
                raise ValueError(
                    t(
                        'pretrain.{section} has no effect: the objective is "{objective}"',
                        section=section,
                        objective=self.objective,
                    )
                )
        return self

    @model_validator(mode="after")
    def _check_batch(self) -> Self:
        if self.micro_batch_rows is not None and self.batch_rows % self.micro_batch_rows:
            raise ValueError(
                t(
                    "batch_rows = {batch} is not a multiple of micro_batch_rows = {micro}",
                    batch=self.batch_rows,
                    micro=self.micro_batch_rows,
                )
            )
        if self.schedule.warmup_steps >= self.steps:
            raise ValueError(
                t(
                    "schedule.warmup_steps = {warmup} leaves none of the {steps} steps; lower it,"
                    " or raise steps",
                    warmup=self.schedule.warmup_steps,
                    steps=self.steps,
                )
            )
        return self


FIELDS_WITHOUT_EFFECT = (
    "micro_batch_rows",
    "validate_every",
    "validation_rows",
    "checkpoint_every",
    "keep_checkpoints",
    "sample_every",
    "sample_prompts",
    "sample_tokens",
)
"""Fields that do not change what is learned: an unfinished run goes on under other values."""
