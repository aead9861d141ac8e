"""One section `[tasks.NAME]` of a recipe: the union of all kinds of tasks, told apart by `kind`.

To add a kind: write `tasks/kinds/KIND.py` with a configuration class that inherits `FilesConfig`,
has `kind: Literal["KIND"]` and a method `open(name, base_dir) -> Task`, and name the class in
`TaskConfig`. That is all; `open_task` asks the configuration to open itself.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from yanmo.tasks.kinds.choices import ChoicesConfig
from yanmo.tasks.kinds.classification import ClassificationConfig
from yanmo.tasks.kinds.entities import EntitiesConfig
from yanmo.tasks.kinds.keywords import KeywordsConfig
from yanmo.tasks.kinds.similarity import SimilarityConfig
from yanmo.tasks.kinds.text import TextConfig

TaskConfig = Annotated[
    ChoicesConfig
    | ClassificationConfig
    | EntitiesConfig
    | KeywordsConfig
    | SimilarityConfig
    | TextConfig,
    Field(discriminator="kind"),
]
"""The section of one task, of any kind."""
