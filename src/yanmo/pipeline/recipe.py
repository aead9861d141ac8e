"""The recipe: one file that describes a whole life, each section read by its stage."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from yanmo.core.config import Config
from yanmo.core.messages import listed, t
from yanmo.core.suggest import closest
from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.gate.config import GateConfig
from yanmo.evaluation.config import EvaluateConfig
from yanmo.finetuning.config import PRETRAINED, SCRATCH, TUNED
from yanmo.models.config import RECURRENT_FAMILIES, ModelConfig
from yanmo.models.word_vectors.config import WordVectorsConfig
from yanmo.parallel.config import ParallelConfig
from yanmo.pipeline.finetune.section import FinetuneSection
from yanmo.pipeline.measure.section import MeasureSection, PromptSection
from yanmo.tasks.config import TaskConfig
from yanmo.tokens.config import TokenizerConfig, TokensConfig
from yanmo.training.config import PretrainConfig
from yanmo.training.objective_choice import check_objective

OWN_VECTORS = "word_vectors"
"""As `model.initial_embedding`: the vectors that this recipe itself learns."""
MAX_NAME_BYTES = 200
"""Longest name of a run; file systems take 255 bytes."""


class Recipe(Config):
    """Raw text to a measured language model. Every section may be left out: it has defaults."""

    name: str = "run"
    """Name of the run; its folder is `runs/NAME` unless `--out` says otherwise."""
    corpus: CorpusConfig = CorpusConfig()
    """Raw sources to clean documents."""
    gate: GateConfig = GateConfig()
    """What the corpus must be like before a model is trained on it."""
    tokenizer: TokenizerConfig = TokenizerConfig()
    """The vocabulary, learned from the corpus."""
    tokens: TokensConfig = TokensConfig()
    """Documents to token shards."""
    word_vectors: WordVectorsConfig | None = None
    """Vectors of words, learned from the corpus; without this section none are."""
    model: ModelConfig = ModelConfig()
    """The shape of the model."""
    pretrain: PretrainConfig = PretrainConfig()
    """Training from scratch."""
    parallel: ParallelConfig = ParallelConfig()
    """How many processes train the model, and how they share it."""
    evaluate: EvaluateConfig = EvaluateConfig()
    """Measuring on documents that training never saw."""
    tasks: dict[str, TaskConfig] = Field(default_factory=dict)
    """Tasks by name: which data, of which kind."""
    finetune: dict[str, FinetuneSection] = Field(default_factory=dict)
    """Fine-tunings by name: what is learned, from which model on."""
    measure: dict[str, MeasureSection] = Field(default_factory=dict)
    """Measurements by name: models as they are, on tasks that they need not have learned."""
    prompt: dict[str, PromptSection] = Field(default_factory=dict)
    """Promptings by name: a model asked by words alone, with examples or without."""

    @field_validator("name")
    @classmethod
    def _name_is_one_folder(cls, name: str) -> str:
        _require_folder_name(name)
        return name

    @model_validator(mode="after")
    def _tasks_are_there(self) -> Self:
        named = [
            *((f"finetune.{name}", one.task_names(name)) for name, one in self.finetune.items()),
            *((f"measure.{name}", one.task_names(name)) for name, one in self.measure.items()),
            *((f"prompt.{name}", one.task_names(name)) for name, one in self.prompt.items()),
        ]
        for where, tasks in named:
            _require_folder_name(where.partition(".")[2])
            for task in tasks:
                if task not in self.tasks:
                    raise ValueError(_unknown_task(where, task, [*self.tasks]))
        earlier: list[str] = []
        for name, section in self.finetune.items():
            base = section.init_from
            if base.startswith(TUNED) and base.removeprefix(TUNED) not in earlier:
                raise ValueError(
                    t(
                        'finetune.{name} begins with "{base}", and no section before it is called'
                        " so; before it there are: {known}",
                        name=name,
                        base=base,
                        known=listed(earlier) or "-",
                    )
                )
            earlier.append(name)
        return self

    @property
    def needs_pretraining(self) -> bool:
        """Whether a model is trained from the corpus: always, unless all that this recipe does is
        to tune models from elsewhere."""
        begun = {section.init_from for section in self.finetune.values()}
        for section in self.measure.values():
            begun |= {section.model, *section.others.values()}
        begun |= {section.model for section in self.prompt.values()}
        return not begun or PRETRAINED in begun

    def begins_as_model(self, name: str) -> bool:
        """Whether the fine-tuning `name` begins with random weights in the shape of the section
        `model`."""
        section = self.finetune[name]
        is_hearing = {self.tasks[task].kind for task in section.task_names(name)} == {"speech"}
        return section.init_from == SCRATCH and section.scratch is None and not is_hearing

    @property
    def reads_own_vectors(self) -> bool:
        """Whether a fine-tuning begins with the word vectors that this recipe learns."""
        is_named = self.model.initial_embedding == OWN_VECTORS
        return is_named and any(self.begins_as_model(name) for name in self.finetune)

    @model_validator(mode="after")
    def _stride_fits_the_context(self) -> Self:
        stride, context = self.evaluate.stride_tokens, self.model.max_seq_len
        if stride is not None and stride > context:
            raise ValueError(
                t(
                    "evaluate.stride_tokens = {stride} is more than the context,"
                    " model.max_seq_len = {context}",
                    stride=stride,
                    context=context,
                )
            )
        return self

    @model_validator(mode="after")
    def _objective_fits_the_model(self) -> Self:
        check_objective(
            self.model.family,
            self.pretrain,
            num_sentinels=self.tokenizer.num_sentinels,
            max_seq_len=self.model.max_seq_len,
        )
        if self.model.initial_embedding == OWN_VECTORS and self.word_vectors is None:
            raise ValueError(
                t(
                    'model.initial_embedding = "word_vectors" means the vectors that this recipe'
                    " learns, and it has no section [word_vectors]"
                )
            )
        if self.model.initial_embedding is not None and self.pretrain.init_from is not None:
            raise ValueError(
                t(
                    "model.initial_embedding has no effect with pretrain.init_from, which brings an"
                    " embedding of its own"
                )
            )
        is_spread_gradient = self.parallel.pipeline > 1 or self.parallel.local_sgd is not None
        if self.pretrain.noise_scale_every is not None and is_spread_gradient:
            raise ValueError(
                t(
                    "pretrain.noise_scale_every needs gradients of parts of a batch: it goes with"
                    " neither parallel.pipeline nor parallel.local_sgd"
                )
            )
        is_contiguous = self.pretrain.row_order == "contiguous"
        if is_contiguous and self.model.family not in RECURRENT_FAMILIES:
            raise ValueError(
                t(
                    'pretrain.row_order = "contiguous" carries the state of a recurrent model;'
                    ' model.family = "{family}" has none',
                    family=self.model.family,
                )
            )
        return self


def _unknown_task(where: str, task: str, known: list[str]) -> str:
    message = t(
        "{where} names the task {task!r}, and there is no section [tasks.{task}]; there are:"
        " {known}",
        where=where,
        task=task,
        known=listed(known) or "-",
    )
    nearest = closest(task, known)
    if nearest is None:
        return message
    return t("{message}, did you mean {suggestion}?", message=message, suggestion=nearest)


def _require_folder_name(name: str) -> None:
    is_folder = name not in ("", ".", "..") and not set(name) & set("/\\\0")
    if not is_folder or len(name.encode()) > MAX_NAME_BYTES:
        raise ValueError(t("{name!r} cannot be the name of a folder", name=name[:MAX_NAME_BYTES]))


def shipped_recipes() -> dict[str, Path]:
    """The recipes that come with yanmo, by name; those of a folder are called `apps/sentiment`."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "recipes", package.parent.parent / "recipes"):
        if folder.is_dir():
            paths = [*sorted(folder.glob("*.toml")), *sorted(folder.glob("*/*.toml"))]
            return {path.relative_to(folder).with_suffix("").as_posix(): path for path in paths}
    return {}
