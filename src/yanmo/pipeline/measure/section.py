"""The section `[measure.NAME]` of a recipe, and what every measuring of a model on a task is told.

Loaded by every command, therefore free of numpy and torch.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from yanmo.core.config import Config
from yanmo.core.device import DeviceName
from yanmo.evaluation.prompting.config import PromptConfig
from yanmo.finetuning.config import PRETRAINED
from yanmo.tokens.length_config import LengthConfig


class RobustnessConfig(Config):
    """What noise does to a model: curves, and the smallest edits that turn a prediction wrong."""

    strengths: tuple[Annotated[float, Field(gt=0, le=1)], ...] = (0.05, 0.1, 0.15, 0.2, 0.3)
    """Shares of characters or words that are changed."""
    max_examples: int | None = Field(default=300, ge=1)
    """So many examples, drawn evenly, are measured; all of them when none."""
    max_flip_examples: int = Field(default=30, ge=0)
    """So many are searched for the smallest edit that turns a right prediction wrong; 0 leaves the
    search out."""


class TaskEvaluationConfig(Config):
    """What is measured of a tuned model, and beside what."""

    split: Literal["validation", "test"] = "test"
    """Which examples; every opening of a test split is recorded in the run."""
    max_examples: int | None = Field(default=None, ge=1)
    """The first so many examples; all of them when unset."""
    has_baselines: bool = True
    """Measure what a sceptic would ask for beside the model: the most frequent class, words counted
    (TF-IDF with logistic regression), the first sentence, a glossary, by the kind of task."""
    has_contamination: bool = True
    """Look for every example in what was learned from: the training examples, and the corpus where
    this run has one; figures are given with and without those that were found."""
    robustness: RobustnessConfig | None = None
    """Measure under noise of several kinds too; not measured when unset."""
    num_beams: int = Field(default=4, ge=1)
    """Candidates that are kept while a target is written; of translation and summarisation."""
    max_new_tokens: int | None = Field(default=None, ge=1)
    """Longest target in tokens; what the model can write when unset."""


class MeasureSection(TaskEvaluationConfig):
    """A model as it is, measured on tasks that it need not have been tuned for."""

    task: str | list[str] | None = None
    """Which of the recipe's `[tasks.NAME]`; the task of the section's own name when unset."""
    model: str = PRETRAINED
    """`pretrain` for the model of this recipe, `finetune/NAME` for a tuned one, or a folder."""
    others: dict[str, str] = Field(default_factory=dict)
    """More models by name, in the same form: all are measured on all tasks, as a matrix."""
    length: LengthConfig = LengthConfig()
    """How long rows are, and what becomes of longer texts."""
    device: DeviceName = "auto"
    """`cpu`, `cuda`, `mps`, or `auto`: a GPU where there is one."""

    def task_names(self, section: str) -> list[str]:
        """The tasks that the section called `section` measures on."""
        if self.task is None:
            return [section]
        return [self.task] if isinstance(self.task, str) else list(self.task)


class PromptSection(PromptConfig):
    """A model asked to do a task by words alone; it is not tuned."""

    task: str | None = None
    """Which of the recipe's `[tasks.NAME]`; the task of the section's own name when unset."""
    model: str = PRETRAINED
    """`pretrain` for the model of this recipe, `finetune/NAME` for a tuned one, or a folder."""
    has_baselines: bool = True
    """Measure what a sceptic would ask for beside the model."""
    device: DeviceName = "auto"
    """`cpu`, `cuda`, `mps`, or `auto`: a GPU where there is one."""

    def task_names(self, section: str) -> list[str]:
        """The task that the section called `section` asks for."""
        return [self.task or section]
