"""The `finetune` sections of a recipe: what a task is learned from, and how.

Loaded by every command, therefore free of numpy and torch.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import t
from yanmo.finetuning.few_shot_config import FewShotConfig
from yanmo.finetuning.instruction_config import InstructionConfig
from yanmo.finetuning.lora_config import LoRAConfig
from yanmo.finetuning.preference_config import PreferenceConfig
from yanmo.models.speech_config import SpeechShape
from yanmo.tokens.length_config import LengthConfig
from yanmo.training.config import (
    AdamWConfig,
    EarlyStoppingConfig,
    ScheduleConfig,
    TrainingConfig,
)
from yanmo.training.guards_config import GuardsConfig
from yanmo.training.objective_config import Seq2SeqConfig
from yanmo.training.optimizer_config import OptimizerSection

PRETRAINED = "pretrain"
"""As `init_from`: the model that the recipe itself trains."""
SCRATCH = "scratch"
"""As `init_from`: random weights, and a vocabulary from the task's own texts."""
TUNED = "finetune/"
"""Begins `init_from` where it names another fine-tuning of the recipe."""
DEFAULT_STEPS = 300
DEFAULT_VALIDATE_EVERY = 50
DEFAULT_WARMUP_STEPS = ScheduleConfig().warmup_steps
DEFAULT_NUM_VALIDATIONS = 10
DEFAULT_WARMUP_FRAC = 0.06


class ScratchConfig(Config):
    """A network that is no language model and begins with random weights: it is trained on the
    task alone."""

    family: Literal["bilstm", "bigru", "text_cnn"] = "bilstm"
    """A recurrent network that reads from both ends, or a convolutional classifier (Kim 2014)."""
    d_model: int = Field(default=128, ge=8)
    """Width of the embedding."""
    d_hidden: int = Field(default=256, ge=8)
    """Width of the states of both directions together; of `bilstm` and `bigru`."""
    num_layers: int = Field(default=1, ge=1, le=16)
    """Recurrent layers; of `bilstm` and `bigru`."""
    num_filters: int = Field(default=100, ge=1)
    """Filters of each width; of `text_cnn`."""
    filter_widths: tuple[int, ...] = (3, 4, 5)
    """Tokens that a filter sees; of `text_cnn`."""
    dropout: float = Field(default=0.5, ge=0.0, lt=1.0)
    """Probability of dropping an element of the embeddings and of the states."""
    initial_embedding: str | None = None
    """Folder of word vectors that the embedding begins with; random numbers when unset."""

    @model_validator(mode="after")
    def _check_family(self) -> Self:
        is_convolution = self.family == "text_cnn"
        unread = ("d_hidden", "num_layers") if is_convolution else ("num_filters", "filter_widths")
        for name in unread:
            if getattr(self, name) != type(self).model_fields[name].default:
                raise ValueError(
                    t('{name} has no effect in family = "{family}"', name=name, family=self.family)
                )
        return self


class FinetuneConfig(TrainingConfig):
    """Learning tasks from examples, beginning with a model that has read text."""

    task: str | list[str] | None = None
    """Which of the recipe's `[tasks.NAME]` is learned; several share one model, a head each. The
    task of the section's own name when unset."""
    init_from: str = PRETRAINED
    """`pretrain` for the model of this recipe, `finetune/NAME` for one that an earlier section has
    tuned, `scratch` for random weights, or the folder of a model, ours or one in the form of
    Hugging Face."""
    scratch: ScratchConfig | None = None
    """With `init_from = "scratch"`: a network made for tasks. The recipe's section [model] when
    unset."""
    speech: SpeechShape | None = None
    """Shape of a network that hears, for tasks of kind `speech` that begin from scratch; its
    defaults when unset."""
    method: Literal["full", "lora", "probe"] = "full"
    """`full` changes all weights, `lora` learns small matrices beside frozen ones (Hu et al. 2021),
    `probe` learns the head alone."""
    lora: LoRAConfig | None = None
    """Numbers of `lora`; its defaults when unset."""
    length: LengthConfig = LengthConfig()
    """How long rows are, and what becomes of longer texts."""
    packing: bool = False
    """Several conversations in a row, none of which sees the others; of instructions alone."""
    epochs: float | None = Field(default=3.0, gt=0.0)
    """Passes over the training examples. None takes `steps`."""
    warmup_frac: float = Field(default=DEFAULT_WARMUP_FRAC, ge=0.0, lt=1.0)
    """Part of the run in which the learning rate rises; with `epochs`."""
    num_validations: int = Field(default=DEFAULT_NUM_VALIDATIONS, ge=1)
    """Validations over the run; with `epochs`."""
    dropout: float | None = Field(default=None, ge=0.0, lt=1.0)
    """Probability of dropping an element inside the model while it is tuned; as the model itself
    says when unset."""
    layer_decay: float = Field(default=1.0, gt=0.0, le=1.0)
    """Learning rate of each layer as a part of that of the layer above it (Howard & Ruder 2018);
    1 is one rate for all."""
    head_rate_factor: float = Field(default=1.0, gt=0.0)
    """Learning rate of the heads as a multiple of that of the highest layer."""
    pooling: Literal["cls", "mean", "max", "pooler", "last"] | None = None
    """How a text becomes one vector; what suits the model when unset."""
    head_dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Probability of dropping an element of what a head reads."""
    has_crf: bool = False
    """Score whole sequences of tags (Lafferty et al. 2001); of entities and keywords."""
    class_weights: Literal["none", "balanced"] = "none"
    """`balanced` weighs each class by how rare it is."""
    resample: Literal["none", "balanced"] = "none"
    """`balanced` repeats examples of rare classes until all classes are as frequent."""
    max_examples: int | None = Field(default=None, ge=1)
    """Take so many training examples, drawn by `seed`, of every class alike where there are
    classes. All of them when unset."""
    few_shot: FewShotConfig | None = None
    """Tune several times on a few examples, and keep the model of the draw that is best on the
    validation split; once on all examples when unset."""
    select_by: Literal["metric", "loss"] = "metric"
    """What decides which weights are best: the task's first metric on the validation split, or the
    validation loss."""
    max_validation_examples: int | None = Field(default=None, ge=1)
    """Examples of the validation split that the metric is measured on; all of them when unset."""
    seq2seq: Seq2SeqConfig | None = None
    """Numbers of learning to write a target, for a model with an encoder and a decoder."""
    instructions: InstructionConfig | None = None
    """What is learned of conversations; its defaults when unset."""
    preference: PreferenceConfig | None = None
    """Numbers of preference tuning; its defaults when unset."""
    optimizer: OptimizerSection = AdamWConfig(learning_rate=5e-4, weight_decay=0.01)
    batch_rows: int = Field(default=32, ge=1)
    schedule: ScheduleConfig = ScheduleConfig(name="linear")
    early_stopping: EarlyStoppingConfig | None = EarlyStoppingConfig(patience=8)
    guards: GuardsConfig = GuardsConfig(max_sigmas=None, max_loss_ratio=None)
    """What training watches for. Batches of a few short texts differ so much that no loss counts as
    a spike unless asked for."""
    checkpoint_every: int = Field(default=200, ge=1)
    sample_every: int | None = Field(default=None, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _steps_instead_of_epochs(cls, values: Any) -> Any:
        if isinstance(values, dict) and "steps" in values and "epochs" not in values:
            return {**values, "epochs": None}
        return values

    @property
    def has_known_length(self) -> bool:
        """Not while it is counted in epochs."""
        return self.epochs is None

    @model_validator(mode="after")
    def _check_one_length(self) -> Self:
        if self.epochs is not None and self.steps != DEFAULT_STEPS:
            raise ValueError(
                t(
                    "epochs = {epochs} and steps = {steps} both say how long training is; set one"
                    " of them to none",
                    epochs=self.epochs,
                    steps=self.steps,
                )
            )
        return self

    @model_validator(mode="after")
    def _check_sections_have_effect(self) -> Self:
        for section, is_read, needed in (
            ("scratch", self.init_from == SCRATCH, 'init_from = "scratch"'),
            ("lora", self.method == "lora", 'method = "lora"'),
        ):
            if getattr(self, section) is not None and not is_read:
                raise ValueError(
                    t(
                        "the section {section} has no effect without {needed}",
                        section=section,
                        needed=needed,
                    )
                )
        if self.init_from == SCRATCH and self.method != "full":
            raise ValueError(
                t(
                    'method = "{method}" leaves random weights as they are: there is nothing to'
                    ' build on with init_from = "scratch"',
                    method=self.method,
                )
            )
        return self

    @model_validator(mode="after")
    def _check_settings_are_read(self) -> Self:
        warmup_steps = self.schedule.warmup_steps
        if self.epochs is not None:
            unit, unread = (
                "epochs",
                (
                    ("validate_every", self.validate_every != DEFAULT_VALIDATE_EVERY),
                    ("schedule.warmup_steps", warmup_steps != DEFAULT_WARMUP_STEPS),
                ),
            )
            instead = "num_validations, warmup_frac"
        else:
            unit, unread = (
                "steps",
                (
                    ("num_validations", self.num_validations != DEFAULT_NUM_VALIDATIONS),
                    ("warmup_frac", self.warmup_frac != DEFAULT_WARMUP_FRAC),
                ),
            )
            instead = "validate_every, schedule.warmup_steps"
        for name, is_set in unread:
            if is_set:
                raise ValueError(
                    t(
                        "{name} has no effect while the length is counted in {unit}: read are"
                        " {instead}",
                        name=name,
                        unit=unit,
                        instead=instead,
                    )
                )
        for name, is_set in (
            ('row_order = "contiguous"', self.row_order == "contiguous"),
            ("sample_every", self.sample_every is not None),
        ):
            if is_set:
                raise ValueError(t("{name} has no effect on learning tasks", name=name))
        if self.few_shot is not None and self.max_examples is not None:
            raise ValueError(t("max_examples has no effect beside few_shot, which says how many"))
        return self

    def task_names(self, section: str) -> list[str]:
        """The tasks that the section called `section` learns."""
        if self.task is None:
            return [section]
        return [self.task] if isinstance(self.task, str) else list(self.task)
