"""The steps that a configuration asks for, in the order in which they run.

Comes in: a `CorpusConfig`. Goes out: step objects. They are made anew on every worker.
"""

from __future__ import annotations

from yanmo.corpus.config import CorpusConfig
from yanmo.corpus.decontamination.rule import Decontamination
from yanmo.corpus.duplicates.build import build_comparisons
from yanmo.corpus.folding.fold import FoldChinese
from yanmo.corpus.language.identify import language_steps
from yanmo.corpus.normalise import CleanText, RepairMojibake
from yanmo.corpus.privacy.masking import MaskPrivate, TooPrivate
from yanmo.corpus.rules.catalogue import build_rules
from yanmo.corpus.rules.config import RulesConfig
from yanmo.corpus.rules.length import LengthRule
from yanmo.corpus.sources.config import SourceConfig
from yanmo.corpus.steps import Comparison, Rule, Transform


def list_local_steps(
    config: CorpusConfig, source: SourceConfig | None = None
) -> list[Transform | Rule]:
    """The steps that look at one document at a time, before the comparisons.

    Args:
        config: the configuration.
        source: whose documents they will see; None lists the steps for sources from the web.

    Raises:
        DataError: a word list cannot be read.
    """
    steps: list[Transform | Rule] = [CleanText(), RepairMojibake()]
    if not config.folding.changes_nothing:
        steps.append(FoldChinese(config.folding))
    steps += language_steps(config.language)
    steps += build_rules(_rules_for(config.rules, source))
    if config.decontamination.sets:
        steps.append(Decontamination(config.decontamination))
    return steps


def _rules_for(rules: RulesConfig, source: SourceConfig | None) -> RulesConfig:
    """The rules for a source; of a curated one only the length is judged."""
    if source is None or not source.is_curated:
        return rules
    return RulesConfig(min_characters=rules.min_characters, max_characters=rules.max_characters)


def list_comparisons(config: CorpusConfig) -> list[Comparison]:
    """The steps that look at the whole corpus."""
    return build_comparisons(config.duplicates)


def list_finishing_steps(config: CorpusConfig) -> list[Transform | Rule]:
    """The steps for what the comparisons left. What lines were cut out of may be too short now."""
    steps: list[Transform | Rule] = []
    duplicates = config.duplicates
    if duplicates.lines is not None or duplicates.substrings is not None:
        steps.append(LengthRule(max(config.rules.min_characters or 0, 1), name="length_after_cuts"))
    steps.append(MaskPrivate(config.privacy))
    if config.privacy.max_private_items is not None:
        steps.append(TooPrivate(config.privacy.max_private_items))
    return steps


def list_step_names(config: CorpusConfig) -> list[str]:
    """The names of all steps in the order in which they run, each once."""
    steps = [
        *list_local_steps(config),
        *list_comparisons(config),
        *list_finishing_steps(config),
    ]
    return list(dict.fromkeys(step.name for step in steps))
