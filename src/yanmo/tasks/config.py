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
from yanmo.tasks.kinds.conversations import ConversationsConfig
from yanmo.tasks.kinds.entities import EntitiesConfig
from yanmo.tasks.kinds.keywords import KeywordsConfig
from yanmo.tasks.kinds.preferences import PreferencesConfig
from yanmo.tasks.kinds.questions import QuestionsConfig
from yanmo.tasks.kinds.similarity import SimilarityConfig
from yanmo.tasks.kinds.speech import SpeechConfig
from yanmo.tasks.kinds.summarisation import SummarisationConfig
from yanmo.tasks.kinds.text import TextConfig
from yanmo.tasks.kinds.translation import TranslationConfig

TaskConfig = Annotated[
    ChoicesConfig
    | ClassificationConfig
    | ConversationsConfig
    | EntitiesConfig
    | KeywordsConfig
    | PreferencesConfig
    | QuestionsConfig
    | SimilarityConfig
    | SpeechConfig
    | SummarisationConfig
    | TextConfig
    | TranslationConfig,
    Field(discriminator="kind"),
]
"""The section of one task, of any kind."""
