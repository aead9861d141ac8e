"""The section `[finetune.NAME]` of a recipe: what the tuning is told, and what other floors add.

Loaded by every command, therefore free of numpy and torch.
"""

from __future__ import annotations

from yanmo.corpus.augmentation.config import AugmentationConfig
from yanmo.finetuning.config import FinetuneConfig
from yanmo.pipeline.measure.section import TaskEvaluationConfig


class FinetuneSection(FinetuneConfig):
    """One fine-tuning."""

    augment: AugmentationConfig | None = None
    """Change training texts a little every time they are read; never when unset."""
    evaluate: TaskEvaluationConfig = TaskEvaluationConfig()
    """What is measured at its end."""
