"""The `pretrain` section of a recipe, and what every training section shares: how long, how big a
batch, which optimiser and schedule."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.device import DeviceName, Precision
from yanmo.core.messages import t
from yanmo.training.guards_config import GuardsConfig
from yanmo.training.length import problems_of_length
from yanmo.training.objective_config import (
    SECTIONS,
    BlankInfillingConfig,
    InfillingConfig,
    MaskedConfig,
    ObjectiveName,
    Seq2SeqConfig,
    SpanCorruptionConfig,
)
from yanmo.training.optimizer_config import (
    AdafactorConfig,
    AdamConfig,
    AdamWConfig,
    LionConfig,
    MuonConfig,
    OptimizerSection,
    SGDConfig,
)
from yanmo.training.schedule_config import BatchWarmupConfig, EarlyStoppingConfig, ScheduleConfig

__all__ = [
    "FIELDS_WITHOUT_EFFECT",
    "AdafactorConfig",
    "AdamConfig",
    "AdamWConfig",
    "BatchWarmupConfig",
    "EarlyStoppingConfig",
    "LionConfig",
    "MuonConfig",
    "PretrainConfig",
    "SGDConfig",
    "ScheduleConfig",
    "TrainingConfig",
    "fields_without_effect",
]


class TrainingConfig(Config):
    """What the trainer is told, whatever it trains on."""

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
    optimizer: OptimizerSection = MuonConfig()
    """The optimiser and its numbers."""
    schedule: ScheduleConfig = ScheduleConfig()
    """The learning rate over the run."""
    batch_warmup: BatchWarmupConfig | None = None
    """How the batch grows at the beginning; it has `batch_rows` from the first step when unset."""
    l1_penalty: float = Field(default=0.0, ge=0.0)
    """Times the sum of the absolute weights of matrices, added to what is minimised, not to the
    loss that is shown; makes weights exactly zero."""
    l2_penalty: float = Field(default=0.0, ge=0.0)
    """Times the sum of the squared weights of matrices, added to what is minimised, not to the loss
    that is shown."""
    ema_decay: float | None = Field(default=None, gt=0.0, lt=1.0)
    """Keep an exponential moving average of the weights that forgets at this rate, 0.999 say;
    validation, samples and the model folder then take the average. None keeps none."""
    early_stopping: EarlyStoppingConfig | None = None
    """When to stop before the last step, and keep the best weights; never when unset."""
    max_grad_norm: float | None = Field(default=1.0, gt=0.0)
    """Gradients are scaled down to this norm; None turns clipping off."""
    guards: GuardsConfig = GuardsConfig()
    """What the run watches for, and when it skips a step or stops."""
    device: DeviceName = "auto"
    """`cpu`, `cuda`, `mps`, or `auto`: a GPU where there is one."""
    precision: Precision = "auto"
    """`float32`, `bfloat16` (autocast), or `auto`: bfloat16 where the processor computes in it."""
    compile: bool | Literal["auto"] = False
    """Compile the model with torch.compile; where that fails, say so and go on without. `auto`
    compiles where the run is long enough to win more seconds than that takes."""
    validate_every: int = Field(default=50, ge=1)
    """Steps between validations; the last step is always validated."""
    validation_rows: int | None = Field(default=None, ge=1)
    """Rows of the validation split that are used; all of them when unset."""
    noise_scale_every: int | None = Field(default=None, ge=1)
    """Steps between measurements of the gradient noise scale, from which follows how large a batch
    pays; each costs about one step. None measures none."""
    checkpoint_every: int = Field(default=50, ge=1)
    """Steps between checkpoints; the last step is always saved."""
    keep_checkpoints: int = Field(default=2, ge=1)
    """Checkpoints kept; older ones are removed once a newer one is safe."""
    keep_every: int | None = Field(default=None, ge=1)
    """Checkpoints of a step that this divides are kept for good; None for none."""
    keep_best_checkpoint: bool = False
    """Keep the checkpoint of the lowest validation loss too, however old it is."""
    async_checkpoints: bool = False
    """Go on training while a checkpoint is written, from a copy in memory; an error of the disk
    then stops the run some steps later."""
    sample_every: int | None = Field(default=50, ge=1)
    """Steps between samples of text; None writes none."""

    @property
    def has_known_length(self) -> bool:
        """Whether `steps` says how long training is, before the data are seen."""
        return True

    @model_validator(mode="after")
    def _check_batch_warmup(self) -> Self:
        warmup = self.batch_warmup
        if warmup is None:
            return self
        rows, start, micro = self.batch_rows, warmup.start_rows, self.micro_batch_rows or 1
        if rows % start or rows == start or start % micro:
            raise ValueError(
                t(
                    "batch_warmup.start_rows = {start} must be a divisor of batch_rows = {rows},"
                    " smaller than it, and a multiple of micro_batch_rows = {micro}",
                    start=start,
                    rows=rows,
                    micro=micro,
                )
            )
        if self.row_order == "contiguous":
            raise ValueError(
                t(
                    'batch_warmup has no place in row_order = "contiguous": every row of a batch'
                    " goes on where the one before it stopped"
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
        return self

    @model_validator(mode="after")
    def _check_length(self) -> Self:
        problems = list(problems_of_length(self)) if self.has_known_length else []
        if problems:
            raise ValueError(t("; ").join(problems))
        return self


class PretrainConfig(TrainingConfig):
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
    init_from: str | None = None
    """Folder of a model, such as `runs/NAME/pretrain/model`, whose weights training begins with;
    its tokenizer (see `tokenizer.take_from`) and its shape must be the recipe's. None begins with
    random weights."""
    forgetting: str | None = None
    """Folder of a run whose validation split is measured at every validation: with `init_from`, the
    text of the old domain, which training on new text forgets. None measures none."""
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


FIELDS_WITHOUT_EFFECT = (
    "guards",  # a run that they stopped goes on under others
    "micro_batch_rows",
    "validate_every",
    "validation_rows",
    "checkpoint_every",
    "keep_checkpoints",
    "keep_every",
    "keep_best_checkpoint",
    "async_checkpoints",
    "sample_every",
    "sample_prompts",
    "sample_tokens",
    "noise_scale_every",
)
"""Fields that do not change what is learned: an unfinished run goes on under other values."""


def fields_without_effect(config: TrainingConfig) -> set[str]:
    """Fields of `config` that do not change what is learned. Where validations decide something,
    when and on what they are made does."""
    fields = set(FIELDS_WITHOUT_EFFECT)
    if config.early_stopping is not None or config.schedule.name == "plateau":
        fields -= {"validate_every", "validation_rows"}
    return fields
