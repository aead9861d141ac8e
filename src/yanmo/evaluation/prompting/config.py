"""The section `[prompt.NAME]` of a recipe: how a task is put to a model as text."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yanmo.core.config import Config
from yanmo.tasks.task import Split

PromptLanguage = Literal["en", "zh"]
PromptNormalisation = Literal["sum", "tokens", "characters", "bytes", "baseline"]


class PromptConfig(Config):
    """Prompting: a model is asked, with examples in the prompt or without, and not tuned."""

    num_examples: int = Field(default=0, ge=0)
    """Solved examples in the prompt; 0 is zero-shot."""
    num_draws: int = Field(default=10, ge=1, le=1000)
    """How often other examples are drawn; the figure is the mean over draws, with an interval.
    Without examples there is nothing to draw, and one run."""
    language: PromptLanguage | None = None
    """Language of the template. Derived: that of the task, where there is a template in it."""
    seed: int = Field(default=0, ge=0)
    """Decides which examples are drawn, and which items are left out by `max_items`."""
    split: Split = "test"
    """What is measured on."""
    examples_split: Split = "train"
    """What examples are drawn from; another one than `split`."""
    max_items: int | None = Field(default=None, ge=1)
    """The most items measured on; an even sample by `seed`."""
    instruction: str | None = None
    """What stands above everything; empty for nothing. Derived: a sentence that says what is asked
    for, in the language of the template."""
    verbalisers: dict[str, str] = Field(default_factory=dict)
    """Words that stand for labels, such as `{ positive = "good" }`. Derived: usual ones for usual
    labels, else the label itself."""
    normalisation: PromptNormalisation | None = None
    """How log-probabilities of labels and choices are made comparable: as they are (`sum`), for
    each token, character or byte, or `baseline`: how much more probable a choice becomes by what is
    asked (Holtzman et al. 2021, PMI with a domain premise). Derived: `characters` for
    choices, else `sum`."""
    max_new_tokens: int = Field(default=64, ge=1)
    """Longest answer of a task whose answers are written."""
    batch_rows: int = Field(default=16, ge=1)
    """Prompts that go through the model at once."""
