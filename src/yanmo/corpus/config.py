"""The settings of the corpus stage: which sources are read, and what is kept of them.

Comes in: the `[corpus]` section of a recipe. Goes out: frozen models. Knows nothing of how the
sources are read.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from yanmo.core.config import Config
from yanmo.corpus.decontamination.config import DecontaminationConfig
from yanmo.corpus.duplicates.config import DuplicatesConfig
from yanmo.corpus.engine.config import EngineConfig
from yanmo.corpus.folding.config import FoldingConfig
from yanmo.corpus.language.config import LanguageConfig
from yanmo.corpus.mixture.config import MixtureConfig
from yanmo.corpus.privacy.config import PrivacyConfig
from yanmo.corpus.rules.config import RulesConfig
from yanmo.corpus.sources.config import FilesSource, PythonDocsSource
from yanmo.corpus.sources.pairs_config import (
    ConversationsSource,
    ParallelSource,
    QuestionsSource,
    SocialSource,
)
from yanmo.corpus.splits.config import SplitConfig

Source = Annotated[
    PythonDocsSource
    | FilesSource
    | ParallelSource
    | QuestionsSource
    | ConversationsSource
    | SocialSource,
    Field(discriminator="kind"),
]


def _default_sources() -> list[Source]:
    return [PythonDocsSource()]


class CorpusConfig(Config):
    """Everything that decides which documents a corpus holds."""

    sources: Annotated[list[Source], Field(min_length=1)] = Field(default_factory=_default_sources)
    """What is read, in this order."""

    folding: FoldingConfig = FoldingConfig()
    """Which ways of writing Chinese are made one."""

    language: LanguageConfig = LanguageConfig()
    """How the language of a document is found out, and which languages stay."""

    rules: RulesConfig = RulesConfig()
    """Which documents are good enough."""

    duplicates: DuplicatesConfig = DuplicatesConfig()
    """What is looked for twice."""

    decontamination: DecontaminationConfig = DecontaminationConfig()
    """Which test sets are kept out."""

    privacy: PrivacyConfig = PrivacyConfig()
    """Which personal data is masked."""

    mixture: MixtureConfig | None = None
    """How much of each source, domain or language goes in. None takes everything as it is."""

    split: SplitConfig = SplitConfig()
    """Which documents are held out."""

    shard_bytes: Annotated[int, Field(gt=0)] = 256_000_000
    """A new Parquet file is begun when the current one holds this many bytes of text."""

    engine: EngineConfig = EngineConfig()
    """Where the work is done; decides nothing about the result."""
