"""The section `[finetune.NAME]` of a recipe: what the tuning is told, and what other floors add.

Loaded by every command, therefore free of numpy and torch.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config
from yanmo.corpus.augmentation.config import AugmentationConfig
from yanmo.finetuning.config import FinetuneConfig


class RobustnessConfig(Config):
    """What noise does to a model: curves, and the smallest edits that turn a prediction wrong."""

    strengths: tuple[float, ...] = (0.05, 0.1, 0.15, 0.2, 0.3)
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


class FinetuneSection(FinetuneConfig):
    """One fine-tuning."""

    augment: AugmentationConfig | None = None
    """Change training texts a little every time they are read; never when unset."""
    evaluate: TaskEvaluationConfig = TaskEvaluationConfig()
    """What is measured at its end."""
