"""The section `[finetune.NAME]` of a recipe: what the tuning is told, and what other floors add.

Loaded by every command, therefore free of numpy and torch.
"""

from __future__ import annotations

from yanmo.corpus.augmentation.config import AugmentationConfig
from yanmo.finetuning.config import FinetuneConfig
from yanmo.pipeline.measure.section import TaskEvaluationConfig


class ExampleAugmentation(AugmentationConfig):
    """How training examples are changed while they are read."""

    synonyms_from: str | None = None
    """Folder of word vectors, or of a run that learned some: one more operator puts words of a
    similar sense in the place of others. None leaves it out."""


class FinetuneSection(FinetuneConfig):
    """One fine-tuning."""

    augment: ExampleAugmentation | None = None
    """Change training texts a little every time they are read; never when unset."""
    evaluate: TaskEvaluationConfig = TaskEvaluationConfig()
    """What is measured at its end."""
