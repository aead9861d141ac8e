"""The section `[finetune.NAME]` of a recipe: what the tuning is told, and what other floors add.

Loaded by every command, therefore free of numpy and torch.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config
from yanmo.corpus.augmentation.config import AugmentationConfig
from yanmo.finetuning.config import FinetuneConfig


class TaskEvaluationConfig(Config):
    """What is measured of a tuned model, and beside what."""

    split: Literal["validation", "test"] = "test"
    """Which examples; every opening of a test split is recorded in the run."""
    max_examples: int | None = Field(default=None, ge=1)
    """The first so many examples; all of them when unset."""
    has_baselines: bool = True
    """Measure what a sceptic would ask for beside the model: the most frequent class, words counted
    (TF-IDF with logistic regression), the first sentence, a glossary, by the kind of task."""
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
