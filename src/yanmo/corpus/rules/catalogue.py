"""From the settings to the steps.

Comes in: a `RulesConfig`. Goes out: the steps that it asks for, in order. Knows nothing of how
rules are computed.
"""

from __future__ import annotations

from yanmo.corpus.rules.boilerplate import BoilerplateRule
from yanmo.corpus.rules.c4 import C4Lines, C4Rule, settings_of
from yanmo.corpus.rules.checks import rules_of
from yanmo.corpus.rules.config import RulesConfig
from yanmo.corpus.rules.length import LengthRule
from yanmo.corpus.rules.quality import QualityRules
from yanmo.corpus.rules.word_list import WordListRule
from yanmo.corpus.steps import Rule, Transform

_BEFORE_C4 = ("gopher_repetition", "gopher_quality", "characters", "chinese")
_AFTER_C4 = ("fineweb_quality",)


def build_rules(config: RulesConfig) -> list[Transform | Rule]:
    """The steps of the rules that are on, in the order in which they must run.

    Rules that only measure share one pass over each document; a rule that must see text as C4 left
    it has its own.

    Raises:
        DataError: a word list cannot be read.
    """
    steps: list[Transform | Rule] = []
    if config.min_characters is not None or config.max_characters is not None:
        steps.append(LengthRule(config.min_characters or 0, config.max_characters))
    steps.extend(WordListRule(word_list) for word_list in config.word_lists)
    boilerplate = config.documents_of("boilerplate")
    if boilerplate != "none":
        steps.append(BoilerplateRule(config.boilerplate, boilerplate))
    c4 = config.documents_of("c4")
    _add_quality(steps, config, _BEFORE_C4 if c4 != "none" else _BEFORE_C4 + _AFTER_C4, "quality")
    if c4 != "none":
        settings = settings_of(config.c4, ends_in_punctuation=config.lines_must_end_in_punctuation)
        steps.append(C4Rule(settings, config.c4.min_sentences, c4))
        steps.append(C4Lines(settings, c4))
        _add_quality(steps, config, _AFTER_C4, "quality_after_c4")
    return steps


def _add_quality(
    steps: list[Transform | Rule], config: RulesConfig, names: tuple[str, ...], step_name: str
) -> None:
    """One step for those of the rules that are on, if any is."""
    if rules := rules_of(config, names):
        steps.append(
            QualityRules(
                rules,
                name=step_name,
                stop_words=config.gopher_quality.stop_words,
                short_line_characters=config.fineweb_quality.short_line_characters,
            )
        )
